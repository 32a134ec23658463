import type { Import } from "./imports.js";

/** One direction in which imports may not point. */
export interface Rule {
  readonly title: string;
  readonly isBroken: (found: Import) => boolean;
  /** Imports that break it, and one that looks like it and does not: the rules are tested with them. */
  readonly refused: readonly Import[];
  readonly allowed: readonly Import[];
}

const value = (from: string, to: string): Import => ({ from, to, isTypeOnly: false, isDynamic: false });
const type = (from: string, to: string): Import => ({ ...value(from, to), isTypeOnly: true });
const dynamic = (from: string, to: string): Import => ({ ...value(from, to), isDynamic: true });
const folder = (name: string): RegExp => new RegExp(`^(src/)?${name}/`);
const isIn = (path: string, folders: readonly string[]): boolean =>
  folders.some((name) => folder(name).test(path));

const outsideWorld =
  /^(node:)?(fs|fs\/promises|child_process|net|http|https|dgram|tty|worker_threads|cluster)$|^(@serialport\/.*|serialport)$/;
const touchOutsideWorld = [
  /^src\/(cli|board)\//,
  /^src\/link\/(serial|process|tcp)[A-Z]\w*\.ts$/,
  /^src\/(base\/(files|makeFolder|temporaries|packageRoot)|formats\/samples|experiment\/experiment|model\/modelWeights)\.ts$/,
  /^src\/train\/data\//,
  /^src\/search\/(searchFolder|workers)\.ts$/,
  /^src\/report\/assets\.ts$/,
  /^src\/import\/keras\/readHdf5\.ts$/,
  /^src\/cycles\/(counterPlugin|cycleModel|measureNetworks)\.ts$/,
  /^src\/train\/engine\/(kernels|threads)\.ts$/,
  /^(src|codegen)\/(kernelLibrary|storedKernels|export[A-Z]\w*)\.ts$/,
];
/** What makes float networks. */
const floatImporters = ["import/keras", "import/onnx", "import/floatTflite"];

export const rules: readonly Rule[] = [
  {
    title: "kernels import only files beside them; codegen refuses what of these is no helper",
    isBroken: ({ from, to }) =>
      folder("kernels").test(from) &&
      (!folder("kernels").test(to) || to === "src/kernels/index.ts") &&
      from !== "src/kernels/index.ts",
    refused: [
      value("src/kernels/add.ts", "src/base/errors.ts"),
      type("src/kernels/add.ts", "src/program/program.ts"),
      value("src/kernels/add.ts", "src/kernels/index.ts"),
    ],
    allowed: [
      value("src/kernels/add.ts", "src/kernels/int.ts"),
      value("src/kernels/concatenate2.ts", "src/kernels/copyRows.ts"),
      value("src/kernels/index.ts", "src/kernels/add.ts"),
    ],
  },
  {
    title: "the list of kernels imports kernels, and types of the networks they run",
    isBroken: ({ from, to, isTypeOnly }) =>
      from === "src/kernels/index.ts" &&
      !folder("kernels").test(to) &&
      !(isTypeOnly && isIn(to, ["network"])),
    refused: [
      value("src/kernels/index.ts", "src/base/errors.ts"),
      type("src/kernels/index.ts", "src/program/program.ts"),
    ],
    allowed: [type("src/kernels/index.ts", "src/network/quantizedNetwork.ts")],
  },
  {
    title: "the two types in the middle import only types",
    isBroken: ({ from, isTypeOnly }) =>
      /^src\/(program\/program|network\/quantizedNetwork)\.ts$/.test(from) && !isTypeOnly,
    refused: [value("src/program/program.ts", "src/base/tensor.ts")],
    allowed: [type("src/program/program.ts", "src/base/tensor.ts")],
  },
  {
    title: "codegen reads kernels as text and never runs them",
    isBroken: ({ from, to, isTypeOnly }) =>
      isIn(from, ["codegen"]) && !isTypeOnly && (isIn(to, ["kernels"]) || to === "src/program/runProgram.ts"),
    refused: [
      value("codegen/emit.ts", "src/kernels/int.ts"),
      dynamic("codegen/emit.ts", "src/kernels/index.ts"),
      value("codegen/emit.ts", "src/program/runProgram.ts"),
    ],
    allowed: [type("codegen/emit.ts", "src/kernels/int.ts")],
  },
  {
    title: "train knows no int8: no quantize, kernels, plan, link, board, codegen, cli",
    isBroken: ({ from, to }) =>
      isIn(from, ["train"]) && isIn(to, ["quantize", "kernels", "plan", "link", "board", "codegen", "cli"]),
    refused: [
      value("src/train/fitting/fit.ts", "src/quantize/calibrate.ts"),
      type("src/train/fitting/fit.ts", "src/kernels/int.ts"),
    ],
    allowed: [value("src/train/fitting/fit.ts", "src/base/random.ts")],
  },
  {
    title: "link knows frames and flat tensors: no train, quantize, kernels, plan, codegen, compare, cli",
    isBroken: ({ from, to }) =>
      isIn(from, ["link"]) && isIn(to, ["train", "quantize", "kernels", "plan", "codegen", "compare", "cli"]),
    refused: [
      value("src/link/device.ts", "src/plan/planProgram.ts"),
      type("src/link/device.ts", "src/train/fitting/fit.ts"),
    ],
    allowed: [type("src/link/device.ts", "src/program/program.ts")],
  },
  {
    title: "flash knows a chip's loader and its bytes: only errors, link's port and itself",
    isBroken: ({ from, to }) =>
      isIn(from, ["flash"]) &&
      !isIn(to, ["flash"]) &&
      !/^src\/(base\/errors|link\/(port|openPort))\.ts$|^node:/.test(to),
    refused: [
      value("src/flash/flasher.ts", "src/board/boards.ts"),
      type("src/flash/flasher.ts", "src/link/device.ts"),
    ],
    allowed: [value("src/flash/serialLoader.ts", "src/link/openPort.ts")],
  },
  {
    title:
      "import ends with a QuantizedNetwork that the planner takes: no train, passes, link, board, codegen, compare, cli",
    isBroken: ({ from, to }) =>
      isIn(from, ["import"]) &&
      !isIn(from, floatImporters) &&
      from !== "src/import/importedFloats.ts" &&
      // a graph is built of float layers, also where its numbers are whole
      !(isIn(from, ["import/onnxIntegers"]) && isIn(to, ["train/layers"])) &&
      isIn(to, ["train", "passes", "link", "board", "codegen", "compare", "cli"]),
    refused: [
      value("src/import/importTflite.ts", "src/passes/applyPasses.ts"),
      type("src/import/weights.ts", "codegen/names.ts"),
      value("src/import/onnxIntegers/importIntegers.ts", "src/train/network/network.ts"),
    ],
    allowed: [
      value("src/import/onnxIntegers/finishIntegers.ts", "src/train/layers/dense.ts"),
      value("src/import/operators.ts", "src/quantize/tfliteTables.ts"),
      value("src/import/importTflite.ts", "src/plan/planProgram.ts"),
    ],
  },
  {
    title:
      "importers of float models end with a float Network: nothing of integers, passes, link, board, codegen, cli",
    isBroken: ({ from, to }) =>
      isIn(from, floatImporters) &&
      isIn(to, ["quantize", "kernels", "plan", "passes", "link", "board", "codegen", "compare", "cli"]),
    refused: [
      value("src/import/onnx/importOnnx.ts", "src/plan/planProgram.ts"),
      value("src/import/keras/importKeras.ts", "src/quantize/calibrate.ts"),
    ],
    allowed: [value("src/import/onnx/importOnnx.ts", "src/train/network/network.ts")],
  },
  {
    title: "only the reader that checks every length touches Protocol Buffers",
    isBroken: ({ from, to }) =>
      to.startsWith("@bufbuild/protobuf") && from !== "src/import/onnx/protoMessage.ts",
    refused: [value("src/import/onnx/readOnnx.ts", "@bufbuild/protobuf/wire")],
    allowed: [value("src/import/onnx/protoMessage.ts", "@bufbuild/protobuf/wire")],
  },
  {
    title: "only the reader that checks every offset touches flatbuffers",
    isBroken: ({ from, to }) => to === "flatbuffers" && from !== "src/import/flatTable.ts",
    refused: [value("src/import/readTflite.ts", "flatbuffers")],
    allowed: [value("src/import/flatTable.ts", "flatbuffers")],
  },
  {
    title: "nothing imports the command line but itself",
    isBroken: ({ from, to }) => !isIn(from, ["cli"]) && isIn(to, ["cli"]),
    refused: [value("src/compare/render.ts", "src/cli/progress.ts")],
    allowed: [value("src/cli/main.ts", "src/cli/boards.ts")],
  },
  {
    title: "only cli, board, the link's ports, file readers and the exporter touch the outside world",
    isBroken: ({ from, to, isTypeOnly }) =>
      !isTypeOnly && outsideWorld.test(to) && !touchOutsideWorld.some((allowed) => allowed.test(from)),
    refused: [
      value("src/plan/planArena.ts", "node:fs"),
      value("src/train/fitting/fit.ts", "node:fs/promises"),
      value("src/link/device.ts", "serialport"),
      dynamic("src/compare/outputs.ts", "node:child_process"),
      value("src/program/runProgram.ts", "fs"),
    ],
    allowed: [
      value("src/link/serialDevice.ts", "serialport"),
      value("src/base/files.ts", "node:fs"),
      value("src/compare/outputs.ts", "node:crypto"),
    ],
  },
];
