import { describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import { Random } from "../../src/base/random.js";
import { findBoard } from "../../src/board/boards.js";
import { NETWORK_FLAGS } from "../../src/board/compile.js";
import type {
  QuantizedConvolution,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { type Optimize, optimizeModes } from "../../src/program/program.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { ports } from "../support/ports.js";
import { runInC, runOracle, testInputs } from "./runNetwork.js";

const random = new Random(51);
const int8s = (length: number) => Int8Array.from({ length }, () => random.integer(255) - 127);
const biases = (length: number) => Int32Array.from({ length }, () => random.integer(4000) - 2000);
const tensor = (name: string, shape: readonly number[], zeroPoint: number): QuantizedTensor => ({
  elementType: "int8",
  name,
  shape,
  quantization: { scale: 1, zeroPoint },
});

function convolution(input: number, outChannels: number, kernel: number, taps: number): QuantizedConvolution {
  const side = (kernel - 1) / 2;
  return {
    kind: "convolution",
    name: `convolution ${input}`,
    inputs: [input],
    output: input + 1,
    kernelSize: [kernel, kernel],
    strides: [1, 1],
    dilations: [1, 1],
    padding: { top: side, bottom: side, left: side, right: side },
    weights: int8s(outChannels * taps),
    weightScales: Array.from({ length: outChannels }, (_, o) => Math.fround(0.01 + o / 1000)),
    bias: biases(outChannels),
    activationMin: -100,
    activationMax: 127,
  };
}

/** Every kernel that is chosen by the mode: windows that are copied and that are not, and fully connected layers. */
const network: QuantizedNetwork = {
  name: "small",
  tensors: [
    tensor("input", [5, 7, 3], 3),
    tensor("a", [5, 7, 8], -100),
    tensor("b", [5, 7, 6], -128),
    tensor("c", [210], -128),
    tensor("d", [10], -3),
  ],
  ...ports(0, 4),
  layers: [
    convolution(0, 8, 3, 27),
    convolution(1, 6, 1, 8),
    { kind: "reshape", name: "flat", inputs: [2], output: 3 },
    {
      kind: "fullyConnected",
      name: "dense",
      inputs: [3],
      output: 4,
      weights: int8s(2100),
      weightScales: [Math.fround(0.003)],
      bias: biases(10),
      activationMin: -128,
      activationMax: 127,
    },
  ],
};
const inputs = testInputs(105);
const programOf = (optimize: Optimize) => planProgram(network, { optimize });

describe.each(optimizeModes)("optimized for %s, a network", (mode) => {
  it("gives the bytes of the others, layer by layer, on the host and in C with the mode's flags", () => {
    const expected = runOracle(programOf("speed"), inputs);
    expect(runOracle(programOf(mode), inputs)).toEqual(expected);
    expect(runInC(programOf(mode), kernels, inputs, NETWORK_FLAGS)).toEqual(expected);
  });

  it("is exported with the mode in its manifest and the mode's flags in Makefile and CMakeLists.txt", () => {
    const { files, manifest } = exportFirmware(network, findBoard("olimex-stm32-h405"), { optimize: mode });
    const textOf = (path: string) => files.find((file) => file.path === path)!.data;
    expect(manifest.optimize).toBe(mode);
    expect(textOf("Makefile")).toContain(`$(CFLAGS) ${NETWORK_FLAGS.join(" ")} -c $< -o`);
    expect(textOf("CMakeLists.txt")).toContain(`COMPILE_OPTIONS "${NETWORK_FLAGS.join(";")}"`);
  });
});

describe("what the modes differ in", () => {
  it("is how fully connected layers keep their biases, and how far loops are unrolled", () => {
    const kernelsOf = (mode: Optimize) =>
      programOf(mode).calls.map(({ kernel, layer }) => [kernel, layer.chunk ?? 0]);
    const fast = [
      ["convolutionPairs", 9],
      ["convolutionPairs", 4],
      ["fullyConnectedBlocked", 0],
    ];
    expect([kernelsOf("speed"), kernelsOf("ram")]).toEqual([fast, fast]);
    expect(kernelsOf("size")).toEqual([
      ["convolutionPairs", 27],
      ["convolutionPairs", 8],
      ["fullyConnectedCompact", 0],
    ]);
  });
});
