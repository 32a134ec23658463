import { posix } from "node:path";

/**
 * The folders of the product, from the ground up: a file imports from its own folder and from those that stand before
 * it, and its types come from there too. Only `import()` may look up: the loader of experiments gives them the index.
 */
export const rooms: readonly string[] = [
  "base",
  "network",
  "kernels",
  "signal",
  "formats",
  "train/data",
  "train/ops",
  "train/losses",
  "train/layers",
  "train/optimizers",
  "train/network",
  "train/engine",
  "train/fitting",
  "quantize",
  "passes",
  "stream",
  "program",
  "costs",
  "plan",
  "import",
  "import/keras",
  "import/onnx",
  "import/floatTflite",
  "import/onnxIntegers",
  "link",
  "compare",
  "client",
  "profile",
  "flash",
  "board",
  "cycles",
  "pins",
  "model",
  "experiment",
  "report",
  "diff",
  "search",
  "codegen",
  "codegen/formats",
  "codegen/measure",
  "codegen/host",
  "cli",
  "index",
];

/** "train/data" of src/train/data/csv.ts; "index" of src/index.ts. */
export function roomOf(path: string): string {
  const folder = posix.dirname(path).replace(/^src(\/|$)/, "");
  return folder === "" ? "index" : folder;
}
