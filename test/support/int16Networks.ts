import { Random } from "../../src/base/random.js";
import { elementCount, type Shape } from "../../src/base/tensor.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type {
  Pair,
  Port,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { samePadding, windowOutput } from "../../src/network/windowGeometry.js";
import type { LayerOf } from "./oneCall.js";

/** A tensor of int16 with zero point 0. */
export function int16Tensor(name: string, shape: Shape, scale: number): QuantizedTensor {
  return { name, shape, elementType: "int16", quantization: { scale: Math.fround(scale), zeroPoint: 0 } };
}

const port = (tensor: number, name: string): Port => ({ tensor, name, border: "int16" });

/** Layers of int16 one after the other, each with the scale of its output. */
export function int16Network(
  input: QuantizedTensor,
  steps: readonly (readonly [layer: LayerOf, shape: Shape, scale: number])[],
): QuantizedNetwork {
  const tensors = [input, ...steps.map(([, shape, scale], i) => int16Tensor(`layer_${i}`, shape, scale))];
  const layers = steps.map(
    ([layer], i) => ({ ...layer, name: `layer_${i}`, inputs: [i], output: i + 1 }) as QuantizedLayer,
  );
  return {
    name: "int16",
    tensors,
    inputs: [port(0, "input")],
    outputs: [port(steps.length, "output")],
    states: [],
    layers,
  };
}

const scaleOf = (random: Random) => 2 ** (-6 * random.uniform() - 5);

/** Of weighted sums of so many values of a scale, with weights of 2^−9 to 2^−7 a step: some leave int16, most do not. */
const sumScale = (input: number, taps: number) => input * 2 ** -8 * 70 * Math.sqrt(taps);

/** A convolution, a depthwise one, a pooling of each kind, a fully connected layer and a softmax, with drawn shapes. */
export function randomInt16Network(seed: number): QuantizedNetwork {
  const random = new Random(seed);
  const draw = (least: number, most: number) => least + random.integer(most - least + 1);
  const weights = (count: number) => Int8Array.from({ length: count }, () => random.integer(255) - 127);
  const scales = (count: number) =>
    Array.from({ length: count }, () => Math.fround(2 ** (-9 + 2 * random.uniform())));
  const bias = (count: number) => Int32Array.from({ length: count }, () => random.integer(2 ** 24) - 2 ** 23);
  const clamp = () =>
    random.uniform() < 0.5
      ? { activationMin: 0, activationMax: 32767 }
      : { activationMin: -32768, activationMax: 32767 };
  let shape: Shape = [draw(3, 7), draw(3, 7), draw(1, 4)];
  const input = int16Tensor("input", shape, scaleOf(random));
  const steps: [LayerOf, Shape, number][] = [];
  const window = (kernelSize: Pair, dilations: Pair, channels: number) => {
    const strides: Pair = [draw(1, 2), draw(1, 2)];
    const size: Pair = [shape[0]!, shape[1]!];
    const padding = samePadding(size, kernelSize, strides, dilations);
    const settings = { kernelSize, strides, padding };
    return { settings, out: [...windowOutput(size, settings, dilations), channels] };
  };
  const push = (layer: LayerOf, to: Shape, scale: number) => {
    steps.push([layer, to, scale]);
    shape = to;
  };
  const [outChannels, multiplier] = [draw(1, 9), draw(1, 2)];
  for (const kind of ["convolution", "depthwiseConvolution"] as const) {
    const dilations: Pair = [draw(1, 2), 1];
    const inChannels = shape[2]!;
    const channels = kind === "convolution" ? outChannels : inChannels * multiplier;
    const { settings, out } = window([draw(1, 3), draw(1, 3)], dilations, channels);
    const taps = settings.kernelSize[0] * settings.kernelSize[1] * (kind === "convolution" ? inChannels : 1);
    const own = { weights: weights(taps * channels), weightScales: scales(channels), bias: bias(channels) };
    const before = steps.at(-1)?.[2] ?? quantizationOf(input).scale;
    push({ kind, ...settings, dilations, ...own, ...clamp() }, out, sumScale(before, taps));
  }
  for (const kind of ["averagePool", "maxPool"] as const) {
    const { settings, out } = window([draw(1, 3), draw(1, 3)], [1, 1], shape[2]!);
    push({ kind, ...settings, ...clamp() }, out, steps.at(-1)![2]);
  }
  const [inFeatures, outFeatures] = [elementCount(shape), draw(2, 7)];
  push(
    {
      kind: "fullyConnected",
      weights: weights(inFeatures * outFeatures),
      weightScales: scales(random.uniform() < 0.5 ? 1 : outFeatures),
      bias: bias(outFeatures),
      ...clamp(),
    },
    [outFeatures],
    sumScale(steps.at(-1)![2], inFeatures),
  );
  // values of up to ±4
  push({ kind: "softmax", beta: 2 ** -13 / steps.at(-1)![2] }, [outFeatures], 1 / 32768);
  return int16Network(input, steps);
}

/** Raw measurements of two columns, brought to int16, and a function of them: half of each value, but −8192 and more. */
export function measuredInt16Network(): QuantizedNetwork {
  const table = Int16Array.from({ length: 513 }, (_, i) => Math.max(-8192, 64 * (i - 256)));
  return int16Network(int16Tensor("input", [3, 2], 1), [
    [{ kind: "normalization", offsets: Int32Array.of(81920, -20480), factors: [0.25, 3] }, [3, 2], 0.5],
    [{ kind: "lookup", activation: "half", table }, [3, 2], 0.5],
  ]);
}

/** All −32768, all 32767, and noise. */
export function int16Inputs({ tensors }: QuantizedNetwork, seed: number): Int16Array[] {
  const random = new Random(seed);
  const length = elementCount(tensors[0]!.shape);
  return [
    new Int16Array(length).fill(-32768),
    new Int16Array(length).fill(32767),
    Int16Array.from({ length }, () => random.integer(65536) - 32768),
  ];
}
