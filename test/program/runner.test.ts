import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostModule } from "../../codegen/host/hostKernels.js";
import { UserError } from "../../src/base/errors.js";
import { importTflite } from "../../src/import/importTflite.js";
import { importOnnxIntegers } from "../../src/import/onnxIntegers/importIntegers.js";
import { kernels } from "../../src/kernels/index.js";
import { onlyInput } from "../../src/network/ports.js";
import type { ActivationData, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { statisticNames } from "../../src/network/signalBlocks.js";
import { type PlanOptions, planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes, type Program } from "../../src/program/program.js";
import { createRunner, generatedRunner, type Runner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { planningTargets } from "../../src/program/target.js";
import { audioStream } from "../../src/quantize/audioStream.js";
import {
  createBiquads,
  createDecimate,
  createSpectrum,
  createStatistics,
} from "../../src/signal/signalOptions.js";
import { buildTflite } from "../import/buildTflite.js";
import { buildOnnx } from "../import/onnx/buildOnnx.js";
import { integerModel } from "../import/onnx/integerModels.js";
import { operatorModels } from "../import/operatorModels.js";
import { audioNetwork } from "../support/audioNetwork.js";
import { detectionNetwork } from "../support/detectionNetwork.js";
import { nearestCentroidNetwork, squaredDistanceNetwork } from "../support/distanceNetworks.js";
import { measuredInt16Network, randomInt16Network } from "../support/int16Networks.js";
import { ports } from "../support/ports.js";
import { randomConvolution } from "../support/randomConvolutions.js";
import { randomGraph } from "../support/randomGraphs.js";
import { randomNetwork } from "../support/randomNetworks.js";
import { randomWindowNetwork } from "../support/randomWindowNetworks.js";
import { recurrentLayers, recurrentNetwork } from "../support/recurrentNetworks.js";
import { signalNetwork } from "../support/signalNetwork.js";
import { streamNetwork } from "../support/streamNetworks.js";
import { treeNetwork } from "../support/treeNetwork.js";
import { wideNetwork, widened } from "../support/wideNetworks.js";
import { build, wide, withWinograd } from "../support/winogradNetworks.js";

/** int16 [3, 2] → int8: what raw measurements begin with. */
const measurements: QuantizedNetwork = {
  name: "raw",
  tensors: [
    { name: "input", shape: [3, 2], elementType: "int16", quantization: { scale: 1, zeroPoint: 0 } },
    { name: "output", shape: [3, 2], elementType: "int8", quantization: { scale: 0.5, zeroPoint: -3 } },
  ],
  ...ports(0, 1),
  layers: [
    {
      ...{ kind: "normalization", name: "standardize", inputs: [0], output: 1 },
      ...{ offsets: Int32Array.of(81920, -20480), factors: [0.01, 3] },
    },
  ],
};

function sampled(networks: fc.Arbitrary<QuantizedNetwork>, numRuns: number): QuantizedNetwork[] {
  return fc.sample(networks, { seed: 12, numRuns });
}

function tryPlan(network: QuantizedNetwork, index: number): Program[] {
  const [optimize, target] = [optimizeModes[index % 3]!, planningTargets[index % 2]!];
  return planned(network, { optimize, target, passes: index % 5 > 0 });
}

/** None where its sums leave int32. */
function planned(network: QuantizedNetwork, options: PlanOptions): Program[] {
  try {
    return [planProgram(network, options)];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Kernels that imported networks alone have. */
const imported = [
  "softmax of each place",
  "a sum with a value for each channel",
  "axes in another order",
  "between places",
  "a long short-term memory",
  "an SVDF",
  "an SVDF of 16 bits",
].map((name) => importTflite(buildTflite(operatorModels[name]!()), "model.tflite", name).network);

/** Each mode and each sort of core by turns. */
const programs = [
  measurements,
  ...sampled(randomNetwork, 45),
  ...sampled(randomGraph, 12),
  ...sampled(randomConvolution, 8),
  ...sampled(randomWindowNetwork(undefined, [3, 6]), 10),
  ...imported,
  streamNetwork(),
  detectionNetwork({ cutoff: 90, window: 3, holdOff: 0, frames: 2 }, 2),
  audioNetwork(900),
  audioStream({ frames: 2, channels: 8 }),
  signalNetwork(createStatistics("s", [40, 2], statisticNames, {})),
  signalNetwork(createSpectrum("s", [70, 2], { length: 32, bands: 5 })),
  signalNetwork(createBiquads("s", [30, 2], { type: "highPass", cutoff: 0.02 })),
  signalNetwork(createDecimate("s", [70, 2], 3, {})),
  wideNetwork,
  widened,
  squaredDistanceNetwork(Int8Array.from({ length: 256 }, (_, i) => 127 - i)),
  nearestCentroidNetwork(-128, 127, 0, 5, -6, 7),
  importOnnxIntegers(buildOnnx(integerModel("QOperator")), "model.onnx", "halves to even").network,
  ...recurrentLayers.map(([, layer]) => recurrentNetwork(layer).quantized),
  treeNetwork([1, 50, 7, 60, -9, 4, 3, 2, 90, -20, 5, 6], { isRanked: true }),
  randomInt16Network(3),
  measuredInt16Network(),
]
  .flatMap(tryPlan)
  // those of packed arithmetic fit few random layers
  .concat(
    sampled(randomConvolution, 24).flatMap((network) => planned(network, { target: planningTargets[1] })),
    [...sampled(randomConvolution, 6), ...sampled(randomNetwork, 12)].flatMap((network) =>
      planned(network, { target: planningTargets[1], optimize: "size" }),
    ),
    withWinograd(build({ ...wide(-128, 127, 127, 5, -3), size: [8, 7], channels: [4, 6] }))!,
  );

/** The ends of the input's type by turns, and noise. */
function inputsOf(program: Program): ActivationData[] {
  const { bytes, elementType } = onlyInput(program);
  const noise = Int8Array.from({ length: bytes }, (_, i) => Math.imul(i * 31 + 7, 2654435761) >> 24);
  const ends = Int8Array.from({ length: bytes }, (_, i) => (i % 4 < 2 ? -128 : 127));
  return [ends, noise].map((input) => (elementType === "int8" ? input : new Int16Array(input.buffer)));
}

/** Bytes of every layer and then the output, for each input, and for the first once more. */
function allBytes(program: Program, run: Runner["run"]): number[] {
  const inputs = inputsOf(program);
  return [...inputs, inputs[0]!].flatMap((input) => {
    const layers: number[] = [];
    const output = run(input, (_, bytes) => layers.push(...bytes));
    return [...layers, ...output];
  });
}

describe("generated kernels on the host", () => {
  it("are printed of every kernel there is", () => {
    const used = new Set(programs.flatMap(({ calls }) => calls.map(({ kernel }) => kernel)));
    expect([...used].sort()).toEqual(Object.keys(kernels).sort());
  });

  it("give the plain kernels' bytes in every layer of random networks, in each mode", () => {
    for (const [index, program] of programs.entries()) {
      const runner = generatedRunner(program, hostModule(program));
      // what a state holds is what runProgram begins with
      const run: Runner["run"] = (input, observe) => {
        runner.reset();
        return runner.run(input, observe);
      };
      const expected = allBytes(program, (input, observe) => runProgram(program, input, observe));
      expect([index, ...allBytes(program, run)]).toEqual([index, ...expected]);
    }
  });
});

describe("an unrolled loop of products", () => {
  const withKernel = (name: string) =>
    programs.filter(({ calls }) => calls.some(({ kernel }) => kernel === name));
  /** i32x4.dot_i16x8_s */
  const dots = ({ code }: { readonly code: Uint8Array }) =>
    Buffer.from(code).includes(Buffer.of(0xfd, 0xba, 1));

  it("becomes vectors where sums lie four behind each other", () => {
    for (const kernel of ["fullyConnectedBlocked", "convolutionPairs"])
      expect([kernel, withKernel(kernel).some((program) => dots(hostModule(program)))]).toEqual([
        kernel,
        true,
      ]);
    expect(dots(hostModule(programs[0]!))).toBe(false);
  });
});

describe("a runner", () => {
  const program = programs.find(({ calls }) => calls.some(({ scratch }) => scratch.length > 0))!;
  const layer = program.calls.findIndex(({ scratch }) => scratch.length > 0);
  const [input] = inputsOf(program) as [ActivationData];

  /** The program with a change to the call that has scratch, as a wrong plan would have it. */
  function planted(change: (call: Program["calls"][number]) => Partial<Program["calls"][number]>): Program {
    const calls = program.calls.map((call, index) => (index === layer ? { ...call, ...change(call) } : call));
    return { ...program, calls };
  }

  it("finds out in its first run that a kernel leaves its memory, and says which", () => {
    const cases = {
      "scratch too small": planted(({ scratch }) => ({
        scratch: scratch.map((slot) => ({ ...slot, elements: slot.elements - 1 })),
      })),
      "an output too small": planted(({ output }) => ({ output: { ...output, shape: [output.bytes - 1] } })),
    };
    for (const [what, wrong] of Object.entries(cases)) {
      const { run } = generatedRunner(wrong, hostModule(wrong));
      const message = `layer "${wrong.calls[layer]!.name}", kernel "${wrong.calls[layer]!.kernel}": generated code and kernel differ at byte `;
      expect(() => run(input), what).toThrow(message);
    }
  });

  it("finds out in its first run that the code is another's", () => {
    const { calls, ...rest } = hostModule(program);
    const addresses = calls.map((call) => ({ ...call, addresses: call.addresses.map((at) => at + 1) }));
    expect(() => generatedRunner(program, { ...rest, calls: addresses }).run(input)).toThrow(
      "generated code and kernel differ at byte ",
    );
  });

  it("generates for many runs, and keeps to the plain kernels for few", async () => {
    const wrong = planted(({ output }) => ({ macs: 1000, output: { ...output, shape: [output.bytes - 1] } }));
    const few = await createRunner(wrong, 1);
    expect(few.run(input)).toEqual(runProgram(wrong, input));
    const many = await createRunner(wrong, 1e9);
    expect(() => many.run(input)).toThrow("generated code and kernel differ");
  });

  it("refuses an input of another size as the plain kernels do", async () => {
    const elements = input.length;
    for (const { run } of [await createRunner(program, 1), generatedRunner(program, hostModule(program))])
      expect(() => run(new Int8Array(elements + 1))).toThrow(
        `takes ${elements} values [${onlyInput(program).shape.join(", ")}], found ${elements + 1}`,
      );
  });
});
