import { UserError } from "../src/base/errors.js";
import { oneLine, quoted } from "../src/base/printable.js";
import { snakeCase } from "./names.js";

/** What an exported network is called in C unless something else is asked for. */
export const defaultName = "network";
const longestName = 24;

/** Files of C's library, and of an export beside the network's own. */
const takenFiles = new Set(
  (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math memory setjmp signal stdalign stdarg " +
    "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar wchar wctype " +
    "batch board control crc32 dut health inference link main messages names pins ports reals sampling serve signals slots text windows firmware"
  ).split(" "),
);

/** Its letters and digits as a name for C would have them; empty where it has no letters of ASCII. */
function wordsOf(text: string): string {
  const words = snakeCase(text).match(/[a-z0-9]+/g) ?? [];
  return words.join("_").replace(/^[0-9_]+/, "");
}

/**
 * What a network is called in C after its own name, which is free text: "Street light" → "street_light".
 *
 * @throws UserError when that makes no name
 */
export function nameAfter(networkName: string): string {
  const name = wordsOf(networkName);
  if (name === "" || name.length > longestName || takenFiles.has(name)) {
    throw new UserError(
      `network ${quoted(networkName)} needs a name for C: its own makes none of at most ${longestName} letters that is free`,
      "for example --name gesture",
    );
  }
  return name;
}

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
    const possible = wordsOf(name);
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
