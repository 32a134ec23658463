import { formatShape } from "../base/tensor.js";
import type { OperatorContext } from "./operatorContext.js";
import type { TfliteTensor } from "./readTflite.js";

/** An operator's int8 weights. */
export interface Weights {
  /** As in the file. */
  readonly shape: readonly number[];
  readonly values: Int8Array;
  /** One for all, or one for each output channel. */
  readonly scales: readonly number[];
}

/**
 * Symmetric int8 weights from input 1, or another.
 *
 * @param rank how many axes they have
 * @param channelAxis the axis of the output channels
 * @throws UserError when there are none, or their quantization is of another kind
 */
export function readWeights(
  context: OperatorContext,
  rank: number,
  channelAxis: number,
  position = 1,
): Weights {
  const tensor = context.constant(position, "weights", "int8");
  if (tensor?.data === undefined) context.fail("has no weights");
  const { data, shape } = tensor;
  if (shape.length !== rank) {
    context.fail(`has weights of shape ${formatShape(shape)}; ${rank} axes are supported`);
  }
  expectSymmetric(context, tensor, channelAxis);
  return { shape, values: new Int8Array(data), scales: tensor.scales };
}

/** @throws UserError unless scales are of one axis, or one, and zero points 0 */
export function expectSymmetric(context: OperatorContext, tensor: TfliteTensor, channelAxis: number): void {
  const { scales, zeroPoints, quantizedDimension } = tensor;
  const channels = tensor.shape[channelAxis];
  const hint = "the TFLite int8 specification asks for symmetric weights: convert the model again";
  if (scales.length !== 1 && (scales.length !== channels || quantizedDimension !== channelAxis)) {
    context.fail(
      `has ${scales.length} weight scales along axis ${quantizedDimension}; 1, or ${channels} along axis ${channelAxis} are supported`,
      hint,
    );
  }
  const wrong = scales.find((scale) => !isScale(scale));
  if (wrong !== undefined) context.fail(`has a weight scale of ${wrong}; scales are above 0`, hint);
  const shifted = zeroPoints.find((zeroPoint) => zeroPoint !== 0);
  if (shifted !== undefined) context.refuse(`has weights of zero point ${shifted}; 0 is supported`, hint);
}

/** int32 biases from input 2, or another; zeros when it is left out. */
export function readBias(context: OperatorContext, outChannels: number, position = 2): Int32Array {
  const tensor = context.constant(position, "biases", "int32");
  if (tensor?.data === undefined) return new Int32Array(outChannels);
  const { data } = tensor;
  if (data.length !== 4 * outChannels) {
    context.fail(`has ${data.length / 4} biases for ${outChannels} output channels`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Int32Array.from({ length: outChannels }, (_, o) => view.getInt32(4 * o, true));
}

/** A float32 value that can be a scale. */
export function isScale(scale: number): boolean {
  return scale > 0 && Number.isFinite(scale);
}
