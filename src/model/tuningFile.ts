import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { readText, writeFilesAtomically } from "../base/files.js";
import { oneLine } from "../base/printable.js";

const format = "pinfer-tuning";
const version = 1;
/** More of anything is no file of ours. */
const mostEntries = 10_000;
const mostCycles = 2 ** 48;
const longestName = 1_000;

/** What one candidate of a layer took. */
export interface TuningEntry {
  readonly layer: string;
  readonly kernel: string;
  readonly shape: string;
  readonly cycles: number;
}

/** What was measured for one target, for speed. */
export interface Tuning {
  /** A target's id. */
  readonly target: string;
  readonly measured: readonly TuningEntry[];
}

/** What was learned of a network: the same measurements give the same C. */
export interface TuningFile {
  /** SHA-256 of the network. */
  readonly network: string;
  readonly tunings: readonly Tuning[];
}

/** Beside the model: "xor.tuning.json" of "xor.json". */
export function tuningPath(model: string): string {
  return `${model.replace(/\.json$/, "")}.tuning.json`;
}

/**
 * Reads what was measured for a model.
 *
 * @throws UserError when the file is damaged, or of another version of pinfer
 */
export function readTuning(path: string): TuningFile {
  const hint = "--no-tune does without; delete it, and --tune makes a new one";
  const damaged = (cause?: unknown) =>
    new UserError(oneLine`${path} is damaged, or of another version of pinfer`, hint, { cause });
  let value: unknown;
  try {
    value = JSON.parse(readText(path));
  } catch (cause) {
    throw damaged(cause);
  }
  const fields = new Fields(oneLine`${path}`, value, hint);
  if (fields.value("format") !== format || fields.value("version") !== version) throw damaged();
  const network = fields.string("network");
  if (!/^[0-9a-f]{64}$/.test(network)) fields.fail("network", "a SHA-256 of 64 hexadecimal digits");
  return { network, tunings: some(fields, "tunings").map(readOne) };
}

function some(fields: Fields, name: string): Fields[] {
  if (fields.array(name).length > mostEntries) fields.fail(name, `at most ${mostEntries} entries`);
  return fields.objects(name);
}

function readOne(fields: Fields): Tuning {
  const short = (one: Fields, name: string): string => {
    const text = one.string(name);
    return text.length <= longestName ? text : one.fail(name, `at most ${longestName} characters`);
  };
  return {
    target: short(fields, "target"),
    measured: some(fields, "measured").map((one) => ({
      ...{ layer: short(one, "layer"), kernel: short(one, "kernel"), shape: short(one, "shape") },
      cycles: one.integer("cycles", 0, mostCycles),
    })),
  };
}

/** @throws UserError when it cannot be written */
export function writeTuning(path: string, file: TuningFile): void {
  writeFilesAtomically([{ path, data: `${JSON.stringify({ format, version, ...file }, null, 1)}\n` }]);
}
