import { elementCount, formatShape } from "../base/tensor.js";
import { readActivation } from "./activation.js";
import type { ImportedLayer, OperatorContext } from "./operatorContext.js";
import type { TfliteTensor } from "./readTflite.js";
import { activationNames, svdfOptions, tensorType } from "./tfliteSchema.js";
import { expectSymmetric, readBias, readWeights } from "./weights.js";

/** Positions of the inputs. Source: TFLM svdf_common.cc. */
const place = { features: 1, time: 2, bias: 3, state: 4 };

/** Inputs that an operator keeps its state in. */
export const svdfVariables: readonly number[] = [place.state];

/** What the reference takes for equal. */
const biasTolerance = 1e-5;

/**
 * A layer that is a state, the filters' memories, and one that weighs them. The reference does not look at the fused
 * activation: its output is clamped to int8 alone.
 */
export function svdf(context: OperatorContext): ImportedLayer {
  context.expectInputs(5);
  const options = context.options(svdfOptions.type);
  const activation = activationNames[options.int8(svdfOptions.activation)];
  if (activation !== "NONE" && activation !== "RELU")
    context.refuse(`has the activation ${activation ?? "of another number"}; NONE and RELU are supported`);
  const input = context.input();
  const features = readWeights(context, 2, 0, place.features);
  const [filters, inFeatures] = features.shape;
  const rank = options.int32(svdfOptions.rank);
  if (!(rank >= 1) || filters! % rank !== 0)
    context.fail(`has ${filters} filters of rank ${rank}; a multiple of 1 or more is expected`);
  const units = filters! / rank;
  if (input.fileShape.length !== 2 || input.fileShape[0] !== 1 || input.fileShape[1] !== inFeatures) {
    context.refuse(`takes one row [1, ${inFeatures}], found ${formatShape(input.fileShape)}`);
  }
  context.expectOutputShape([1, units]);
  const time = readTime(context);
  const [timeFilters, memory = 0] = time.shape;
  if (timeFilters !== filters)
    context.fail(`has weights in time for ${timeFilters} filters, of which there are ${filters}`);
  const variable = stateOf(context, time.values, filters! * memory);
  const state = readActivation(context, variable.index);
  const { scale, zeroPoint } = state.quantization;
  if (state.elementType === "int16" && zeroPoint !== 0)
    context.refuse(`has a state of int16 and zero point ${zeroPoint}; 0 is supported`);
  for (const [what, { length }] of [
    ["features", features.scales],
    ["time", time.scales],
  ] as const) {
    if (length !== 1) context.refuse(`has ${length} scales of ${what}; one is supported`);
  }
  const [featureScale, timeScale] = [features.scales[0]!, time.scales[0]!];
  expectBiasScale(context, Math.fround(scale * timeScale));
  const bias = readBias(context, units, place.bias);
  const memories = context.stateStep(
    { kind: "svdfFeatures", featureWeights: features.values, weightScale: featureScale },
    [input],
    [filters!, memory],
    state.quantization,
    zeroPoint, // a real 0, with which TFLM begins
    state.elementType,
  );
  return {
    settings: { kind: "svdfTime", timeWeights: time.values, weightScale: timeScale, bias },
    inputs: [memories],
  };
}

function readTime(context: OperatorContext): {
  readonly shape: readonly number[];
  readonly values: Int8Array | Int16Array;
  readonly scales: readonly number[];
} {
  const { operator, tensors } = context;
  if (tensors[operator.inputs[place.time]]?.type !== tensorType.int16)
    return readWeights(context, 2, 0, place.time);
  const tensor = context.constant(place.time, "weights", "int16");
  if (tensor?.data === undefined) return context.fail("has no weights");
  const { data, shape, scales } = tensor;
  if (shape.length !== 2) context.fail(`has weights of shape ${formatShape(shape)}; 2 axes are supported`);
  expectSymmetric(context, tensor, 0);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values = Int16Array.from({ length: elementCount(shape) }, (_, i) => view.getInt16(2 * i, true));
  return { shape, values, scales };
}

/** @throws UserError unless it is the operator's own, of as many values, and of the type of the weights in time */
function stateOf(context: OperatorContext, weights: Int8Array | Int16Array, expected: number): TfliteTensor {
  const tensor = context.tensors[context.operator.inputs[place.state]];
  const type = weights instanceof Int8Array ? "int8" : "int16";
  if (tensor?.isVariable !== true || tensor.data !== undefined || tensor.type !== tensorType[type]) {
    return context.refuse(`needs a variable of its own, ${type}, as input ${place.state}`);
  }
  const values = elementCount(tensor.shape);
  if (values === expected) return tensor;
  return context.fail(`has a state of ${values} values, expected ${expected}`);
}

/** @throws UserError where the bias is no sum of the memory's products */
function expectBiasScale(context: OperatorContext, expected: number): void {
  const [scale] = context.tensors[context.operator.inputs[place.bias]]?.scales ?? [];
  if (scale === undefined) context.refuse("has no bias, which the reference needs");
  else if (!(Math.abs(scale - expected) < biasTolerance)) {
    context.fail(`has biases of scale ${scale}; state and weights in time have ${expected}`);
  }
}
