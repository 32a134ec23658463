import { elementCount, Tensor } from "../../src/base/tensor.js";
import { onlyInput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { ActivationData, QuantizedLayer, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { prepareForIntegers } from "../../src/quantize/prepareForIntegers.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { dequantizeTensor, quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import type { Layer } from "../../src/train/layers/layerKinds.js";
import type { Network } from "../../src/train/network/network.js";
import { typescriptOps } from "../../src/train/ops/index.js";

export interface LayerError {
  readonly layer: QuantizedLayer;
  /** The largest |integer − real value in steps of the output| over samples and elements. */
  readonly error: number;
  /** What rounding accounts for. */
  readonly bound: number;
}

/**
 * Right shift of the multiplier of a factor. TFLM rounds twice, to 2^-shift of a step and then to a step: by at most
 * 1/2 + 2^-shift / 2. The rest is for the factor's 31 bits and for scales that float32 rounds.
 */
function requantizationBound(factors: readonly number[]): number {
  const shift = Math.min(...factors.map((factor) => Math.max(0, -Math.floor(Math.log2(factor)) - 1)));
  return 0.5 + 2 ** -(shift + 1) + 1e-4;
}

function boundOf(layer: QuantizedLayer, { tensors }: QuantizedNetwork): number {
  const [input, output] = [layer.inputs[0], layer.output].map(
    (index) => quantizationOf(tensors[index]).scale,
  );
  const [height, width] = tensors[layer.inputs[0]].shape;
  switch (layer.kind) {
    case "convolution":
    case "depthwiseConvolution":
    case "fullyConnected":
      return requantizationBound(layer.weightScales.map((scale) => (input * scale) / output));
    case "mean":
      return requantizationBound([input / output / (height * width)]);
    case "requantize":
      return requantizationBound([input / output]);
    case "add": // in steps of 2^-20 of the larger input's, until the last
      return 0.501;
    case "maxPool":
    case "concatenation":
      return 1e-4;
    default:
      return 0.5 + 1e-4;
  }
}

/** A float layer's output for real inputs, with the weights and the bias that an integer layer stands for. */
function realOutput(
  float: Layer,
  layer: QuantizedLayer,
  inputs: readonly Tensor[],
  inputScale: number,
): Tensor {
  if ("weights" in layer && float.parameters.length > 0) {
    const { weights, weightScales, bias } = layer;
    const channels = bias.length;
    const each = weights.length / channels;
    const [ownWeights, ownBias] = float.parameters;
    ownWeights.value.data.set(
      Float64Array.from(weights, (weight, i) => {
        const channel = layer.kind === "depthwiseConvolution" ? i % channels : Math.floor(i / each);
        return weight * weightScales[channel];
      }),
    );
    ownBias?.value.data.set(Float64Array.from(bias, (value, c) => value * inputScale * weightScales[c]));
  }
  const output = Tensor.zeros([1, ...float.outputShape], "float64");
  float.forward(inputs, output, { ops: typescriptOps, isTraining: false });
  return output;
}

/**
 * How far each integer layer is from the real-valued one on what it is given, for a network in float64 quantized by
 * the samples it then runs on. Softmax is left out: its own tests hold it to TFLM's bytes.
 */
export function layerErrors(network: Network, samples: Tensor) {
  const quantized = quantizeNetwork(network, samples);
  const { layers } = prepareForIntegers(network);
  const floatOf = (name: string): Layer => layers.find((layer) => layer.name === name)!;
  const { tensors } = quantized;
  const program = planProgram(quantized);
  const errors = new Map<QuantizedLayer, number>();
  const size = elementCount(network.inputShape);
  for (let sample = 0; sample < samples.shape[0]; sample++) {
    const values = new Map<number, ActivationData>();
    const input = quantizeTensor(
      samples.data.subarray(sample * size, (sample + 1) * size),
      onlyInput(program),
    );
    values.set(0, Int8Array.from(input));
    const called: ActivationData[] = [];
    runProgram(program, input, (_, output) => called.push(output.slice()));
    for (const layer of quantized.layers) {
      const given = layer.inputs.map((index) => values.get(index)!);
      const found = layer.kind === "reshape" ? given[0] : called.shift()!;
      values.set(layer.output, found);
      if (layer.kind === "reshape" || layer.kind === "softmax") continue;
      const real = given.map((data, k) => dequantizeTensor(data, tensors[layer.inputs[k]]));
      const { name } = tensors[layer.output];
      const quantization = quantizationOf(tensors[layer.output]);
      let output: ArrayLike<number> = real[0];
      if (layer.kind !== "requantize") {
        const float = floatOf(layer.name);
        const inputs = real.map((data, k) => Tensor.from([1, ...float.inputShapes[k]], data, "float64"));
        let tensor = realOutput(float, layer, inputs, quantizationOf(tensors[layer.inputs[0]]).scale);
        if (name !== layer.name) tensor = realOutput(floatOf(name), layer, [tensor], 1); // the fused ReLU
        output = tensor.data;
      }
      for (const [i, q] of found.entries()) {
        const steps = output[i] / quantization.scale + quantization.zeroPoint;
        const error = Math.abs(Math.min(127, Math.max(-128, steps)) - q);
        errors.set(layer, Math.max(errors.get(layer) ?? 0, error));
      }
    }
  }
  const found = [...errors].map(([layer, error]): LayerError => {
    return { layer, error, bound: boundOf(layer, quantized) };
  });
  return { quantized, program, errors: found };
}
