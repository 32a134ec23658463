import { UserError } from "../base/errors.js";
import { describe, type Fields } from "../base/fields.js";

/** Characters of a class's name: a word or a few, never a text. */
const maxLength = 200;

/**
 * @param place "model.json.classNames"
 * @throws UserError at the first that is no text of 1 to 200 characters, or that another has too
 */
export function expectClassNames(place: string, names: unknown): asserts names is readonly string[] {
  if (!Array.isArray(names)) throw new UserError(`${place} must be an array, found ${describe(names)}`);
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    const fail = (expected: string): never => {
      throw new UserError(`${place}[${index}] must be ${expected}`);
    };
    if (typeof name !== "string") return fail(`text, found ${describe(name)}`);
    if (name.length === 0 || name.length > maxLength) {
      fail(`a name of 1 to ${maxLength} characters, found ${name.length}`);
    }
    if (seen.has(name)) fail(`a name of its own, found ${describe(name)} again`);
    seen.add(name);
  }
}

/**
 * Of a model without an integer network, and of version 1; others have them as labels of their output.
 *
 * @throws UserError unless there is one good name for each output, of two outputs or more
 */
export function readClassNames(fields: Fields, outputs: number): readonly string[] {
  const names = fields.array("classNames");
  if (outputs < 2) fields.fail("classNames", "left out: the network has one output and so no classes");
  if (names.length !== outputs) fields.fail("classNames", `${outputs} names, one for each output`);
  expectClassNames(`${fields.place}.classNames`, names);
  return names;
}

/** The names of data as a model's: undefined where they are not one for each output, of two outputs or more. */
export function classNamesOfOutputs(
  names: readonly string[] | undefined,
  outputs: number,
): readonly string[] | undefined {
  return outputs > 1 && names?.length === outputs ? names : undefined;
}

/** The names of data's columns as labels of a network's input, or a file's of its outputs: undefined where they are not one good name for each. */
export function labelsOfColumns(
  names: readonly string[] | undefined,
  columns: number,
): readonly string[] | undefined {
  const areGood = names?.length === columns && new Set(names).size === columns && names.every(isName);
  return areGood ? names : undefined;
}

function isName(name: string): boolean {
  return name.length > 0 && name.length <= maxLength;
}
