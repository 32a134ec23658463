import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedLstm } from "../network/quantizedNetwork.js";
import { accumulatorBounds, expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { fullyConnectedFactors } from "../quantize/fullyConnectedFactors.js";
import { sigmoidTable } from "../quantize/sigmoidTable.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { settleRescale } from "./settleRescale.js";

/** Steps of a gate's argument and of what it gives. */
const argumentScale = 2 ** -12;
const gateScale = 2 ** -15;

/** A cell's step times this is the argument of its tanh. */
const largestCellPower = -8;

const int8 = { min: -128, max: 127 };

/**
 * Settles the gates of a long short-term memory.
 *
 * @throws UserError where a sum could leave int32, a product would be shifted left, or the cell's scale is not a power of
 *   two of up to 2^-8
 */
export function planLstm(layer: QuantizedLstm, { inputs: [input], output }: LayerContext): KernelChoice {
  const { name, inputWeights, recurrentWeights, bias, weightScales, recurrentScales, cellScale, cellClip } =
    layer;
  const units = bias.length / 4;
  const inFeatures = inputWeights.length / bias.length;
  const [from, to] = [quantizationOf(input!), quantizationOf(output)];
  const gate = (of: Int8Array, index: number) =>
    of.subarray((index * of.length) / 4, ((index + 1) * of.length) / 4);
  const factors = [
    ...weightScales.map((scale, g) => {
      const part = { weights: gate(inputWeights, g), bias: bias.subarray(g * units, (g + 1) * units) };
      return settleGate(name, { ...part, weightScales: [scale] }, from);
    }),
    ...recurrentScales.map((scale, g) => {
      const part = { weights: gate(recurrentWeights, g), bias: new Int32Array(units) };
      return settleGate(name, { ...part, weightScales: [scale] }, to);
    }),
  ];
  const { multiplier, rightShift, leftShift, hasLeftShift } = settleRescale(factors);
  const power = Math.log2(cellScale);
  const [ofCell, ofOutput] = [gateScale ** 2 / cellScale, gateScale ** 2 / to.scale];
  if (!Number.isInteger(power) || power > largestCellPower || ofCell >= 1 || ofOutput >= 1) {
    throw new UserError(
      `layer "${name}": its cell has steps of ${cellScale} and its output of ${to.scale}; powers of two of up to 2^${largestCellPower}, and steps of 2^-30 and more are expected`,
      "convert the model again",
    );
  }
  const products = settleRescale([gateScale, ofCell, ofOutput]);
  const shift = power + 12;
  return {
    kernel: "lstm",
    layer: {
      ...{
        steps: output.shape[0]! - 2,
        inFeatures,
        units,
        inputWeights,
        recurrentWeights,
        bias,
        multiplier,
        rightShift,
      },
      ...{ inputZeroPoint: from.zeroPoint, hiddenZeroPoint: to.zeroPoint },
      leftShift: hasLeftShift === 1 ? leftShift : new Uint8Array(8),
      ...{ productMultiplier: products.multiplier, productRightShift: products.rightShift },
      ...{ cellClip: cellClip ?? 32767, cellLow: cellClip === undefined ? -32768 : -cellClip },
      ...{ tanhMultiplier: 3 * 2 ** Math.max(0, shift), tanhRightShift: Math.max(0, -shift) },
      sigmoid: sigmoidTable(),
    },
    macs: (elementCount(input!.shape) / inFeatures) * (inputWeights.length + recurrentWeights.length),
    parameters: inputWeights.length + recurrentWeights.length + bias.length,
    scratch: [{ elementType: "int8", elements: units }],
  };
}

/** @returns the factor of a gate's sums */
function settleGate(
  name: string,
  part: { weights: Int8Array; bias: Int32Array; weightScales: readonly number[] },
  from: { readonly scale: number; readonly zeroPoint: number },
): number {
  const factors = fullyConnectedFactors(part, from, { scale: argumentScale, zeroPoint: 0 });
  expectAccumulatorsFit(name, accumulatorBounds(part, from.zeroPoint, int8), factors);
  return factors[0]!;
}
