import { elementCount, isSameShape } from "../base/tensor.js";
import { requantize, rescale, shiftLeft } from "../kernels/int.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedArithmetic } from "../network/quantizedNetwork.js";
import type { SettledSum } from "../network/rounding.js";
import type { QuantizedMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { planElementwise } from "./planElementwise.js";
import { leftShift, settleProduct, settleSum } from "./settleArithmetic.js";
import { solveAddTable } from "./solveAddTable.js";

/** Every int8 value as the reference kernel rescales it before it adds. */
function rescaleAll(zeroPoint: number, { multiplier, rightShift }: QuantizedMultiplier): number[] {
  return Array.from({ length: 256 }, (_, index) =>
    requantize(shiftLeft(index - 128 - zeroPoint, leftShift), multiplier, rightShift),
  );
}

function tableChoice(
  { activationMin, activationMax }: QuantizedArithmetic,
  settled: SettledSum,
  size: number,
): KernelChoice {
  return {
    kernel: "addTable",
    layer: { size, unrolledSize: size - (size % 4), ...settled, activationMin, activationMax },
    inPlace: [0, 1],
  };
}

/**
 * Settles the sum of two activations: one multiplication and a table where they give the reference's bytes for all
 * pairs of values, else, and to save flash, the reference kernel.
 *
 * @throws UserError where a step of the inputs is 2^19 steps of the output or more
 * Source: TFLM add_common.cc CalculateOpDataAdd
 */
export function planAdd(layer: QuantizedArithmetic<"add">, context: LayerContext): KernelChoice {
  const { inputs, output, optimize } = context;
  const size = elementCount(output.shape);
  if (layer.sum !== undefined) return tableChoice(layer, layer.sum, size);
  if (inputs.some(({ shape }) => !isSameShape(shape, output.shape))) return planElementwise(layer, context);
  const [first, second] = inputs.map((input) => quantizationOf(input));
  const {
    one: multiplier1,
    two: multiplier2,
    result: settled,
  } = settleSum(layer, first, second, quantizationOf(output));
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
  if (solved) return tableChoice(layer, solved, size);
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

/**
 * Settles the product of two activations.
 *
 * @throws UserError where one step of the product is over 2^13 output steps
 * Source: TFLM mul_common.cc CalculateOpDataMul
 */
export function planMultiply(layer: QuantizedArithmetic<"multiply">, context: LayerContext): KernelChoice {
  const { inputs, output } = context;
  if (inputs.some(({ shape }) => !isSameShape(shape, output.shape))) return planElementwise(layer, context);
  const [first, second] = inputs.map((input) => quantizationOf(input));
  const result = layer.product ?? settleProduct(layer.name, first, second, quantizationOf(output)).result;
  const { activationMin, activationMax } = layer;
  return {
    kernel: "multiply",
    layer: {
      size: elementCount(output.shape),
      input1ZeroPoint: first.zeroPoint,
      input2ZeroPoint: second.zeroPoint,
      ...result,
      outputZeroPoint: quantizationOf(output).zeroPoint,
      activationMin,
      activationMax,
    },
    inPlace: [0, 1],
  };
}
