import { UserError } from "../base/errors.js";
import { printWarning } from "./commandLine.js";

/**
 * Writes what work could go on from, now and then. The work is worth more than that: where it cannot be written (a
 * disk is full), the first failure of a row is told, and what was written before stays.
 *
 * @param what is kept: "the training"
 * @param warnings get the message, too
 * @returns calls a function that writes; gives the error when it failed
 */
export function tryToKeep(
  what: string,
  warnings: string[] = [],
): (write: () => void) => UserError | undefined {
  let hasFailed = false;
  return (write) => {
    try {
      write();
      hasFailed = false;
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!hasFailed) {
        const message = `${what} goes on, but its state is not saved: ${error.message}`;
        warnings.push(message);
        printWarning({ message, ...(error.hint !== undefined && { hint: error.hint }) });
      }
      hasFailed = true;
      return error;
    }
  };
}
