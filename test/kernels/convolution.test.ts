import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { elementCount } from "../../src/base/tensor.js";
import { onlyInput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { QuantizedConvolution, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planConvolution } from "../../src/plan/planConvolution.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { context } from "../support/layerContext.js";
import { ports } from "../support/ports.js";
import { randomConvolution } from "../support/randomConvolutions.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

/** One position of one channel: a 1x1 window of weight 3 with factor 1/2. */
const single: QuantizedConvolution = {
  kind: "convolution",
  name: "conv",
  inputs: [0],
  output: 1,
  kernelSize: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
  padding: { top: 0, bottom: 0, left: 0, right: 0 },
  weights: Int8Array.of(3),
  weightScales: [0.5],
  bias: Int32Array.of(1),
  activationMin: -128,
  activationMax: 127,
};

function network(
  layer: QuantizedConvolution,
  inputShape: readonly number[],
  outputShape: readonly number[],
  zeroPoints: readonly [number, number] = [0, 0],
): QuantizedNetwork {
  const tensor = (name: string, shape: readonly number[], zeroPoint: number) => ({
    name,
    shape,
    elementType: "int8" as const,
    quantization: { scale: 1, zeroPoint },
  });
  const tensors = [tensor("in", inputShape, zeroPoints[0]), tensor("out", outputShape, zeroPoints[1])];
  return { name: "one layer", tensors, ...ports(0, 1), layers: [layer] };
}

function run(quantized: QuantizedNetwork, ...input: number[]): number[] {
  return [...runProgram(planProgram(quantized), Int8Array.from(input))];
}

/** accumulator · multiplier / 2^31 / 2^shift with TFLM's two roundings, in big numbers. */
function requantizeExactly(accumulator: bigint, factor: number): bigint {
  if (factor < 2 ** -32) return 0n;
  let exponent = 0;
  while (factor * 2 ** -exponent >= 1) exponent++;
  while (factor * 2 ** -exponent < 0.5) exponent--;
  let multiplier = BigInt(Math.round(factor * 2 ** (31 - exponent)));
  if (multiplier === 2n ** 31n) {
    multiplier = 2n ** 30n;
    exponent++;
  }
  if (exponent < -31) return 0n;
  const shifted = accumulator << BigInt(Math.max(0, exponent));
  const product = (shifted * multiplier + 2n ** 30n) >> 31n;
  const divisor = 2n ** BigInt(Math.max(0, -exponent));
  // to nearest, ties away from zero
  const magnitude = (2n * (product < 0n ? -product : product) + divisor) / (2n * divisor);
  return product < 0n ? -magnitude : magnitude;
}

/** The formula as the specification writes it, tap by tap in big numbers. */
function evaluate({ tensors, layers }: QuantizedNetwork, input: Int8Array): number[] {
  const layer = layers[0] as QuantizedConvolution;
  const [height, width, inChannels] = tensors[0].shape;
  const [outHeight, outWidth, outChannels] = tensors[1].shape;
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const at = (y: number, x: number, c: number): bigint =>
    y < 0 || y >= height || x < 0 || x >= width
      ? 0n
      : BigInt(input[(y * width + x) * inChannels + c] - quantizationOf(tensors[0]).zeroPoint);
  const output: number[] = [];
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let o = 0; o < outChannels; o++) {
        let sum = BigInt(layer.bias[o]);
        for (let k = 0; k < kernelHeight * kernelWidth * inChannels; k++) {
          const c = k % inChannels;
          const kx = Math.floor(k / inChannels) % kernelWidth;
          const ky = Math.floor(k / inChannels / kernelWidth);
          const inY = y * layer.strides[0] + ky * layer.dilations[0] - layer.padding.top;
          const inX = x * layer.strides[1] + kx * layer.dilations[1] - layer.padding.left;
          const weight = layer.weights[o * kernelHeight * kernelWidth * inChannels + k];
          sum += BigInt(weight) * at(inY, inX, c);
        }
        const scale = layer.weightScales[layer.weightScales.length === 1 ? 0 : o];
        const value = Number(requantizeExactly(sum, scale)) + quantizationOf(tensors[1]).zeroPoint;
        output.push(Math.max(layer.activationMin, Math.min(layer.activationMax, value)));
      }
    }
  }
  return output;
}

function noise(seed: number, length: number): Int8Array {
  const random = new Random(seed);
  return Int8Array.from({ length }, () => random.integer(256) - 128);
}

describe("convolution", () => {
  it("takes the input's zero point off, rescales and adds the output's", () => {
    // 1 + 3 · (7 − 2) = 16; 16 / 2 = 8; 8 − 5 = 3. 1 + 3 · (2 − 2) = 1; 0.5 → 1; 1 − 5 = −4
    expect(run(network(single, [1, 2, 1], [1, 2, 1], [2, -5]), 7, 2)).toEqual([3, -4]);
  });

  it("adds nothing for what lies in the padding, whatever the zero point", () => {
    const layer: QuantizedConvolution = {
      ...single,
      kernelSize: [1, 3],
      padding: { top: 0, bottom: 0, left: 1, right: 1 },
      weights: Int8Array.of(1, 2, 4),
      bias: Int32Array.of(0),
      weightScales: [1],
    };
    // inputs less their zero point: 1, 2. 2·1 + 4·2 = 10; 1·1 + 2·2 = 5
    expect(run(network(layer, [1, 2, 1], [1, 2, 1], [-128, 0]), -127, -126)).toEqual([10, 5]);
  });

  it("keeps strides, dilations and paddings of the two directions apart", () => {
    const layer: QuantizedConvolution = {
      ...single,
      kernelSize: [2, 2],
      strides: [1, 2],
      dilations: [2, 1],
      padding: { top: 1, bottom: 0, left: 0, right: 1 },
      weights: Int8Array.of(1, 10, 2, 20),
      bias: Int32Array.of(0),
      weightScales: [1],
    };
    // rows −1 and 1: 2·4 + 20·5 = 108; 2·6. rows 0 and 2: 1 + 20 + 2·0 + 20·1; 3 + 2·2
    expect(run(network(layer, [3, 3, 1], [2, 2, 1]), 1, 2, 3, 4, 5, 6, 0, 1, 2)).toEqual([108, 12, 41, 7]);
  });

  it("has a factor for each channel, also over 1", () => {
    const layer: QuantizedConvolution = {
      ...single,
      weights: Int8Array.of(3, 3, 3),
      bias: Int32Array.of(1, 1, 1),
      weightScales: [0.5, 1, 4],
    };
    // 1 + 3·2 = 7: 3.5 → 4, 7, 28
    expect(run(network(layer, [1, 1, 1], [1, 1, 3]), 2)).toEqual([4, 7, 28]);
  });

  it("equals the specification's formula in big numbers on every random network", () => {
    let planned = 0;
    fc.assert(
      fc.property(randomConvolution, fc.integer({ min: 1, max: 2 ** 20 }), (quantized, seed) => {
        const program = planProgram(quantized);
        const size = elementCount(quantized.tensors[0].shape);
        for (const input of [noise(seed, size), new Int8Array(size).fill(-128)]) {
          expect([...runProgram(program, input)]).toEqual(evaluate(quantized, input));
        }
        planned++;
      }),
      { seed: 41, numRuns: 300, endOnFailure: true },
    );
    expect(planned).toBe(300);
  });

  const networks = fc.sample(randomConvolution, { seed: 44, numRuns: 8 });
  const programs = networks.map((quantized) => planProgram(quantized));

  it("has windows that lie in the input and windows that are copied among the networks below", () => {
    const found = programs.map(({ calls: [{ kernel, layer }] }) => [kernel, layer.isDirect].join(" "));
    expect(new Set(found)).toEqual(new Set(["convolution ", "convolutionPairs 0", "convolutionPairs 1"]));
  });

  it.each(programs.map((program, index) => [index, program] as const))(
    "gives the same bytes in C under the sanitizers for random network %i",
    (_, program) => {
      const { bytes } = onlyInput(program);
      const inputs = [noise(1, bytes), noise(2, bytes), new Int8Array(bytes).fill(127)];
      expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    },
  );
});

describe("planConvolution", () => {
  const [input, output] = network(single, [1, 2, 1], [1, 2, 1]).tensors;

  it("counts a multiply-accumulate for each weight at each position", () => {
    const [{ macs, parameters }] = planConvolution(single, context(input, output));
    expect([macs, parameters]).toEqual([2, 2]);
  });

  it("multiplies the scales in double precision, also where one is shared", () => {
    const [scale, weightScale] = [Math.fround(0.1), Math.fround(0.3)];
    const layer = { ...single, weightScales: [weightScale] };
    const from = { ...input, quantization: { scale, zeroPoint: 0 } };
    const [{ layer: settled }] = planConvolution(layer, context(from, output));
    // 0.03… = multiplier / 2^31 / 2^5
    expect(settled.multiplier).toEqual(Int32Array.of(Math.round(scale * weightScale * 2 ** 36)));
    expect(settled.multiplier).not.toEqual(
      Int32Array.of(Math.round(Math.fround(scale * weightScale) * 2 ** 36)),
    );
  });

  it("refuses a layer whose accumulator could leave int32", () => {
    const layer = { ...single, bias: Int32Array.of(2 ** 31 - 1) };
    expect(() => planConvolution(layer, context(input, output))).toThrow(
      'layer "conv", output 0: the accumulator can reach 2.147e+9, int32 ends at 2147483647',
    );
  });
});
