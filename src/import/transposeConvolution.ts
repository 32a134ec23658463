import { formatShape } from "../base/tensor.js";
import { contiguousStrides } from "../network/stridedView.js";
import { samePadding } from "../network/windowGeometry.js";
import type { ImportedLayer, OperatorContext } from "./operatorContext.js";
import { paddingNames, transposeConvOptions } from "./tfliteSchema.js";
import { readBias, readWeights } from "./weights.js";

/** Larger steps make more channels than any image that fits a microcontroller. */
const mostStride = 16;

/** Along one axis: how a window moves over the input, so that each of its results is `stride` places of the output. */
interface Phases {
  readonly stride: number;
  /** Places of the input that a window sees. */
  readonly taps: number;
  readonly before: number;
  readonly after: number;
  /** Results, each of `stride` places, the last of which may have more than the output. */
  readonly results: number;
  /** The weight that a phase has at a tap: below 0, or beyond the last, none. */
  readonly weightAt: (phase: number, tap: number) => number;
}

/**
 * Place o of the output gets weight k of place i of the input where o + padding = i · stride + k. With
 * o = m · stride + phase, i is m + ⌊(phase + padding) / stride⌋ − j for k = (phase + padding) mod stride + j · stride.
 */
function findPhases(size: number, window: number, stride: number, padding: number, out: number): Phases {
  const first = Math.floor(padding / stride);
  const last = Math.floor((padding + stride - 1) / stride);
  const steps = Math.ceil(window / stride);
  const taps = steps + last - first;
  const before = steps - 1 - first;
  const results = Math.ceil(out / stride);
  return {
    ...{ stride, taps, before, results },
    after: results + taps - 1 - before - size,
    weightAt: (phase, tap) => {
      const shift = Math.floor((phase + padding) / stride);
      return ((phase + padding) % stride) + (shift - tap + before) * stride;
    },
  };
}

/**
 * A convolution whose channels are the places between those of the input, and a copy that puts them there: the sums are
 * the same ones.
 *
 * Source: TFLM reference/integer_ops/transpose_conv.h, transpose_conv.cc CalculateOpData.
 */
export function transposeConvolution(context: OperatorContext): ImportedLayer {
  context.expectInputs(3, 4);
  const options = context.options(transposeConvOptions.type);
  const weights = readWeights(context, 4, 0);
  const [outChannels, ...window] = weights.shape;
  const [inChannels] = window.splice(2);
  const input = context.input(2);
  const asked = context.integers(0, "the output's shape", 4);
  const [batch, height, width, channels] = input.fileShape;
  const strides = [options.int32(transposeConvOptions.strideH), options.int32(transposeConvOptions.strideW)];
  const isRight = input.fileShape.length === 4 && batch === 1 && asked.length === 4 && asked[0] === 1;
  if (!isRight || channels !== inChannels || strides.some((stride) => stride < 1 || stride > mostStride)) {
    context.fail(
      `makes ${formatShape(asked)} of ${formatShape(input.fileShape)} with filters ${formatShape(weights.shape)} in steps of ${strides[0]} x ${strides[1]}`,
      `images of the filters' channels, and steps of 1 to ${mostStride} are possible`,
    );
  }
  context.expectOutputShape([1, asked[1], asked[2], outChannels]);
  const isSame = paddingNames[options.int8(transposeConvOptions.padding)] === "SAME";
  const { top, left } = samePadding([asked[1], asked[2]], [window[0], window[1]], [strides[0], strides[1]]);
  const [rows, columns] = [
    findPhases(height, window[0], strides[0], isSame ? top : 0, asked[1]),
    findPhases(width, window[1], strides[1], isSame ? left : 0, asked[2]),
  ];
  const sides = [rows.before, rows.after, columns.before, columns.after];
  const phases = rows.stride * columns.stride;
  if (sides.some((side) => side < 0 || side > 65535) || outChannels * phases > 65535) {
    context.refuse(
      `makes ${formatShape(asked)} of ${formatShape(input.fileShape)}, of which it leaves out a part`,
    );
  }
  const all = phases * outChannels;
  const filterBytes = all * rows.taps * columns.taps * inChannels;
  context.spend(filterBytes);
  const filter = new Int8Array(filterBytes);
  let at = 0;
  for (let phase = 0; phase < phases; phase++) {
    const [py, px] = [Math.floor(phase / columns.stride), phase % columns.stride];
    for (let o = 0; o < outChannels; o++) {
      for (let ty = 0; ty < rows.taps; ty++) {
        for (let tx = 0; tx < columns.taps; tx++, at += inChannels) {
          const [ky, kx] = [rows.weightAt(py, ty), columns.weightAt(px, tx)];
          if (ky < 0 || ky >= window[0] || kx < 0 || kx >= window[1]) continue;
          const from = ((o * window[0] + ky) * window[1] + kx) * inChannels;
          filter.set(weights.values.subarray(from, from + inChannels), at);
        }
      }
    }
  }
  const bias = readBias(context, outChannels, 3);
  const perPhase = <T>(value: (o: number) => T): T[] =>
    Array.from({ length: all }, (_, i) => value(i % outChannels));
  const { quantization } = context.output;
  const image = [rows.results, columns.results, all];
  const convolved = context.step(
    {
      kind: "convolution",
      kernelSize: [rows.taps, columns.taps],
      strides: [1, 1],
      dilations: [1, 1],
      padding: { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after },
      weights: filter,
      weightScales: perPhase((o) => weights.scales[weights.scales.length === 1 ? 0 : o]),
      bias: Int32Array.from(perPhase((o) => bias[o])),
      ...context.clamp(options.int8(transposeConvOptions.activation)),
    },
    [input],
    image,
    quantization,
  );
  const blocks = [rows.results, columns.results, rows.stride, columns.stride, outChannels];
  const [down, across, downInside, acrossInside, channel] = contiguousStrides(blocks);
  const spread = [rows.results * rows.stride, columns.results * columns.stride, outChannels];
  const copy: ImportedLayer["settings"] = {
    kind: "copy",
    start: 0,
    sizes: [rows.results, rows.stride, columns.results, columns.stride, outChannels],
    strides: [down, downInside, across, acrossInside, channel],
  };
  if (spread[0] === asked[1] && spread[1] === asked[2]) return { settings: copy, inputs: [convolved] };
  const whole = context.step(copy, [convolved], spread, quantization);
  const sizes = [asked[1], asked[2], outChannels];
  return { settings: { kind: "copy", start: 0, sizes, strides: contiguousStrides(spread) }, inputs: [whole] };
}
