import { elementCount } from "../../src/base/tensor.js";
import { requantize, shiftLeft } from "../../src/kernels/int.js";
import { splitPorts } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type {
  QuantizedArithmetic,
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedPooling,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { fullyConnectedFactors } from "../../src/quantize/fullyConnectedFactors.js";
import { quantizeMultiplier } from "../../src/quantize/multiplier.js";
import { layerByFormula } from "./windowFormulas.js";

/**
 * A network run by its definition, value by value, without plans and kernels. Every tensor's values, by its index;
 * softmax and normalization are not here.
 */
export function runReference(network: QuantizedNetwork, input: Int8Array): (Int8Array | undefined)[] {
  const values: (Int8Array | undefined)[] = network.tensors.map(() => undefined);
  const parts = splitPorts(
    input,
    network.inputs.map(({ tensor }) => network.tensors[tensor]),
  );
  for (const [index, { tensor }] of network.inputs.entries()) values[tensor] = parts[index];
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((index) => values[index] as Int8Array);
    const output = runLayer(layer, inputs, network);
    if (output.length !== elementCount(network.tensors[layer.output].shape)) {
      throw new Error(`layer "${layer.name}" gives ${output.length} values`);
    }
    values[layer.output] = output;
  }
  return values;
}

function scaled(accumulator: number, factor: number): number {
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(factor);
  return requantize(shiftLeft(accumulator, leftShift), multiplier, rightShift);
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

function runLayer(layer: QuantizedLayer, inputs: readonly Int8Array[], network: QuantizedNetwork): Int8Array {
  const tensors = layer.inputs.map((index) => network.tensors[index]);
  const output = network.tensors[layer.output];
  const [first] = inputs;
  switch (layer.kind) {
    case "fullyConnected": {
      const factors = fullyConnectedFactors(layer, quantizationOf(tensors[0]), quantizationOf(output));
      return Int8Array.from(layer.bias, (bias, o) => {
        const sum = first.reduce(
          (total, value, i) =>
            total + (value - quantizationOf(tensors[0]).zeroPoint) * layer.weights[o * first.length + i],
          bias,
        );
        return stored(scaled(sum, factors[o]), output, layer);
      });
    }
    case "convolution":
    case "depthwiseConvolution":
      return convolve(layer, first, tensors[0], output);
    case "averagePool":
    case "maxPool":
      return pool(layer, first, tensors[0], output);
    case "add":
    case "multiply":
      return combine(layer, inputs, tensors, output);
    case "lookup":
      return first.map((value) => layer.table[value + 128]);
    case "requantize": {
      const [from, to] = [quantizationOf(tensors[0]), quantizationOf(output)];
      return first.map((value) =>
        clamp(scaled(value - from.zeroPoint, from.scale / to.scale) + to.zeroPoint, -128, 127),
      );
    }
    case "mean":
      return Int8Array.from(layerByFormula(network, layer, [...first]));
    case "reshape":
      return first.slice();
    case "pad":
      return pad(first, tensors[0].shape, output.shape, layer.before, layer.value);
    case "concatenation":
      return concatenate(inputs, tensors, layer.axis);
    default:
      throw new Error(`no reference for ${layer.kind}`);
  }
}

function stored(
  value: number,
  output: QuantizedTensor,
  { activationMin, activationMax }: { activationMin: number; activationMax: number },
): number {
  return clamp(value + quantizationOf(output).zeroPoint, activationMin, activationMax);
}

/** Calls back with each tap of the window at (y, x) that lies on the image. */
function forTaps(
  window: QuantizedConvolution | QuantizedDepthwiseConvolution | QuantizedPooling,
  [height, width]: readonly number[],
  y: number,
  x: number,
  tap: (row: number, column: number, ky: number, kx: number) => void,
): void {
  const [dilationY, dilationX] = "dilations" in window ? window.dilations : [1, 1];
  for (let ky = 0; ky < window.kernelSize[0]; ky++) {
    for (let kx = 0; kx < window.kernelSize[1]; kx++) {
      const row = y * window.strides[0] + ky * dilationY - window.padding.top;
      const column = x * window.strides[1] + kx * dilationX - window.padding.left;
      if (row >= 0 && row < height && column >= 0 && column < width) tap(row, column, ky, kx);
    }
  }
}

function convolve(
  layer: QuantizedConvolution | QuantizedDepthwiseConvolution,
  values: Int8Array,
  input: QuantizedTensor,
  output: QuantizedTensor,
): Int8Array {
  const [, width, inChannels] = input.shape;
  const [outHeight, outWidth, outChannels] = output.shape;
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const result = new Int8Array(elementCount(output.shape));
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let o = 0; o < outChannels; o++) {
        let sum = layer.bias[o];
        forTaps(layer, input.shape, y, x, (row, column, ky, kx) => {
          const at = (i: number): number =>
            values[(row * width + column) * inChannels + i] - quantizationOf(input).zeroPoint;
          if (layer.kind === "depthwiseConvolution") {
            const i = Math.floor(o / (outChannels / inChannels));
            sum += at(i) * layer.weights[(ky * kernelWidth + kx) * outChannels + o];
            return;
          }
          for (let i = 0; i < inChannels; i++) {
            const place = ((o * kernelHeight + ky) * kernelWidth + kx) * inChannels + i;
            sum += at(i) * layer.weights[place];
          }
        });
        const factor = (quantizationOf(input).scale * layer.weightScales[o]) / quantizationOf(output).scale;
        result[(y * outWidth + x) * outChannels + o] = stored(scaled(sum, factor), output, layer);
      }
    }
  }
  return result;
}

function pool(
  layer: QuantizedPooling,
  values: Int8Array,
  input: QuantizedTensor,
  output: QuantizedTensor,
): Int8Array {
  const [, width, channels] = input.shape;
  const [outHeight, outWidth] = output.shape;
  const result = new Int8Array(elementCount(output.shape));
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let c = 0; c < channels; c++) {
        const seen: number[] = [];
        forTaps(layer, input.shape, y, x, (row, column) => {
          seen.push(values[(row * width + column) * channels + c]);
        });
        const sum = seen.reduce((a, b) => a + b, 0);
        const half = Math.trunc(seen.length / 2);
        const mean = Math.trunc((sum > 0 ? sum + half : sum - half) / seen.length);
        const value = layer.kind === "maxPool" ? Math.max(...seen) : mean;
        result[(y * outWidth + x) * channels + c] = clamp(value, layer.activationMin, layer.activationMax);
      }
    }
  }
  return result;
}

function combine(
  layer: QuantizedArithmetic,
  [a, b]: readonly Int8Array[],
  inputs: readonly QuantizedTensor[],
  output: QuantizedTensor,
): Int8Array {
  const { scale } = quantizationOf(output);
  const [qa, qb] = inputs.map((input) => quantizationOf(input));
  const twice = 2 * Math.max(qa.scale, qb.scale);
  return a.map((value, i) => {
    const [x, y] = [value - qa.zeroPoint, b[i] - qb.zeroPoint];
    if (layer.kind === "multiply") return stored(scaled(x * y, (qa.scale * qb.scale) / scale), output, layer);
    const sum = scaled(x * 2 ** 20, qa.scale / twice) + scaled(y * 2 ** 20, qb.scale / twice);
    return stored(scaled(sum, twice / (2 ** 20 * scale)), output, layer);
  });
}

function pad(
  values: Int8Array,
  from: readonly number[],
  to: readonly number[],
  before: readonly number[],
  value: number,
): Int8Array {
  const result = new Int8Array(elementCount(to)).fill(value);
  for (const [index, one] of values.entries()) {
    let [rest, place, step] = [index, 0, 1];
    for (let axis = from.length - 1; axis >= 0; axis--) {
      place += ((rest % from[axis]) + before[axis]) * step;
      rest = Math.floor(rest / from[axis]);
      step *= to[axis];
    }
    result[place] = one;
  }
  return result;
}

function concatenate(
  parts: readonly Int8Array[],
  tensors: readonly QuantizedTensor[],
  axis: number,
): Int8Array {
  const rows = elementCount(tensors[0].shape.slice(0, axis));
  return Int8Array.from(
    Array.from({ length: rows }, (_, row) =>
      parts.flatMap((part) => {
        const size = part.length / rows;
        return [...part.subarray(row * size, (row + 1) * size)];
      }),
    ).flat(),
  );
}
