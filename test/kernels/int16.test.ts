import { describe, expect, it } from "vitest";
import { hostModule } from "../../codegen/host/hostKernels.js";
import { UserError } from "../../src/base/errors.js";
import type { QuantizedNetwork, QuantizedSoftmax } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { generatedRunner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { findTarget } from "../../src/program/target.js";
import { runInC, runOracle } from "../codegen/runNetwork.js";
import { int16ByFormula } from "../support/int16Formulas.js";
import {
  int16Inputs,
  int16Network,
  int16Tensor,
  measuredInt16Network,
  randomInt16Network,
} from "../support/int16Networks.js";
import { packageKernels as kernels } from "../support/packageKernels.js";

const networks = Array.from({ length: 8 }, (_, seed) => randomInt16Network(seed + 1));

const plans = [
  ...optimizeModes.map((optimize) => ({ optimize })),
  { optimize: "speed", target: findTarget("cortex-m4") } as const,
];

/** One fully connected layer of one output. */
function dense(weights: readonly number[], bias: number, scales: readonly [number, number, number]) {
  const [input, weight, output] = scales;
  return int16Network(int16Tensor("input", [weights.length], input), [
    [
      {
        kind: "fullyConnected",
        weights: Int8Array.from(weights),
        weightScales: [weight],
        bias: Int32Array.of(bias),
        activationMin: -32768,
        activationMax: 32767,
      },
      [1],
      output,
    ],
  ]);
}

const run = (network: QuantizedNetwork, ...input: number[]) =>
  runProgram(planProgram(network), Int16Array.from(input));

describe("layers of int16", () => {
  it("round once, ties towards +∞", () => {
    // 1/4 of 2, 6, −2, −6: the second rounding of int8's would make −1 of −0.5
    const quarter = dense([1], 0, [1, 1, 4]);
    expect([2, 6, -2, -6].map((value) => run(quarter, value)[0])).toEqual([1, 2, 0, -1]);
  });

  it("have 16 bits of multiplier", () => {
    // 0.7 becomes 22938 / 2^15, which is 1.7e-5 larger: 22000.3 becomes 22000.7
    const bias = Math.round((22000.3 * 2 ** 16) / 0.7);
    expect(run(dense([0], bias, [1, 1, 2 ** 16 / 0.7]), 0)).toEqual(Int16Array.of(22001));
  });

  it("give what the formulas in whole numbers of any size give, in each mode", () => {
    const seen = new Set<string>();
    let saturated = 0;
    let others = 0;
    for (const [seed, network] of networks.entries()) {
      for (const plan of plans) {
        for (const passes of [true, false]) {
          const program = planProgram(network, { ...plan, passes });
          for (const input of int16Inputs(network, seed)) {
            let before = [...input];
            runProgram(program, input, (call, output, index) => {
              seen.add(call.kernel);
              const expected = int16ByFormula(network, network.layers[index]!, before) ?? [...output];
              expect([seed, call.kernel, ...output]).toEqual([seed, call.kernel, ...expected]);
              before = [...output];
              if (Math.abs(output[0]!) >= 32767) saturated++;
              else if (output[0] !== 0) others++;
            });
          }
        }
      }
    }
    expect([...seen].sort()).toEqual([
      "averagePoolInt16",
      "convolutionInt16",
      "depthwiseConvolutionInt16",
      "maxPoolInt16",
      "softmaxInt16",
    ]);
    expect([saturated > 50, others > 500]).toEqual([true, true]);
  });

  it("give the same bytes in C, with undefined behaviour caught, and generated for the host", () => {
    for (const [seed, network] of networks.slice(0, 2).entries()) {
      const program = planProgram(network, plans[seed % plans.length]);
      const inputs = int16Inputs(network, seed);
      expect(runInC(program, kernels, inputs, ["-fsanitize=undefined", "-fno-sanitize-recover"])).toEqual(
        runOracle(program, inputs),
      );
      const runner = generatedRunner(program, hostModule(program));
      for (const input of inputs) expect(runner.run(input)).toEqual(runProgram(program, input));
    }
  });

  it("are refused where a sum could leave int32, by the weights as they are", () => {
    // 516 · 127 · 32768 is below 2^31, 517 · 127 · 32768 is not
    const row = (count: number) => dense(new Array(count).fill(127), 0, [1, 1, 2 ** 20]);
    expect(run(row(516), ...new Array(516).fill(-32768))).toEqual(Int16Array.of(-2048));
    expect(() => planProgram(row(517))).toThrow(
      'layer "layer_0", output 0: sums of int16 values can reach 2.152e+9, and 2.053e+3 output steps',
    );
    // the same with small weights
    expect(run(dense(new Array(2000).fill(1), 0, [1, 1, 2 ** 11]), ...new Array(2000).fill(32767))).toEqual(
      Int16Array.of(31999),
    );
  });

  it("are refused with another zero point than 0, another rounding, or a factor of 2^7", () => {
    const network = dense([1], 0, [1, 1, 1]);
    const shifted = { ...network.tensors[0]!, quantization: { scale: 1, zeroPoint: 3 } };
    expect(() => planProgram({ ...network, tensors: [shifted, network.tensors[1]!] })).toThrow(
      'layer "layer_0": tensor "input" of int16 has zero point 3; 0 is expected',
    );
    const [layer] = network.layers as [Extract<QuantizedNetwork["layers"][0], { kind: "fullyConnected" }>];
    expect(() => planProgram({ ...network, layers: [{ ...layer, rounding: "nearestEven" }] })).toThrow(
      'layer "layer_0": sums of int16 values are not rounded half to even',
    );
    expect(() => planProgram(dense([1], 0, [128, 1, 1]))).toThrow(UserError);
    expect(run(dense([1], 0, [127, 1, 1]), 200)).toEqual(Int16Array.of(25400));
  });
});

describe("measurements and functions of int16", () => {
  it("are brought to int16, and lie between two of a table's values", () => {
    const network = measuredInt16Network();
    const input = Int16Array.of(10, -2, 14, 0, -32768, 32767);
    const layers: number[][] = [];
    const output = runProgram(planProgram(network), input, (_, values) => layers.push([...values]));
    // (10 − 10) / 4, (−2 + 2.5) · 3 = 1.5, (14 − 10) / 4, 7.5, (−32768 − 10) / 4 = −8194.5, beyond int16; ties away from 0
    expect(layers[0]).toEqual([0, 2, 1, 8, -8195, 32767]);
    // half of each, ties towards +∞
    expect([...output]).toEqual([0, 1, 1, 4, -4097, 16384]);
    const least = runProgram(planProgram(network), new Int16Array(6).fill(-32768));
    expect([...least]).toEqual([-4097, -8192, -4097, -8192, -4097, -8192]);
  });

  it("give the same bytes in C", () => {
    const program = planProgram(measuredInt16Network());
    const inputs = int16Inputs(measuredInt16Network(), 3);
    expect(runInC(program, kernels, inputs, ["-fsanitize=undefined", "-fno-sanitize-recover"])).toEqual(
      runOracle(program, inputs),
    );
  });
});

describe("softmax of int16", () => {
  const softmax: Omit<QuantizedSoftmax, "name" | "inputs" | "output"> = { kind: "softmax", beta: 1 };
  const network = (shape: readonly number[], scale: number) =>
    int16Network(int16Tensor("input", shape, scale), [[softmax, shape, 1 / 32768]]);

  it("shares 1 among equal values, and gives next to nothing to what lies 10 below", () => {
    // 32768/2 and 32768/4; 1 has no int16
    expect(run(network([2], 1e-3), 7, 7)).toEqual(Int16Array.of(16384, 16384));
    expect(run(network([4], 1e-3), 0, 0, 0, 0)).toEqual(Int16Array.of(8192, 8192, 8192, 8192));
    // 32768 · e^−10 = 1.5
    expect(run(network([2], 1e-3), 32767, -32768)).toEqual(Int16Array.of(32766, 2));
  });

  it("lies within 12 steps of the softmax in double precision, row by row", () => {
    const [rows, size, scale] = [50, 12, Math.fround(0.0003)];
    const values = Int16Array.from({ length: rows * size }, (_, i) => Math.imul(i + 1, 2654435761) >> 16);
    const found = [...run(network([rows, size], scale), ...values)];
    let largest = 0;
    for (let row = 0; row < rows; row++) {
      const some = [...values.subarray(row * size, (row + 1) * size)].map((value) => Math.exp(value * scale));
      const sum = some.reduce((a, b) => a + b, 0);
      for (const [i, power] of some.entries())
        largest = Math.max(largest, Math.abs((32768 * power) / sum - found[row * size + i]!));
    }
    expect(largest).toBeLessThan(12);
  });

  it("refuses an output of another scale, and steps that are too large", () => {
    const wrong = network([2], 1e-3);
    const output = int16Tensor("layer_0", [2], 1 / 65536);
    expect(() => planProgram({ ...wrong, tensors: [wrong.tensors[0]!, output] })).toThrow(
      "softmax gives scale 1/32768 and zero point 0, its output has 0.0000152587890625 and 0",
    );
    expect(() => planProgram(network([2], 3))).toThrow(
      "one input step is 19660.5 steps of the exponentials, at most 16384 are possible",
    );
  });
});
