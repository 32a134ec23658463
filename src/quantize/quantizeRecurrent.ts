import type { Quantization, QuantizedRecurrent } from "../network/quantizedNetwork.js";
import { gateCounts, type Recurrent } from "../train/layers/recurrent.js";
import { roundAwayFromZero } from "./quantizeTensor.js";
import { chooseWeightScale, quantizeWeight } from "./quantizeWeights.js";

/** The coarsest steps of a cell that the kernel's tanh takes, and the finest that are of use: an int16 reaches 1 with them. */
const [coarsest, finest] = [-8, -15];

/**
 * A recurrent layer's weights with a scale for each gate. Biases of both sums are one where no gate stands between.
 *
 * @param largestCell that an LSTM was seen to have; its int16 has room for twice that
 * @param output steps of 2^-7
 */
export function quantizeRecurrent(
  layer: Recurrent,
  input: Quantization,
  output: Quantization,
  largestCell: number,
): Omit<QuantizedRecurrent, "kind" | "name" | "inputs" | "output"> {
  const { kind, units, form } = layer;
  const gates = gateCounts[kind];
  const both = sumOfBiases(layer, gates);
  const own = layer.recurrentBias?.value.data.slice((gates - 1) * units);
  const nothing = new Float64Array(units);
  const largest = (of: ArrayLike<number>, start: number, count: number) => {
    let most = 0;
    for (let i = start; i < start + count; i++) most = Math.max(most, Math.abs(of[i]));
    return most;
  };
  const quantizeGates = (real: ArrayLike<number>, biasOf: (g: number) => ArrayLike<number>, step: number) => {
    const size = real.length / gates;
    const scales = Array.from({ length: gates }, (_, g) =>
      chooseWeightScale(largest(real, g * size, size), largest(biasOf(g), 0, units), step),
    );
    const weights = Int8Array.from(real, (weight, i) => quantizeWeight(weight, scales[Math.floor(i / size)]));
    const biases = scales.map((scale, g) =>
      Int32Array.from(biasOf(g), (value) => roundAwayFromZero(value / (step * scale))),
    );
    return { weights, scales, biases };
  };
  const ofInput = quantizeGates(
    layer.weights.value.data,
    (g) => both.subarray(g * units, (g + 1) * units),
    input.scale,
  );
  const ofState = quantizeGates(
    layer.recurrentWeights.value.data,
    (g) => (g === gates - 1 && own) || nothing,
    output.scale,
  );
  const bias = new Int32Array(gates * units);
  for (const [g, part] of ofInput.biases.entries()) bias.set(part, g * units);
  return {
    ...{ cell: kind, isBackwards: form.isBackwards },
    ...{ inputWeights: ofInput.weights, recurrentWeights: ofState.weights, bias },
    ...(own && { recurrentBias: ofState.biases[gates - 1] }),
    ...{ weightScales: ofInput.scales, recurrentScales: ofState.scales },
    ...(kind === "lstm" && { cellScale: chooseCellScale(largestCell) }),
  };
}

/** The biases of input and state, but the state's own of a candidate. */
function sumOfBiases({ bias, recurrentBias, units }: Recurrent, gates: number): Float64Array {
  const others = recurrentBias?.value.data.subarray(0, (gates - 1) * units);
  return Float64Array.from(bias.value.data, (value, o) => value + (others?.[o] ?? 0));
}

function chooseCellScale(largest: number): number {
  const power = Math.ceil(Math.log2(Math.max(2 * largest, Number.MIN_VALUE) / 2 ** 15));
  return 2 ** Math.min(coarsest, Math.max(finest, power));
}
