import { UserError } from "../base/errors.js";
import { maximumFileBytes } from "../base/files.js";
import { parseNpy, type Samples } from "./npy.js";
import { listZip, unpackZip } from "./zip.js";

/** "digits.npz:x_test" is the array x_test of digits.npz; every other path is a file. */
export function splitArrayName(path: string): { readonly file: string; readonly array: string | undefined } {
  const [, file, array] = /^(.+\.npz):([^/\\]+)$/i.exec(path) ?? [];
  return file === undefined ? { file: path, array: undefined } : { file, array };
}

/**
 * Reads one array of a .npz file, a zip archive with a .npy file for each array, stored or deflated.
 *
 * @param name the file, for messages
 * @param array which; may be left out when there is only one
 * @throws UserError when the archive is damaged (the array's CRC-32 is another one, for one), or has no such array
 * Source: NumPy manual, numpy.savez and numpy.savez_compressed.
 */
export function parseNpz(bytes: Uint8Array, name: string, array?: string): Samples {
  const { archive, entries, arrays } = listArrays(bytes, name);
  const chosen = chooseArray(name, arrays, array);
  const [entry, again] = entries.filter((each) => each.name === chosen + ending);
  if (again !== undefined) throw new UserError(`${name}: holds ${entry.name} twice`);
  if (entry.bytes > maximumFileBytes) {
    throw new UserError(
      `${name}: ${entry.name} unpacks to ${entry.bytes} B; at most ${maximumFileBytes} B are read`,
      "split it into parts",
    );
  }
  const content = blamed(name, () => unpackZip(archive, entry));
  return parseNpy(content, `${name}:${chosen}`);
}

/** @throws UserError when the archive is damaged */
export function namesInNpz(bytes: Uint8Array, name: string): readonly string[] {
  return listArrays(bytes, name).arrays;
}

function listArrays(bytes: Uint8Array, name: string) {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = blamed(name, () => listZip(archive));
  if (entries.length > maximumArrays) {
    throw new UserError(`${name}: holds more than ${maximumArrays} files; expected an array or a few`);
  }
  const arrays = entries
    .filter((entry) => entry.name.endsWith(ending))
    .map((entry) => entry.name.slice(0, -ending.length));
  return { archive, entries, arrays };
}

function chooseArray(name: string, arrays: readonly string[], wanted: string | undefined): string {
  if (wanted !== undefined && arrays.includes(wanted)) return wanted;
  if (wanted === undefined && arrays.length === 1) return arrays[0];
  const has = arrays.length === 0 ? "has no arrays" : `has the arrays ${listNames(arrays)}`;
  throw new UserError(
    wanted === undefined ? `${name}: ${has}; expected one` : `${name}: ${has}, no "${wanted}"`,
    arrays.length === 0 ? "write it with numpy.savez(path, x=array)" : `name one: ${name}:${arrays[0]}`,
  );
}

const listedNames = 10;
const maximumArrays = 4096;
const ending = ".npy";

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, listedNames).join(", ");
  return names.length > listedNames ? `${shown} and ${names.length - listedNames} more` : shown;
}

function blamed<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UserError(
      `${name}: is no whole .npz file: ${(cause as Error).message}`,
      "write it with numpy.savez(path, x=array), or copy it again",
      { cause },
    );
  }
}
