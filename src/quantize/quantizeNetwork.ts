import { UserError } from "../errors.js";
import type {
  Quantization,
  QuantizedFullyConnected,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../quantizedNetwork.js";
import type { Tensor } from "../tensor.js";
import type { Dense } from "../train/layers/dense.js";
import type { Network } from "../train/network.js";
import { type CalibrationMethod, calibrate, type RealRange } from "./calibrate.js";
import { roundAwayFromZero } from "./quantizeTensor.js";

/** The output of every softmax: the TFLite int8 specification fixes it. */
const softmaxOutput: Quantization = { scale: 1 / 256, zeroPoint: -128 };

/**
 * Scale and zero point that spread 256 steps over a range.
 *
 * Source: Jacob et al. 2018, arXiv:1712.05877 §3.
 */
export function chooseQuantization({ min, max }: RealRange): Quantization {
  const scale = Math.fround((max - min) / 255);
  // an activation that is always 0 has no range, and any scale represents it
  if (scale === 0) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: Math.min(127, Math.max(-128, Math.round(-128 - min / scale))) };
}

/**
 * A weight scale for one output: 127 steps for the largest weight, and more where the bias would pass 2^30 at it.
 */
function chooseWeightScale(weights: ArrayLike<number>, bias: number, inputScale: number): number {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) largest = Math.max(largest, Math.abs(weights[i]!));
  const scale = Math.fround(Math.max(largest / 127, Math.abs(bias) / (inputScale * 2 ** 30)));
  return scale === 0 ? 1 : scale;
}

function quantizeDense(
  dense: Dense,
  input: Quantization,
): Pick<QuantizedFullyConnected, "weights" | "weightScales" | "bias"> {
  const [outFeatures, inFeatures] = dense.weights.value.shape as [number, number];
  const real = dense.weights.value.data;
  const weights = new Int8Array(real.length);
  const bias = new Int32Array(outFeatures);
  const weightScales: number[] = [];
  for (let o = 0; o < outFeatures; o++) {
    const row = real.subarray(o * inFeatures, (o + 1) * inFeatures);
    const realBias = dense.bias?.value.data[o] ?? 0;
    const scale = chooseWeightScale(row, realBias, input.scale);
    for (let i = 0; i < inFeatures; i++) {
      weights[o * inFeatures + i] = Math.min(127, Math.max(-127, roundAwayFromZero(row[i]! / scale)));
    }
    bias[o] = roundAwayFromZero(realBias / (input.scale * scale));
    weightScales.push(scale);
  }
  return { weights, weightScales, bias };
}

/**
 * Quantizes a trained network after training: int8 activations with ranges from calibration, int8 weights with a
 * scale for each output, int32 biases; a ReLU after a dense layer becomes its clamp.
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
  const [inputRange, ...outputRanges] = calibrate(network, samples, method);
  const tensors: QuantizedTensor[] = [
    { name: "input", shape: network.inputShape, quantization: chooseQuantization(inputRange!) },
  ];
  const layers: QuantizedLayer[] = [];
  for (let index = 0; index < network.layers.length; index++) {
    const layer = network.layers[index]!;
    const inputIndex = tensors.length - 1;
    const inputs = [inputIndex];
    const output = tensors.length;
    switch (layer.kind) {
      case "dense": {
        const next = network.layers[index + 1];
        const isRelu = next?.kind === "relu";
        if (isRelu) index++;
        const quantization = chooseQuantization(outputRanges[index]!);
        tensors.push({ name: network.layers[index]!.name, shape: layer.outputShape, quantization });
        layers.push({
          kind: "fullyConnected",
          name: layer.name,
          inputs,
          output,
          ...quantizeDense(layer, tensors[inputIndex]!.quantization),
          activationMin: isRelu ? quantization.zeroPoint : -128,
          activationMax: 127,
        });
        break;
      }
      case "softmax":
        tensors.push({ name: layer.name, shape: layer.outputShape, quantization: softmaxOutput });
        layers.push({ kind: "softmax", name: layer.name, inputs, output, beta: 1 });
        break;
      default:
        throw new UserError(
          `layer "${layer.name}" (${layer.kind}) follows no dense layer, and has no integer kernel of its own`,
          "put it after a dense layer",
        );
    }
  }
  return { name: network.name, tensors, input: 0, output: tensors.length - 1, layers };
}
