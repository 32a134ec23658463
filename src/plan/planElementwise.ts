import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import type { Quantization, QuantizedArithmetic, QuantizedTensor } from "../network/quantizedNetwork.js";
import { fillingStrides } from "../network/stridedView.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { expectSameQuantization } from "./sameQuantization.js";
import { expectFactor, settleProduct, settleSum } from "./settleArithmetic.js";

/** Axes the kernel knows: planes, rows and the values of a row. */
const kernelAxes = 3;

interface SharedAxis {
  readonly size: number;
  /** One for each input. */
  readonly strides: readonly [number, number];
}

/** The fewest axes along which both inputs fill the output. */
function mergeAxes(
  name: string,
  inputs: readonly QuantizedTensor[],
  { shape }: QuantizedTensor,
): SharedAxis[] {
  const [first, second] = inputs.map((input) => fillingStrides(input.shape, shape));
  if (first === undefined || second === undefined) {
    const found = inputs.map((input) => `[${input.shape.join(", ")}]`).join(" and ");
    throw new UserError(
      `layer "${name}": inputs of shapes ${found} should fill [${shape.join(", ")}]`,
      "give each axis the output's size, or 1",
    );
  }
  const merged: SharedAxis[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    const strides = [first[axis]!, second[axis]!] as const;
    const [inner] = merged;
    if (size === 1) continue;
    if (inner && strides.every((stride, input) => stride === inner.strides[input]! * inner.size)) {
      merged[0] = { size: size * inner.size, strides: inner.strides };
    } else merged.unshift({ size, strides });
  }
  if (merged.length > kernelAxes) {
    throw new UserError(
      `layer "${name}": repeats its inputs along ${merged.length} axes that lie apart, at most ${kernelAxes} are possible`,
      "repeat one of them in a layer of its own",
    );
  }
  const one: SharedAxis = { size: 1, strides: [0, 0] };
  return [...new Array<SharedAxis>(kernelAxes - merged.length).fill(one), ...merged];
}

const identity = { multiplier: 2 ** 30, leftShift: 1, rightShift: 0 };
const none = { multiplier: 0, leftShift: 0, rightShift: 0 };

/** How the two values and what is made of them are rescaled. */
function settle(layer: QuantizedArithmetic, [first, second]: readonly Quantization[], output: Quantization) {
  const [a, b] = [first!, second!];
  switch (layer.kind) {
    case "add":
    case "subtract":
      return { ...settleSum(layer, a, b, output), operation: 0 };
    case "multiply":
      return { one: none, two: none, ...settleProduct(layer.name, a, b, output), operation: 1 };
    case "maximum":
      return { one: none, two: none, result: identity, operation: 2 };
    case "minimum":
      return { one: none, two: none, result: identity, operation: 3 };
    case "prelu": {
      const factor = a.scale / output.scale;
      expectFactor(layer.name, factor);
      const one = quantizeMultiplier(factor);
      return { one, two: none, ...settleProduct(layer.name, a, b, output), operation: 4 };
    }
  }
}

/**
 * Settles what is made of two values each where kernels of their own do not know it: inputs that are repeated, and
 * differences, larger and smaller values, and PReLU.
 *
 * @throws UserError where shapes do not fit, a factor is too large, or what should be shared is not
 * Source: TFLM add_common.cc, mul_common.cc, sub_common.cc, prelu_common.cc
 */
export function planElementwise(layer: QuantizedArithmetic, { inputs, output }: LayerContext): KernelChoice {
  if (layer.kind === "maximum" || layer.kind === "minimum")
    expectSameQuantization(layer.name, inputs, output);
  const [planes, rows, values] = mergeAxes(layer.name, inputs, output);
  const quantizations = inputs.map((input) => quantizationOf(input));
  const { one, two, result, operation } = settle(layer, quantizations, quantizationOf(output));
  const size = elementCount(output.shape);
  const { activationMin, activationMax } = layer;
  return {
    kernel: "elementwise",
    layer: {
      operation,
      ...{ planes: planes!.size, rows: rows!.size, width: values!.size },
      ...{ input1PlaneStride: planes!.strides[0], input2PlaneStride: planes!.strides[1] },
      ...{ input1RowStride: rows!.strides[0], input2RowStride: rows!.strides[1] },
      ...{ input1Stride: values!.strides[0], input2Stride: values!.strides[1] },
      ...{ input1ZeroPoint: quantizations[0]!.zeroPoint, input2ZeroPoint: quantizations[1]!.zeroPoint },
      ...{
        input1LeftShift: one.leftShift,
        input1Multiplier: one.multiplier,
        input1RightShift: one.rightShift,
      },
      ...{
        input2LeftShift: two.leftShift,
        input2Multiplier: two.multiplier,
        input2RightShift: two.rightShift,
      },
      input2Sign: layer.kind === "subtract" ? -1 : 1,
      ...result,
      outputZeroPoint: quantizationOf(output).zeroPoint,
      ...{ activationMin, activationMax },
    },
    inPlace: [0, 1].filter((input) => elementCount(inputs[input]!.shape) === size),
  };
}
