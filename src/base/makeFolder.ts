import { mkdirSync } from "node:fs";
import { UserError } from "./errors.js";

/**
 * Makes a folder and those above it where they are missing.
 *
 * @throws UserError when a file has that name, or the folder cannot be made
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new UserError(
      `cannot make the folder ${path}: ${(cause as Error).message}`,
      "check that no file has that name, and that you may write there",
      { cause },
    );
  }
}
