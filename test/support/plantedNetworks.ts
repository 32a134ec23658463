import { Random } from "../../src/base/random.js";
import { elementCount } from "../../src/base/tensor.js";
import { onlyInput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type {
  Padding,
  Pair,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { samePadding, windowOutput } from "../../src/network/windowGeometry.js";
import { ports } from "./ports.js";

export interface RandomNetworkOptions {
  /** Layer kinds to choose from; the network ends in a fully connected layer. */
  readonly kinds?: readonly QuantizedLayer["kind"][];
  readonly layers?: number;
}

const allKinds: readonly QuantizedLayer["kind"][] = [
  "convolution",
  "convolution",
  "convolution",
  "depthwiseConvolution",
  "depthwiseConvolution",
  "averagePool",
  "maxPool",
  "add",
  "multiply",
  "concatenation",
  "lookup",
  "requantize",
  "pad",
];

/**
 * A small network of images with every kind of window layer, in which many output channels have no weights and store
 * the zero point or another constant, and some lie outside their clamp. The same seed gives the same network.
 */
export function randomPlantedNetwork(seed: number, options: RandomNetworkOptions = {}): QuantizedNetwork {
  return new Builder(new Random(seed), options).build();
}

/** One input for it. */
export function randomInput(network: QuantizedNetwork, seed: number): Int8Array {
  const random = new Random(seed);
  const length = elementCount(network.tensors[onlyInput(network).tensor].shape);
  return Int8Array.from({ length }, () => random.integer(256) - 128);
}

class Builder {
  readonly #tensors: QuantizedTensor[] = [];
  readonly #layers: QuantizedLayer[] = [];

  constructor(
    readonly random: Random,
    readonly options: RandomNetworkOptions,
  ) {}

  build(): QuantizedNetwork {
    const { layers = 6, kinds = allKinds } = this.options;
    let tensor = this.#tensor([this.#from(4, 9), this.#from(4, 9), this.#from(1, 4)]);
    tensor = this.#convolution(tensor);
    for (let i = 0; i < layers; i++) tensor = this.#layer(tensor, this.#oneOf(kinds));
    const flat = this.random.uniform() < 0.3 ? this.#mean(tensor) : this.#flatten(tensor);
    const output = this.#fullyConnected(this.#fullyConnected(flat, 9), 4);
    return { name: "random", tensors: this.#tensors, ...ports(0, output), layers: this.#layers };
  }

  #flatten(input: number): number {
    const output = this.#tensor([elementCount(this.#tensors[input].shape)], this.#tensors[input]);
    return this.#push({ kind: "reshape", name: this.#name("reshape"), inputs: [input], output });
  }

  #mean(input: number): number {
    const output = this.#tensor([this.#tensors[input].shape[2]]);
    return this.#push({ kind: "mean", name: this.#name("mean"), inputs: [input], output });
  }

  #from(low: number, high: number): number {
    return low + this.random.integer(high - low + 1);
  }

  #oneOf<T>(values: readonly T[]): T {
    return values[this.random.integer(values.length)];
  }

  #name(kind: string): string {
    return `${kind} ${this.#layers.length}`;
  }

  #push(layer: QuantizedLayer): number {
    this.#layers.push(layer);
    return layer.output;
  }

  #tensor(shape: readonly number[], like?: QuantizedTensor): number {
    const quantization = like?.quantization ?? {
      scale: Math.fround(0.01 * (1 + this.random.uniform())),
      zeroPoint: this.#oneOf([-128, -128, -20, 0, 7, 127]),
    };
    return (
      this.#tensors.push({
        elementType: "int8",
        name: `tensor ${this.#tensors.length}`,
        shape,
        quantization,
      }) - 1
    );
  }

  #clamp(output: number): { activationMin: number; activationMax: number } {
    const { zeroPoint } = quantizationOf(this.#tensors[output]);
    return this.#oneOf([
      { activationMin: Math.min(zeroPoint, 100), activationMax: 127 },
      { activationMin: Math.min(zeroPoint, 100), activationMax: Math.min(127, zeroPoint + 90) },
      { activationMin: -128, activationMax: 127 },
    ]);
  }

  /** Weights and bias of `outputs` channels, `fanIn` weights each as [outputs, fanIn]. */
  #weights(outputs: number, fanIn: number, input: number, output: number) {
    const factor = 60 / (Math.sqrt(fanIn) * 70 * 60);
    const from = quantizationOf(this.#tensors[input]).scale;
    const to = quantizationOf(this.#tensors[output]).scale;
    const weights = new Int8Array(outputs * fanIn);
    const bias = new Int32Array(outputs);
    for (let o = 0; o < outputs; o++) {
      const sort = this.random.uniform();
      // no weights; weights that vanish behind the clamp; a row of weights with holes
      if (sort >= 0.4) {
        for (let i = 0; i < fanIn; i++) {
          weights[o * fanIn + i] = this.random.uniform() < 0.2 ? 0 : this.random.integer(255) - 127;
        }
      }
      bias[o] = sort < 0.2 ? 0 : this.random.integer(8001) - 4000;
      if (sort > 0.9) bias[o] = -(2 ** 24);
    }
    const scaleOf = () => Math.fround(((factor * to) / from) * (0.7 + 0.6 * this.random.uniform()));
    return { weights, bias, weightScales: Array.from(bias, scaleOf) };
  }

  #layer(input: number, kind: QuantizedLayer["kind"]): number {
    const [height, width, channels] = this.#tensors[input].shape;
    const name = this.#name(kind);
    switch (kind) {
      case "depthwiseConvolution":
        return this.#depthwise(input);
      case "averagePool":
      case "maxPool": {
        const window = this.#window([height, width], [2, 2]);
        const output = this.#tensor(
          [...windowOutput([height, width], window), channels],
          this.#tensors[input],
        );
        return this.#push({ kind, name, inputs: [input], output, ...window, ...this.#clamp(output) });
      }
      case "add":
      case "multiply":
      case "concatenation": {
        const one = this.#depthwise(input, 1, true);
        const other = this.#depthwise(input, 1, true, this.#tensors[one]);
        const inputs = this.#oneOf([
          [one, other],
          [other, one],
        ]);
        if (kind === "concatenation") {
          const axis = this.#from(0, 2);
          const shape = this.#tensors[one].shape.map((size, i) => (i === axis ? 2 * size : size));
          const output = this.#tensor(shape, this.#tensors[one]);
          return this.#push({ kind, name: this.#name(kind), inputs, output, axis });
        }
        const output = this.#tensor(this.#tensors[one].shape);
        return this.#push({ kind, name: this.#name(kind), inputs, output, ...this.#clamp(output) });
      }
      case "lookup": {
        const table = this.#oneOf<(value: number) => number>([
          (value) => Math.max(value, -20),
          (value) => Math.min(Math.max(value, -100), 90),
          (value) => Math.round(100 * Math.tanh(value / 50)),
          (value) => value,
        ]);
        const output = this.#tensor([height, width, channels], this.#tensors[input]);
        const values = Int8Array.from({ length: 256 }, (_, i) => table(i - 128));
        return this.#push({ kind, name, inputs: [input], output, activation: "f", table: values });
      }
      case "requantize": {
        const like = this.random.uniform() < 0.3 ? this.#tensors[input] : undefined;
        const output = this.#tensor([height, width, channels], like);
        return this.#push({ kind, name, inputs: [input], output });
      }
      case "pad": {
        const before = [this.#from(0, 1), this.#from(0, 2), 0];
        const after = [this.#from(0, 2), this.#from(0, 1), 0];
        const shape = [height, width, channels].map((size, axis) => size + before[axis] + after[axis]);
        const output = this.#tensor(shape, this.#tensors[input]);
        const { zeroPoint } = quantizationOf(this.#tensors[input]);
        const value = this.random.uniform() < 0.8 ? zeroPoint : 5;
        return this.#push({ kind, name, inputs: [input], output, before, after, value });
      }
      default:
        return this.#convolution(input);
    }
  }

  #window(size: Pair, largest: Pair = [3, 3], dilations: Pair = [1, 1]) {
    const kernelSize: Pair = [
      Math.min(size[0], this.#from(1, largest[0])),
      Math.min(size[1], this.#from(1, largest[1])),
    ];
    const strides: Pair = [this.#from(1, 2), this.#from(1, 2)];
    const valid: Padding = { top: 0, bottom: 0, left: 0, right: 0 };
    const fits = size.every((one, axis) => (kernelSize[axis] - 1) * dilations[axis] < one);
    const padding =
      fits && this.random.uniform() < 0.5 ? valid : samePadding(size, kernelSize, strides, dilations);
    return { kernelSize, strides, padding };
  }

  #convolution(input: number): number {
    const [height, width, channels] = this.#tensors[input].shape;
    const dilations: Pair = this.#oneOf<Pair>([
      [1, 1],
      [1, 1],
      [2, 1],
    ]);
    const largest = this.#oneOf<Pair>([
      [1, 1],
      [3, 3],
    ]);
    const window = this.#window([height, width], largest, dilations);
    const outChannels = this.#from(1, 7);
    const output = this.#tensor([...windowOutput([height, width], window, dilations), outChannels]);
    const fanIn = window.kernelSize[0] * window.kernelSize[1] * channels;
    return this.#push({
      kind: "convolution",
      name: this.#name("convolution"),
      inputs: [input],
      output,
      ...window,
      dilations,
      ...this.#weights(outChannels, fanIn, input, output),
      ...this.#clamp(output),
    });
  }

  #depthwise(input: number, multiplier = this.#from(1, 2), isSame = false, like?: QuantizedTensor): number {
    const [height, width, channels] = this.#tensors[input].shape;
    const dilations: Pair = [1, 1];
    const same = { kernelSize: [3, 3], strides: [1, 1] } as const;
    const window = isSame
      ? { ...same, padding: samePadding([height, width], [3, 3], [1, 1]) }
      : this.#window([height, width]);
    const outChannels = channels * multiplier;
    const output = this.#tensor([...windowOutput([height, width], window), outChannels], like);
    const taps = window.kernelSize[0] * window.kernelSize[1];
    const drawn = this.#weights(outChannels, taps, input, output);
    // drawn as [outputs, taps]
    const weights = drawn.weights.map(
      (_, i) => drawn.weights[(i % outChannels) * taps + Math.floor(i / outChannels)],
    );
    return this.#push({
      kind: "depthwiseConvolution",
      name: this.#name("depthwise"),
      inputs: [input],
      output,
      ...window,
      dilations,
      ...drawn,
      weights,
      ...this.#clamp(output),
    });
  }

  #fullyConnected(input: number, outFeatures: number): number {
    const output = this.#tensor([outFeatures]);
    const drawn = this.#weights(outFeatures, elementCount(this.#tensors[input].shape), input, output);
    return this.#push({
      kind: "fullyConnected",
      name: this.#name("dense"),
      inputs: [input],
      output,
      ...drawn,
      ...this.#clamp(output),
    });
  }
}
