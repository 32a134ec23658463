import { unzipSync } from "fflate";
import { UserError } from "../base/errors.js";
import { maximumFileBytes } from "../base/files.js";
import { parseNpy, type Samples } from "./npy.js";

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
 * @throws UserError when the archive is damaged, or has no such array
 * Source: NumPy manual, numpy.savez and numpy.savez_compressed.
 */
export function parseNpz(bytes: Uint8Array, name: string, array?: string): Samples {
  const names: string[] = [];
  unzip(bytes, name, (file) => {
    names.push(file);
    if (names.length > maximumArrays) {
      throw new UserError(`${name}: holds more than ${maximumArrays} files; expected an array or a few`);
    }
    return false;
  });
  const arrays = names.filter((file) => file.endsWith(".npy")).map((file) => file.slice(0, -".npy".length));
  const chosen = `${chooseArray(name, arrays, array)}.npy`;
  if (names.indexOf(chosen) !== names.lastIndexOf(chosen)) {
    throw new UserError(`${name}: holds ${chosen} twice`);
  }
  const { [chosen]: content } = unzip(bytes, name, (file) => file === chosen);
  const label = `${name}:${chosen.slice(0, -".npy".length)}`;
  return parseNpy(Buffer.from(content.buffer, content.byteOffset, content.byteLength), label);
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
/** What a deflated byte can become at most; Source: zlib's Technical Details, "Maximum Compression Factor". */
const maximumDeflateRatio = 1032;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, listedNames).join(", ");
  return names.length > listedNames ? `${shown} and ${names.length - listedNames} more` : shown;
}

function unzip(bytes: Uint8Array, name: string, isWanted: (file: string) => boolean) {
  try {
    return unzipSync(bytes, {
      filter: ({ name: file, size, originalSize }) => {
        if (!isWanted(file)) return false;
        if (originalSize > size * maximumDeflateRatio) {
          throw new Error(`${file} cannot unpack from ${size} B to ${originalSize} B`);
        }
        if (originalSize <= maximumFileBytes) return true;
        throw new UserError(
          `${name}: ${file} unpacks to ${originalSize} B; at most ${maximumFileBytes} B are read`,
          "split it into parts",
        );
      },
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${name}: is no whole .npz file: ${(cause as Error).message}`,
      "write it with numpy.savez(path, x=array), or copy it again",
      { cause },
    );
  }
}
