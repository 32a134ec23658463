import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import type { Shape } from "../../src/base/tensor.js";
import { onlyOutput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type {
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
} from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import type { RealRange } from "../../src/quantize/calibrate.js";
import { prepareForIntegers } from "../../src/quantize/prepareForIntegers.js";
import { quantizeWithRanges } from "../../src/quantize/quantizeNetwork.js";
import { conv1d } from "../../src/train/layers/conv1d.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { depthwiseConv2d } from "../../src/train/layers/depthwiseConv2d.js";
import { relu, relu6 } from "../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../src/train/layers/graph.js";
import type { Initializer } from "../../src/train/layers/initializers.js";
import { add, concatenate } from "../../src/train/layers/merge.js";
import {
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  maxPool2d,
} from "../../src/train/layers/pooling.js";
import { buildNetwork } from "../../src/train/network/network.js";

/** Weights in the order of the layer's tensor. */
const given =
  (...values: number[]): Initializer =>
  (tensor) =>
    tensor.data.set(values);

/** Scale 1, zero point −128: an integer is the real value − 128. */
const bytes: RealRange = { min: 0, max: 255 };
/** Scale 1, zero point 0. */
const signed: RealRange = { min: -128, max: 127 };
/** Scale 2, zero point 0. */
const wide: RealRange = { min: -256, max: 254 };

/** The real values of the outputs in steps, for real inputs: activations have the ranges given, in layer order. */
function run(inputShape: Shape, spec: NetworkSpec, ranges: readonly RealRange[], input: readonly number[]) {
  const network = prepareForIntegers(buildNetwork("n", inputShape, spec, new Random(1), "float64"));
  const quantized = quantizeWithRanges(network, ranges);
  const { zeroPoint } = quantizationOf(quantized.tensors[0]);
  const program = planProgram(quantized);
  const output = runProgram(
    program,
    Int8Array.from(input, (value) => value + zeroPoint),
  );
  const { zeroPoint: outputZeroPoint } = quantizationOf(onlyOutput(program));
  return { quantized, found: Array.from(output, (q) => q - outputZeroPoint) };
}

describe("small networks give what paper and pencil give", () => {
  it("a convolution of a series with stride 2, padded before", () => {
    // 127 and the bias have scale 1: [0, 1] · … ; weights 127, −1 on inputs (0 1), (2 3)
    const layer = conv1d(1, 2, { stride: 2, padding: { before: 1, after: 0 }, weights: given(127, -1) });
    const { quantized, found } = run([3, 1], [layer], [bytes, signed], [1, 2, 1]);
    const [, { weights, weightScales, kernelSize, strides, padding }] =
      quantized.layers as QuantizedConvolution[];
    expect({ weights: [...weights], weightScales, kernelSize, strides, padding }).toEqual({
      weights: [127, -1],
      weightScales: [1],
      kernelSize: [2, 1],
      strides: [2, 1],
      padding: { top: 1, bottom: 0, left: 0, right: 0 },
    });
    // (pad, 1): −1; (2, 1): 2 · 127 − 1 = 253, cut to 127
    expect(found).toEqual([-1, 127]);
  });

  it("a convolution of an image padded at the end, as TensorFlow pads for stride 2", () => {
    const layer = conv2d(1, 3, { stride: 2, weights: given(1, 2, 3, 4, 5, 6, 7, 8, 127) });
    const image = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    const { quantized, found } = run([4, 4, 1], [layer], [bytes, wide], image);
    expect((quantized.layers[0] as QuantizedConvolution).padding).toEqual({
      top: 0,
      bottom: 1,
      left: 0,
      right: 1,
    });
    // the ones meet weights 1, 2 and 4; in steps of 2, halves away from zero
    expect(found).toEqual([1, 1, 2, 0]);
  });

  it("a depthwise convolution with two filters for each channel", () => {
    const layer = depthwiseConv2d([1, 2], {
      multiplier: 2,
      padding: "valid",
      weights: given(127, 1, 2, 127, 0, 127, 127, 0),
    });
    const { quantized, found } = run([1, 2, 2], [layer], [bytes, wide], [1, 2, 0, 1]);
    const { weights, weightScales } = quantized.layers[0] as QuantizedDepthwiseConvolution;
    expect([...weights]).toEqual([127, 1, 2, 127, 0, 127, 127, 0]);
    expect(weightScales).toEqual([1, 1, 1, 1]);
    // channel 0 is (1, 0): 127 and 1; channel 1 is (2, 1): 4 + 127 and 254; in steps of 2
    expect(found).toEqual([64, 1, 66, 127]);
  });

  it("pooling, whose padding counts for nothing", () => {
    const image = [1, 2, 3, 4, 5, 7, 9, 8, 3];
    expect(run([3, 3, 1], [maxPool2d(2, { padding: "same" })], [signed, signed], image).found).toEqual([
      5, 7, 9, 3,
    ]);
    // means 12/4 = 3 and 15/4, then (9 + 8)/2 and 3, of which halves go up
    const mean = [averagePool2d(2, { padding: "same" })];
    expect(run([3, 3, 1], mean, [signed, signed], image).found).toEqual([3, 5, 9, 3]);
    expect(run([3, 3, 1], [globalAveragePool2d()], [signed, signed], image).found).toEqual([5]); // 42/9
    expect(run([2, 2], [globalAveragePool1d()], [signed, signed], [-3, 4, -5, 5]).found).toEqual([-4, 5]);
  });

  it("a sum of two scales, cut by its ReLU", () => {
    const spec: NetworkSpec = (x) => relu()(add(conv2d(1, 1, { weights: given(-2) })(x), x));
    // −2x in steps of 2, x in steps of 1, their sum −x in steps of 1: nothing is left of positive x
    const ranges = [signed, wide, signed, signed];
    expect(run([1, 3, 1], spec, ranges, [5, -3, -128]).found).toEqual([0, 3, 126]); // 256 is cut to 254
  });

  it("branches side by side, brought to one scale", () => {
    const spec: NetworkSpec = (x) => concatenate(conv2d(1, 1, { weights: given(3) })(x), x);
    // 3x alone would have steps of 2; x is taken by the convolution too, but a step of 2 costs it one bit only
    const { quantized, found } = run([1, 2, 1], spec, [signed, wide, wide], [3, -5]);
    expect(quantized.layers.map(({ kind }) => kind)).toEqual(["convolution", "concatenation"]);
    expect(quantized.tensors.map((tensor) => quantizationOf(tensor).scale)).toEqual([2, 2, 2]);
    expect(found).toEqual([9, 3, -15, -5]); // the integers given stand for 6 and −10
  });

  it("a ReLU6 that is cut at 6 where what it is joined to goes further", () => {
    const spec: NetworkSpec = (x) => concatenate(relu6()(conv2d(1, 1, { weights: given(3) })(x)), x);
    const six: RealRange = { min: 0, max: 6 };
    const { found } = run([1, 3, 1], spec, [wide, signed, six, wide], [1, 5, -2]);
    // inputs stand for 2, 10 and −4; 3x is 6, 30 and −12; all in steps of 2
    expect(found).toEqual([3, 1, 3, 5, 0, -2]);
  });
});
