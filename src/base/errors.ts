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

/** What to do about an error of the system's that is nobody's mistake, by its code; undefined for all others. */
export function systemHint(error: unknown): string | undefined {
  return systemHints[(error as NodeJS.ErrnoException | undefined)?.code ?? ""];
}

const systemHints: Readonly<Record<string, string>> = {
  EMFILE: "too many files are open at once: allow more with `ulimit -n 1024`",
  ENFILE: "too many files are open on this computer: end some programs",
  ENOSPC: "the disk is full: make room on it",
  EDQUOT: "your share of the disk is used up: make room",
  EROFS: "the disk can only be read: choose a place on another",
  EIO: "the disk failed: copy what you can from it",
  ENAMETOOLONG: "choose a shorter name",
};

/** What a user should know although the work goes on: the same form as a {@link UserError}. */
export interface Warning {
  readonly message: string;
  readonly hint?: string | undefined;
}
