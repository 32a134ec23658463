import { UserError } from "../base/errors.js";
import { elementCount, isSameShape } from "../base/tensor.js";
import { requantize, rescale, shiftLeft } from "../kernels/int.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedArithmetic, QuantizedTensor } from "../network/quantizedNetwork.js";
import { type QuantizedMultiplier, quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { solveAddTable } from "./solveAddTable.js";

/** Bits after the point of the inputs of an addition. */
const leftShift = 20;

function expectShapes(
  name: string,
  inputs: readonly QuantizedTensor[],
  { shape }: Pick<QuantizedTensor, "shape">,
): void {
  const other = inputs.find((input) => !isSameShape(input.shape, shape));
  if (inputs.length === 2 && other === undefined) return;
  const found = inputs.map((input) => `[${input.shape.join(", ")}]`).join(" and ");
  throw new UserError(
    `layer "${name}": expected two inputs of the output's shape [${shape.join(", ")}], found ${found}`,
    "give both inputs the same shape: nothing is repeated to fill a larger one",
  );
}

/** Every int8 value as the reference kernel rescales it before it adds. */
function rescaleAll(zeroPoint: number, { multiplier, rightShift }: QuantizedMultiplier): number[] {
  return Array.from({ length: 256 }, (_, index) =>
    requantize(shiftLeft(index - 128 - zeroPoint, leftShift), multiplier, rightShift),
  );
}

/**
 * Settles the sum of two activations: one multiplication and a table where they give the reference's bytes for all
 * pairs of values, else, and to save flash, the reference kernel.
 *
 * @throws UserError where a step of the inputs is 2^19 steps of the output or more
 * Source: TFLM add_common.cc CalculateOpDataAdd
 */
export function planAdd(
  layer: QuantizedArithmetic<"add">,
  { inputs, output, optimize }: LayerContext,
): KernelChoice {
  expectShapes(layer.name, inputs, output);
  const [first, second] = inputs.map((input) => quantizationOf(input));
  const twiceLargest = 2 * Math.max(first.scale, second.scale);
  const outputFactor = twiceLargest / (2 ** leftShift * quantizationOf(output).scale);
  const settled = outputFactor < 1 ? quantizeMultiplier(outputFactor) : undefined;
  // a factor a little below 1 is rounded to 1
  if (settled === undefined || settled.leftShift > 0) {
    throw new UserError(
      `layer "${layer.name}": the inputs' scale ${twiceLargest / 2} is over ${2 ** (leftShift - 1)} times the output's ${quantizationOf(output).scale}`,
      "calibrate with data of the real range",
    );
  }
  const [multiplier1, multiplier2] = [first, second].map(({ scale }) =>
    quantizeMultiplier(scale / twiceLargest),
  );
  const size = elementCount(output.shape);
  const { activationMin, activationMax } = layer;
  const sums = (): number[][] => {
    const scaled1 = rescaleAll(first.zeroPoint, multiplier1);
    const scaled2 = rescaleAll(second.zeroPoint, multiplier2);
    const { multiplier, rightShift } = settled;
    const { zeroPoint } = quantizationOf(output);
    return scaled2.map((b) =>
      scaled1.map((a) => rescale(a + b, multiplier, rightShift, zeroPoint, activationMin, activationMax)),
    );
  };
  const solved =
    optimize === "size"
      ? undefined
      : solveAddTable(sums(), first.scale / quantizationOf(output).scale, activationMin, activationMax);
  if (solved) {
    return {
      kernel: "addTable",
      layer: { size, unrolledSize: size - (size % 4), ...solved, activationMin, activationMax },
      inPlace: [0, 1],
    };
  }
  return {
    kernel: "add",
    layer: {
      size,
      input1ZeroPoint: first.zeroPoint,
      input2ZeroPoint: second.zeroPoint,
      input1Multiplier: multiplier1.multiplier,
      input1RightShift: multiplier1.rightShift,
      input2Multiplier: multiplier2.multiplier,
      input2RightShift: multiplier2.rightShift,
      outputMultiplier: settled.multiplier,
      outputRightShift: settled.rightShift,
      outputZeroPoint: quantizationOf(output).zeroPoint,
      activationMin,
      activationMax,
    },
    inPlace: [0, 1],
  };
}

/** Up to this, the largest product stays in int32: 255² · 2 · 2^13 + 128 < 2^31. */
const largestFactor = 2 ** 13;

/**
 * Settles the product of two activations.
 *
 * @throws UserError where one step of the product is over 2^13 output steps
 * Source: TFLM mul_common.cc CalculateOpDataMul
 */
export function planMultiply(
  layer: QuantizedArithmetic<"multiply">,
  { inputs, output }: LayerContext,
): KernelChoice {
  expectShapes(layer.name, inputs, output);
  const [first, second] = inputs.map((input) => quantizationOf(input));
  const factor = (first.scale * second.scale) / quantizationOf(output).scale;
  if (factor > largestFactor) {
    throw new UserError(
      `layer "${layer.name}": one step of the inputs' product is ${factor} output steps, at most ${largestFactor} are possible`,
      "calibrate with data of the real range",
    );
  }
  const { activationMin, activationMax } = layer;
  return {
    kernel: "multiply",
    layer: {
      size: elementCount(output.shape),
      input1ZeroPoint: first.zeroPoint,
      input2ZeroPoint: second.zeroPoint,
      ...quantizeMultiplier(factor),
      outputZeroPoint: quantizationOf(output).zeroPoint,
      activationMin,
      activationMax,
    },
    inPlace: [0, 1],
  };
}
