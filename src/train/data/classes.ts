import { UserError } from "../../base/errors.js";
import { printable, quoted } from "../../base/printable.js";

/** Class names by number, and the number of each sample's. */
export interface NumberedClasses {
  readonly classes: readonly string[];
  readonly numbers: Int32Array;
}

/**
 * Numbers class names: in the given order, else whole numbers by size and all others by their characters, so that the
 * order of samples does not matter.
 *
 * @param names each sample's
 * @param classes the wanted order
 * @throws UserError when a name is none of the wanted, or there are fewer than two classes
 */
export function numberClasses(
  place: string,
  names: readonly string[],
  classes: readonly string[] = sortClasses(names),
): NumberedClasses {
  if (classes.length < 2) {
    throw new UserError(
      `${place}: has ${classes.length === 0 ? "no class" : `one class, ${quoted(classes[0])}`}; expected two or more`,
      "check which column or folder holds the classes",
    );
  }
  const list = printable(classes.join(", "));
  const byName = new Map(classes.map((name, number) => [name, number]));
  if (byName.size !== classes.length) throw new UserError(`${place}: a class is named twice: ${list}`);
  const numbers = Int32Array.from(names, (name) => {
    const number = byName.get(name);
    if (number !== undefined) return number;
    throw new UserError(`${place}: has the class ${quoted(name)}, which is none of ${list}`);
  });
  return { classes, numbers };
}

function sortClasses(names: readonly string[]): string[] {
  const distinct = [...new Set(names)];
  const areNumbers = distinct.every((name) => /^-?\d+$/.test(name));
  return areNumbers ? distinct.sort((a, b) => Number(a) - Number(b)) : distinct.sort();
}
