import { UserError } from "../src/base/errors.js";
import { oneLine } from "../src/base/printable.js";
import { snakeCase } from "./names.js";

/** What an exported network is called in C unless something else is asked for. */
export const defaultName = "network";
const longestName = 24;

/** Files of C's library, and of an export beside the network's own. */
const takenFiles = new Set(
  (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math memory setjmp signal stdalign stdarg " +
    "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar wchar wctype " +
    "batch board control crc32 dut inference link main messages names pins reals signals text firmware"
  ).split(" "),
);

/**
 * Checks a name that all of a network's names in C begin with: files, functions, tables, and macros in capitals.
 *
 * @throws UserError when it is no name in C that others leave free
 */
export function expectNetworkName(name: string): void {
  const refuse = (problem: string, hint: string): never => {
    throw new UserError(oneLine`a network cannot be called "${name}" in C: ${problem}`, hint);
  };
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    const words = snakeCase(name).match(/[a-z0-9]+/g) ?? [];
    const possible = words.join("_").replace(/^[0-9_]+/, "");
    const example = possible === "" || takenFiles.has(possible) ? "gesture" : possible.slice(0, longestName);
    refuse(
      "expected lower-case letters, digits and single underscores between them, a letter first",
      oneLine`for example --name ${example.replace(/_$/, "")}`,
    );
  }
  if (name.length > longestName) {
    refuse(
      `it has ${name.length} characters, at most ${longestName} fit before those of tables and layers`,
      `for example --name ${name.slice(0, longestName).replace(/_$/, "")}`,
    );
  }
  if (takenFiles.has(name)) {
    refuse(
      `${name}.h is a file of C's library or of the firmware`,
      `for example --name ${name.slice(0, longestName - 8)}_network`,
    );
  }
}
