import { UserError } from "../../base/errors.js";
import { NumberList } from "../../base/numberList.js";
import { printable, quoted } from "../../base/printable.js";

/** Class names by number, and the number of each sample's. */
export interface NumberedClasses {
  readonly classes: readonly string[];
  readonly numbers: Int32Array;
}

/** Characters, as a model's; and classes: more are no classes. */
const maximumLength = 200;
const maximumClasses = 65_536;

/** The class names of samples, one by one. */
export class ClassLabels {
  private readonly numbers = new Map<string, number>();
  private readonly list = new NumberList(Int32Array);

  /** @throws UserError when there are more classes than anything tells apart */
  push(name: string): void {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.numbers.size;
      if (number === maximumClasses) {
        throw new UserError(
          `there are more than ${maximumClasses} classes, the last ${quoted(name)}`,
          "give real numbers as target in the place of label",
        );
      }
      this.numbers.set(name, number);
    }
    this.list.push(number);
  }

  append({ distinct, places }: ClassLabels): void {
    for (const place of places) this.push(distinct[place]);
  }

  get length(): number {
    return this.list.length;
  }

  /** In the order in which they came. */
  get distinct(): readonly string[] {
    return [...this.numbers.keys()];
  }

  /** Each sample's, as a number into {@link distinct}. */
  get places(): Int32Array {
    return this.list.view();
  }
}

/** What is wrong with a class's name, if anything is. */
export function checkClassName(name: string): string | undefined {
  if (name === "") return `is ""; expected a class`;
  return name.length > maximumLength
    ? `has ${name.length} characters; a class has at most ${maximumLength}`
    : undefined;
}

/**
 * Numbers class names: in the given order, else whole numbers by size and all others by their characters, so that the
 * order of samples does not matter.
 *
 * @param labels each sample's
 * @param classes the wanted order
 * @throws UserError when a name is none of the wanted, or there are fewer than two classes
 */
export function numberClasses(
  place: string,
  labels: ClassLabels,
  classes: readonly string[] = sortClasses(labels.distinct),
): NumberedClasses {
  if (classes.length < 2) {
    throw new UserError(
      `${place}: has ${classes.length === 0 ? "no class" : `one class, ${quoted(classes[0])}`}; expected two or more`,
      "check which column or folder holds the classes",
    );
  }
  const byName = new Map(classes.map((name, number) => [name, number]));
  if (byName.size !== classes.length) {
    throw new UserError(`${place}: a class is named twice: ${printable(classes.join(", "))}`);
  }
  const places = labels.distinct.map((name) => {
    const number = byName.get(name);
    if (number !== undefined) return number;
    throw new UserError(
      `${place}: has the class ${quoted(name)}, which is none of ${printable(classes.join(", "))}`,
    );
  });
  return { classes, numbers: labels.places.map((distinct) => places[distinct]) };
}

function sortClasses(distinct: readonly string[]): string[] {
  const areNumbers = distinct.every((name) => /^-?\d+$/.test(name));
  return areNumbers ? distinct.toSorted((a, b) => Number(a) - Number(b)) : distinct.toSorted();
}
