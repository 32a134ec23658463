import { zipSync } from "fflate";
import { dump } from "npyjs";
import { writeFilesAtomically } from "../base/files.js";
import type { Shape } from "../base/tensor.js";
import type { SampleData } from "./npy.js";

/** Writes a .npz file that NumPy reads, an array after the other, stored. The same arrays give the same bytes. */
export function writeNpz(
  path: string,
  arrays: readonly { readonly name: string; readonly data: SampleData; readonly shape: Shape }[],
): void {
  const files = arrays.map(({ name, data, shape }) => [
    `${name}.npy`,
    new Uint8Array(dump(data, [...shape])),
  ]);
  // no time of day: the least that a zip can say, in local time
  const data = zipSync(Object.fromEntries(files), { level: 0, mtime: new Date(1980, 0, 1) });
  writeFilesAtomically([{ path, data }]);
}
