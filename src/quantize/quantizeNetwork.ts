import {
  normalizationFractionBits,
  type Quantization,
  type QuantizedLayer,
  type QuantizedLookup,
  type QuantizedNetwork,
  type QuantizedNormalization,
  type QuantizedTensor,
} from "../quantizedNetwork.js";
import { type Shape, Tensor } from "../tensor.js";
import type { Layer } from "../train/layerKinds.js";
import type { ElementWise } from "../train/layers/elementWise.js";
import type { Normalization } from "../train/layers/normalization.js";
import type { Network } from "../train/network.js";
import { typescriptOps } from "../train/ops/index.js";
import { type ActivationFormat, quantizeActivations } from "./activationQuantization.js";
import { type CalibrationMethod, calibrate, type RealRange } from "./calibrate.js";
import { type IntegerStep, integerForm } from "./integerSteps.js";
import { quantizeDense } from "./quantizeDense.js";
import { dequantizeTensor, quantizeTensor, roundAwayFromZero } from "./quantizeTensor.js";

/**
 * Quantizes a trained network after training: int8 activations with ranges from calibration, int8 weights with a
 * scale for each output, int32 biases; a ReLU after a dense layer becomes its clamp, other functions become tables.
 *
 * @param samples [samples, ...network.inputShape], of the kind that the device will see
 * @throws UserError naming a layer that has no integer form
 * Source: TFLite int8 quantization specification; Jacob et al. 2018, arXiv:1712.05877.
 */
export function quantizeNetwork(
  network: Network,
  samples: Tensor,
  method: CalibrationMethod = { kind: "minMax" },
): QuantizedNetwork {
  integerForm(network); // what cannot run is told before anything is measured
  return quantizeWithRanges(network, calibrate(network, samples, method));
}

/**
 * Quantizes a network whose activations' ranges are known.
 *
 * @param ranges of the network's input and of each layer's output
 * @throws UserError naming a layer that has no integer form
 */
export function quantizeWithRanges(network: Network, ranges: readonly RealRange[]): QuantizedNetwork {
  const form = integerForm(network);
  const quantizations = quantizeActivations(form, ranges);
  const tensors: QuantizedTensor[] = [describeTensor("input", network.inputShape, quantizations.get(0)!)];
  /** Activation's number → index of its tensor. */
  const indices = new Map([[0, 0]]);
  const layers: QuantizedLayer[] = [];
  for (const step of form.steps) {
    const { layer, fused, inputs, output } = step;
    const quantization = quantizations.get(output)!;
    const place = {
      name: layer.name,
      inputs: inputs.map((number) => indices.get(number)!),
      output: tensors.length,
    };
    const input = quantizations.get(inputs[0])!;
    layers.push(quantizeStep(step, place, input, quantization));
    indices.set(output, tensors.length);
    const { name, outputShape } = fused ?? layer;
    tensors.push(describeTensor(name, outputShape, quantization));
  }
  return { name: network.name, tensors, input: 0, output: indices.get(form.output)!, layers };
}

function describeTensor(
  name: string,
  shape: Shape,
  { elementType, scale, zeroPoint }: ActivationFormat,
): QuantizedTensor {
  const quantization = { scale, zeroPoint };
  return { name, shape, quantization, ...(elementType !== "int8" && { elementType }) };
}

/** Offsets in input steps with their fraction, and output steps for an input step. */
function quantizeNormalization(
  { offsets, factors }: Normalization,
  input: Quantization,
  output: Quantization,
): Pick<QuantizedNormalization, "offsets" | "factors"> {
  const one = 2 ** normalizationFractionBits;
  return {
    offsets: Int32Array.from(offsets.data, (offset) => roundAwayFromZero((offset / input.scale) * one)),
    factors: Array.from(factors.data, (factor) => (factor * input.scale) / output.scale),
  };
}

function quantizeStep(
  { layer, fused }: IntegerStep,
  place: Pick<QuantizedLayer, "name" | "inputs" | "output">,
  input: Quantization,
  output: Quantization,
): QuantizedLayer {
  switch (layer.kind) {
    case "dense":
      return { kind: "fullyConnected", ...place, ...quantizeDense(layer, input), ...clampOf(fused, output) };
    case "normalization":
      return { kind: "normalization", ...place, ...quantizeNormalization(layer, input, output) };
    case "softmax":
      return { kind: "softmax", ...place, beta: 1 };
    default:
      return {
        kind: "lookup",
        ...place,
        activation: layer.kind,
        table: tabulate(layer as ElementWise, input, output),
      };
  }
}

/** The clamp of int8 that a fused function is. */
function clampOf(
  fused: Layer | undefined,
  output: Quantization,
): { activationMin: number; activationMax: number } {
  const step = (real: number) => quantizeTensor([real], output)[0];
  return {
    activationMin: fused === undefined ? -128 : step(0),
    activationMax: fused?.kind === "relu6" ? step(6) : 127,
  };
}

/** A function of one value for all 256 inputs. */
function tabulate(layer: ElementWise, input: Quantization, output: Quantization): QuantizedLookup["table"] {
  const everyInput = Int8Array.from({ length: 256 }, (_, index) => index - 128);
  const values = new Tensor([1, 256], Float64Array.from(dequantizeTensor(everyInput, input)));
  const results = Tensor.zeros([1, 256], "float64");
  layer.forward([values], results, { ops: typescriptOps, isTraining: false });
  return Int8Array.from(quantizeTensor(results.data, output));
}
