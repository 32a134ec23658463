import { UserError } from "../base/errors.js";
import type { FloatArray, Tensor } from "../base/tensor.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import { type CalibrationMethod, calibrate } from "../quantize/calibrate.js";
import { drawSamples } from "../quantize/drawSamples.js";
import { quantizeWithRanges } from "../quantize/quantizeNetwork.js";
import { forwardSamples } from "../train/fitting/forwardSamples.js";
import type { Network } from "../train/network/network.js";
import { measureQuantizationLoss, type QuantizationLoss } from "./quantizationLoss.js";

export interface QuantizedImport {
  readonly quantized: QuantizedNetwork;
  /** How far it is from the float network. */
  readonly loss: QuantizationLoss;
}

/** As for training: more would not tell more. */
const mostSamples = 1000;
const seed = 1;

/**
 * Quantizes a network that was trained elsewhere, and measures what that costs.
 *
 * @param network as `prepareForIntegers` gives it
 * @param inputs [samples, ...network.inputShape], of the kind that the device will see
 * @param labels the class of each; without them the float network's outputs are what is wanted
 * @throws UserError when an activation is not finite, or a layer has no integer form
 */
export async function quantizeImported(
  network: Network,
  inputs: Tensor,
  labels: Int32Array | undefined,
  method: CalibrationMethod,
): Promise<QuantizedImport> {
  const ranges = calibrate(network, drawSamples(inputs, mostSamples, seed), method, inputs);
  const quantized = quantizeWithRanges(network, ranges);
  planProgram(quantized);
  const dataset = { inputs, targets: labels ?? forwardSamples(network, inputs) };
  const what = "the calibration samples";
  const loss = await measureQuantizationLoss({ network, quantized, dataset, what, metrics: [], seed });
  return { quantized, loss };
}

/** How far a network's outputs are from those that its users have. */
export interface OutputCheck {
  readonly largestDifference: number;
  readonly largestOutput: number;
}

/** Beyond this share of the largest output it is another network: frameworks differ by a hundredth of it. */
const mostDifference = 1e-3;

/**
 * @param outputs [samples, ...network.outputShape], the users' own
 * @param what the outputs' file, for messages
 * @param leftOut "Softmax" or "LogSoftmax", where the file's network ends in one that ours does not have
 * @throws UserError when the network gives something else
 */
export function checkOutputs(
  network: Network,
  inputs: Tensor,
  outputs: Tensor,
  what: string,
  leftOut?: string,
): OutputCheck {
  const found = forwardSamples(network, inputs).data;
  if (leftOut !== undefined) applySoftmax(found, network.outputShape.at(-1) ?? 1, leftOut === "LogSoftmax");
  let [largestDifference, largestOutput, worst] = [0, 0, 0];
  for (let k = 0; k < found.length; k++) {
    const difference = Math.abs(found[k] - outputs.data[k]);
    largestOutput = Math.max(largestOutput, Math.abs(outputs.data[k]));
    if (!(difference <= largestDifference)) [largestDifference, worst] = [difference, k];
  }
  if (!(largestDifference <= mostDifference * largestOutput)) {
    const size = found.length / inputs.shape[0];
    throw new UserError(
      `the float network does not give ${what}: sample ${Math.floor(worst / size)} differs by ${shortNumber(largestDifference)}, ` +
        `where the largest output is ${shortNumber(largestOutput)}`,
      "are these the outputs of the same samples, made after model.eval(), and is --divide, --mean and --std as for training?",
    );
  }
  return { largestDifference, largestOutput };
}

/** In place, row by row. */
function applySoftmax(values: FloatArray, classes: number, isLogarithm: boolean): void {
  for (let start = 0; start < values.length; start += classes) {
    const row = values.subarray(start, start + classes) as Float32Array;
    const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    for (let k = 0; k < classes; k++) {
      row[k] = isLogarithm ? row[k] - largest - Math.log(sum) : Math.exp(row[k] - largest) / sum;
    }
  }
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(3)));
