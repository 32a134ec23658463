/**
 * A mistake the user can mend. The command line prints the message and the hint without a stack; every other
 * error is ours and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = "UserError";

  /**
   * @param message what is wrong, what was expected, what was found; starts lower-case, names layer, file or address
   * @param hint what to do about it
   */
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a user should know although the work goes on: the same form as a {@link UserError}. */
export interface Warning {
  readonly message: string;
  readonly hint?: string;
}
