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

/** Biases from input 2, or another; zeros when it is left out. They are int32, but int64 beside activations of int16. */
export function readBias(context: OperatorContext, outChannels: number, position = 2): Int32Array {
  if (context.output.elementType === "int16") return readWideBias(context, outChannels, position);
  const tensor = context.constant(position, "biases", "int32");
  if (tensor?.data === undefined) return new Int32Array(outChannels);
  const { data } = tensor;
  if (data.length !== 4 * outChannels) {
    context.fail(`has ${data.length / 4} biases for ${outChannels} output channels`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Int32Array.from({ length: outChannels }, (_, o) => view.getInt32(4 * o, true));
}

/** int64 biases, which should fit int32 nevertheless. */
function readWideBias(context: OperatorContext, outChannels: number, position: number): Int32Array {
  const tensor = context.constant(position, "biases", "int64");
  if (tensor?.data === undefined) return new Int32Array(outChannels);
  const { data } = tensor;
  if (data.length !== 8 * outChannels) {
    context.fail(`has ${data.length / 8} biases for ${outChannels} output channels`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Int32Array.from({ length: outChannels }, (_, o) => {
    const bias = view.getBigInt64(8 * o, true);
    if (BigInt.asIntN(32, bias) === bias) return Number(bias);
    return context.refuse(
      `has a bias of ${bias} for output channel ${o}; ${-(2 ** 31)} to ${2 ** 31 - 1} are supported`,
      "the channel's weights are next to nothing beside its bias: convert the model with weights per tensor, or in int8",
    );
  });
}

/** A float32 value that can be a scale. */
export function isScale(scale: number): boolean {
  return scale > 0 && Number.isFinite(scale);
}
