import { elementCount, type FloatArray, Tensor } from "../../base/tensor.js";
import { Convolution } from "../../train/layers/convolution.js";
import { Dense } from "../../train/layers/dense.js";
import { ElementWise } from "../../train/layers/elementWise.js";
import type { Layer } from "../../train/layers/layerKinds.js";
import { Normalization } from "../../train/layers/normalization.js";
import { Reshape } from "../../train/layers/reshape.js";
import { imageWindows } from "../../train/layers/window.js";
import { scaleChannels } from "../../train/network/foldBatchNorm.js";
import { Network } from "../../train/network/network.js";
import { ChannelScale } from "./channelScale.js";
import type { GraphBuilder } from "./graphBuilder.js";
import { OtherLayer } from "./otherLayer.js";

type FloatLayer = Layer | ChannelScale;

/** A network, and for each layer the number of the file's node that it comes from. */
export interface FinishedGraph {
  readonly network: Network;
  readonly nodes: readonly number[];
}

/**
 * The network of the layers that were built. What multiplies channels and adds to them becomes part of the weights
 * before it where nothing else takes these values, of those behind it where it is one factor of the network's input, a
 * normalization of the input where that has units of its own, or else a depthwise convolution of single pixels.
 *
 * @param output number of the activation that is the network's output
 */
export function finishGraph(builder: GraphBuilder, name: string, output: number): FinishedGraph {
  const layers: FloatLayer[] = builder.layers.filter(
    (layer): layer is FloatLayer => !(layer instanceof OtherLayer),
  );
  const connections = builder.connections.map((numbers) => [...numbers]);
  const isGone = new Set<number>();
  const users = (number: number) =>
    connections.flatMap((numbers, k) => (numbers.includes(number) ? [k] : []));
  layers.forEach((layer, index) => {
    if (!(layer instanceof ChannelScale)) return;
    const [from] = connections[index];
    const isOnlyUser = users(from).length === 1 && from !== output;
    const source = from > 0 && isOnlyUser ? layers[from - 1] : undefined;
    const folded = source instanceof ChannelScale ? undefined : source && scaleChannels(source, layer);
    const [next, ...others] = users(index + 1);
    if (folded !== undefined) {
      layers[from - 1] = folded;
      remove(index, from);
    } else if (
      from === 0 &&
      isOnlyUser &&
      others.length === 0 &&
      index + 1 !== output &&
      next !== undefined
    ) {
      const behind = isOneFactor(layer) ? scaleInputs(layers[next], layer.factors[0]) : undefined;
      if (behind === undefined) return;
      layers[next] = behind;
      remove(index, from);
    }
  });

  function remove(index: number, from: number): void {
    isGone.add(index);
    for (const numbers of connections) {
      numbers.forEach((number, k) => {
        if (number === index + 1) numbers[k] = from;
      });
    }
  }

  const isNeeded = neededLayers(connections, builder, output, isGone);
  const result: Layer[] = [];
  const links: number[][] = [];
  const nodes: number[] = [];
  /** By the old number of an activation: its new one. */
  const numbers = new Map([[0, 0]]);
  layers.forEach((layer, index) => {
    if (isGone.has(index)) {
      const from = builder.connections[index][0];
      const known = numbers.get(from);
      if (known !== undefined) numbers.set(index + 1, known);
      return;
    }
    if (!isNeeded.has(index)) return;
    const put = (made: Layer, inputs: number[]): number => {
      result.push(made);
      links.push(inputs);
      nodes.push(builder.origins[index]);
      return result.length;
    };
    const inputs = connections[index].map((number) => numbers.get(number)!);
    if (!(layer instanceof ChannelScale)) numbers.set(index + 1, put(layer, inputs));
    else {
      const isFirst = connections[index][0] === 0 && users(0).length === 1;
      numbers.set(
        index + 1,
        isFirst && isUnit(layer) ? put(normalization(layer), inputs) : putScaling(layer, inputs[0], put),
      );
    }
  });
  const last = numbers.get(output)!;
  if (last !== result.length || result.length === 0) {
    const shape = last === 0 ? builder.inputShape : result[last - 1].outputShape;
    result.push(new ElementWise("linear", "output", shape));
    links.push([last]);
    nodes.push(builder.origins.at(-1) ?? 0);
  }
  return { network: new Network(name, builder.inputShape, "float32", result, links), nodes };
}

/** Layers that the output is made of. */
function neededLayers(
  connections: readonly (readonly number[])[],
  builder: GraphBuilder,
  output: number,
  isGone: ReadonlySet<number>,
): Set<number> {
  const needed = new Set<number>();
  const open = [output];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    if (number === 0 || needed.has(number - 1)) continue;
    needed.add(number - 1);
    open.push(...(isGone.has(number - 1) ? builder.connections : connections)[number - 1]);
  }
  return needed;
}

const isOneFactor = ({ factors, offsets }: ChannelScale): boolean =>
  offsets.every((offset) => offset === 0) && factors.every((factor) => factor === factors[0]);

/** What a normalization can do: no channel is turned around. */
const isUnit = ({ factors }: ChannelScale): boolean => factors.every((factor) => factor > 0);

/** The layer for inputs that are not multiplied by the factor any more; undefined for one without weights. */
function scaleInputs(layer: FloatLayer, factor: number): Layer | undefined {
  if (layer instanceof Dense)
    return new Dense(layer.name, times(layer.weights.value, factor), layer.bias?.value);
  if (!(layer instanceof Convolution)) return undefined;
  const { kind, name, inputShapes, windows, outChannels, weights, bias } = layer;
  return new Convolution(
    kind,
    name,
    inputShapes[0],
    windows,
    outChannels,
    times(weights.value, factor),
    bias?.value,
  );
}

const times = ({ shape, data }: Tensor, factor: number): Tensor =>
  new Tensor(shape, data.map((value) => value * factor) as FloatArray);

function normalization({ name, outputShape, factors, offsets }: ChannelScale): Normalization {
  const shape = [factors.length];
  const centres = Float32Array.from(offsets, (offset, c) => -offset / factors[c]);
  const tensors = [centres, Float32Array.from(factors)].map((values) => new Tensor(shape, values));
  return new Normalization(name, outputShape, "standardize", tensors[0], tensors[1]);
}

function putScaling(
  { name, outputShape: shape, factors, offsets }: ChannelScale,
  input: number,
  put: (layer: Layer, inputs: number[]) => number,
): number {
  const channels = factors.length;
  const image = shape.length === 3 ? shape : [elementCount(shape) / channels, 1, channels];
  const windows = imageWindows(name, image, { size: 1, stride: 1, dilation: 1, padding: "valid" });
  const weights = new Tensor([1, 1, 1, channels], Float32Array.from(factors));
  const bias = new Tensor([channels], Float32Array.from(offsets));
  const layer = new Convolution("depthwiseConv2d", name, image, windows, channels, weights, bias);
  if (image === shape) return put(layer, [input]);
  const asImage = put(new Reshape("reshape", `${name}_image`, shape, image), [input]);
  const scaled = put(layer, [asImage]);
  return put(new Reshape("reshape", `${name}_back`, image, shape), [scaled]);
}
