import { UserError } from "../base/errors.js";
import { quantizationOf } from "../network/quantization.js";
import type { Quantization, QuantizedLstm, QuantizedTensor } from "../network/quantizedNetwork.js";
import type { LstmNumbers } from "../network/quantizedStateLayers.js";
import { accumulatorBounds, expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { fullyConnectedFactors } from "../quantize/fullyConnectedFactors.js";
import { sigmoidTable } from "../quantize/sigmoidTable.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { type Rescale, settleRescale } from "./settleRescale.js";

/** Steps of a gate's argument and of what it gives. */
const argumentScale = 2 ** -12;
const gateScale = 2 ** -15;

/** A cell's step times this is the argument of its tanh. */
const largestCellPower = -8;

const int8 = { min: -128, max: 127 };

/**
 * Settles the gates of a long short-term memory that goes on from run to run.
 *
 * @throws UserError as {@link settleLstm}
 */
export function planLstm(layer: QuantizedLstm, { inputs: [input], output }: LayerContext): KernelChoice {
  const steps = output.shape[0]! - 2;
  return {
    kernel: "lstm",
    layer: settleLstm(layer.name, { ...layer, steps }, input!, output),
    ...lstmNeeds(layer, steps),
  };
}

/**
 * What the step of a long short-term memory is told.
 *
 * @throws UserError where a sum could leave int32, a product would be shifted left, or the cell's scale is not a power of
 *   two of up to 2^-8
 */
export function settleLstm(
  name: string,
  layer: LstmNumbers & { readonly steps: number; readonly cellClip?: number | undefined },
  input: QuantizedTensor,
  output: QuantizedTensor,
): KernelChoice["layer"] {
  const { steps, inputWeights, recurrentWeights, bias, cellScale, cellClip } = layer;
  const units = bias.length / 4;
  const [from, to] = [quantizationOf(input), quantizationOf(output)];
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
    ...{ steps, inFeatures: inputWeights.length / bias.length, units },
    ...{ inputWeights, recurrentWeights, bias, ...settleGates(name, layer, from, to) },
    ...{ inputZeroPoint: from.zeroPoint, hiddenZeroPoint: to.zeroPoint },
    ...{ productMultiplier: products.multiplier, productRightShift: products.rightShift },
    ...{ cellClip: cellClip ?? 32767, cellLow: cellClip === undefined ? -32768 : -cellClip },
    ...{ tanhLeftShift: Math.max(0, shift + 1), tanhMultiplier: 2 ** Math.min(30, 31 + shift) },
    sigmoid: sigmoidTable(),
  };
}

/** What its kernels take beside their numbers. */
export function lstmNeeds(
  { inputWeights, recurrentWeights, bias }: LstmNumbers,
  steps: number,
): Pick<KernelChoice, "macs" | "parameters" | "scratch"> {
  const units = bias.length / 4;
  return {
    macs: steps * (inputWeights.length + recurrentWeights.length),
    parameters: inputWeights.length + recurrentWeights.length + bias.length,
    scratch: [
      { elementType: "int8", elements: units },
      { elementType: "int16", elements: units },
    ],
  };
}

/** A recurrent layer's weights, gate by gate, and its biases: one for each sum. */
export interface GateNumbers {
  readonly inputWeights: Int8Array;
  readonly recurrentWeights: Int8Array;
  readonly bias: Int32Array;
  /** What is added to the recurrent sums of the last gate. */
  readonly recurrentBias?: Int32Array | undefined;
  readonly weightScales: readonly number[];
  readonly recurrentScales: readonly number[];
}

/**
 * How the sums of all gates become Q3.12: those of the input, then those of the state.
 *
 * @throws UserError where one could leave int32
 */
export function settleGates(
  name: string,
  layer: GateNumbers,
  from: Quantization,
  to: Quantization,
): Pick<Rescale, "multiplier" | "leftShift" | "rightShift"> {
  const { inputWeights, recurrentWeights, bias, recurrentBias, weightScales, recurrentScales } = layer;
  const count = weightScales.length;
  const units = bias.length / count;
  const gate = (of: Int8Array, index: number) =>
    of.subarray((index * of.length) / count, ((index + 1) * of.length) / count);
  const none = new Int32Array(units);
  const factors = [
    ...weightScales.map((scale, g) => {
      const part = { weights: gate(inputWeights, g), bias: bias.subarray(g * units, (g + 1) * units) };
      return settleGate(name, { ...part, weightScales: [scale] }, from);
    }),
    ...recurrentScales.map((scale, g) => {
      const own = g === count - 1 ? recurrentBias : undefined;
      const part = { weights: gate(recurrentWeights, g), bias: own ?? none };
      return settleGate(name, { ...part, weightScales: [scale] }, to);
    }),
  ];
  const { multiplier, rightShift, leftShift, hasLeftShift } = settleRescale(factors);
  return { multiplier, rightShift, leftShift: hasLeftShift === 1 ? leftShift : new Uint8Array(2 * count) };
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
