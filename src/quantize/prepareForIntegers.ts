import { elementCount, type Shape, Tensor } from "../base/tensor.js";
import { BatchNorm } from "../train/layers/batchNorm.js";
import { Convolution } from "../train/layers/convolution.js";
import type { Layer } from "../train/layers/layerKinds.js";
import { Add } from "../train/layers/merge.js";
import { Reshape } from "../train/layers/reshape.js";
import { imageWindows } from "../train/layers/window.js";
import { foldBatchNorm } from "../train/network/foldBatchNorm.js";
import { Network } from "../train/network/network.js";

/**
 * The same network of layers that all have an integer form: batch normalization is folded into the layer in front of
 * it, or becomes a depthwise convolution of single pixels where no layer can take it; a sum of many becomes sums of
 * two. Outputs differ by the rounding of folded weights only.
 */
export function prepareForIntegers(network: Network): Network {
  const folded = foldBatchNorm(network);
  const layers: Layer[] = [];
  const connections: number[][] = [];
  /** By the old number of an activation: its new one. */
  const numbers = [0];
  const put = (layer: Layer, inputs: number[]): number => {
    layers.push(layer);
    connections.push(inputs);
    return layers.length;
  };
  folded.layers.forEach((layer, index) => {
    const inputs = folded.connections[index].map((number) => numbers[number]);
    if (layer instanceof BatchNorm) numbers.push(putScaling(layer, inputs[0], put));
    else if (layer instanceof Add) numbers.push(putSums(layer, inputs, put));
    else numbers.push(put(layer, inputs));
  });
  return new Network(folded.name, folded.inputShape, folded.dtype, layers, connections);
}

type Put = (layer: Layer, inputs: number[]) => number;

/** a + b + c as (a + b) + c: in the order in which the layer adds. */
function putSums({ name, outputShape }: Add, inputs: readonly number[], put: Put): number {
  const shapes = [outputShape, outputShape];
  return inputs.slice(1).reduce((sum, input, index) => {
    const isLast = index === inputs.length - 2;
    const partName = isLast ? name : `${name}: first ${index + 2}`;
    return put(new Add(partName, shapes), [sum, input]);
  }, inputs[0]);
}

/** factor · input + offset, channel by channel, as a depthwise convolution with windows of one pixel. */
function putScaling(normalization: BatchNorm, input: number, put: Put): number {
  const { name, outputShape: shape, channels } = normalization;
  if (shape.length === 3) return put(scaling(normalization, shape), [input]);
  const image = [elementCount(shape) / channels, 1, channels];
  const asImage = put(new Reshape("reshape", `${name}: as image`, shape, image), [input]);
  const scaled = put(scaling(normalization, image), [asImage]);
  return put(new Reshape("reshape", `${name}: as before`, image, shape), [scaled]);
}

function scaling(normalization: BatchNorm, image: Shape): Convolution {
  const { name, channels, runningMean } = normalization;
  const { factors, offsets } = normalization.channelFactors();
  const windows = imageWindows(name, image, { size: 1, stride: 1, dilation: 1, padding: "valid" });
  const weights = Tensor.zeros([1, 1, 1, channels], runningMean.dtype);
  const bias = Tensor.zeros([channels], runningMean.dtype);
  weights.data.set(factors);
  bias.data.set(offsets);
  return new Convolution("depthwiseConv2d", name, image, windows, channels, weights, bias);
}
