import { Random } from "../../src/base/random.js";
import { elementCount, type Shape } from "../../src/base/tensor.js";
import type {
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { contiguousStrides } from "../../src/network/stridedView.js";
import { windowOutputSize } from "../../src/network/windowGeometry.js";
import { ports } from "./ports.js";

const quantization = { scale: Math.fround(0.047), zeroPoint: -11 };
const clamp = { activationMin: -128, activationMax: 127 };
const noPadding = { top: 0, bottom: 0, left: 0, right: 0 };

/** A layer as it goes into a network: without a name and tensors. */
type Settings = { readonly kind: QuantizedLayer["kind"] } & Record<string, unknown>;

/** Draws networks over a series [rows, width, channels] and keeps what they are made of. */
export class WindowNetwork {
  readonly tensors: QuantizedTensor[] = [];
  readonly layers: QuantizedLayer[] = [];

  constructor(readonly random: Random) {}

  put(shape: Shape): number {
    const name = `t${this.tensors.length}`;
    return this.tensors.push({ name, shape, elementType: "int8", quantization }) - 1;
  }

  shape(tensor: number): Shape {
    return this.tensors[tensor]!.shape;
  }

  add(settings: Settings, inputs: readonly number[], shape: Shape): number {
    const output = this.put(shape);
    const name = `${settings.kind} ${this.layers.length}`;
    this.layers.push({ ...settings, name, inputs, output } as unknown as QuantizedLayer);
    return output;
  }

  weights(count: number): Int8Array {
    return Int8Array.from({ length: count }, () => this.random.integer(255) - 127);
  }

  biases(count: number): Int32Array {
    return Int32Array.from({ length: count }, () => this.random.integer(4001) - 2000);
  }

  convolution(
    input: number,
    {
      kernel,
      stride = 1,
      dilation = 1,
      top = 0,
    }: { kernel: number; stride?: number; dilation?: number; top?: number },
  ): number {
    const [rows, width, channels] = this.shape(input) as [number, number, number];
    const [filters, across] = [1 + this.random.integer(4), 1 + this.random.integer(width)];
    return this.add(
      {
        ...{
          kind: "convolution",
          kernelSize: [kernel, across],
          strides: [stride, 1],
          dilations: [dilation, 1],
        },
        ...{ padding: { ...noPadding, top }, weights: this.weights(filters * kernel * across * channels) },
        weightScales: new Array(filters).fill(Math.fround(1 / (80 * kernel * across * channels))),
        ...{ bias: this.biases(filters), ...clamp },
      },
      [input],
      [windowOutputSize(rows, kernel, stride, dilation, top), width - across + 1, filters],
    );
  }

  depthwise(input: number, kernel: number, stride: number): number {
    const [rows, width, channels] = this.shape(input) as [number, number, number];
    return this.add(
      {
        ...{ kind: "depthwiseConvolution", kernelSize: [kernel, 1], strides: [stride, 1], dilations: [1, 1] },
        ...{ padding: noPadding, weights: this.weights(kernel * channels) },
        ...{
          weightScales: new Array(channels).fill(Math.fround(1 / (80 * kernel))),
          bias: this.biases(channels),
          ...clamp,
        },
      },
      [input],
      [windowOutputSize(rows, kernel, stride, 1, 0), width, channels],
    );
  }

  pool(kind: "maxPool" | "averagePool", input: number, kernel: number, stride: number): number {
    const [rows, width, channels] = this.shape(input) as [number, number, number];
    return this.add(
      { kind, kernelSize: [kernel, 1], strides: [stride, 1], padding: noPadding, ...clamp },
      [input],
      [windowOutputSize(rows, kernel, stride, 1, 0), width, channels],
    );
  }

  lookup(input: number): number {
    const table = this.weights(256);
    return this.add({ kind: "lookup", activation: "noise", table }, [input], this.shape(input));
  }

  /** All but the first and the last rows. */
  crop(input: number, front: number, behind: number): number {
    const [rows = 0, ...rest] = this.shape(input);
    const sizes = [rows - front - behind, ...rest];
    const strides = contiguousStrides(sizes);
    return this.add({ kind: "copy", start: front * strides[0]!, sizes, strides }, [input], sizes);
  }

  sum(a: number, b: number): number {
    return this.add({ kind: "add", ...clamp }, [a, b], this.shape(a));
  }

  /** Channels of two behind each other. */
  join(a: number, b: number): number {
    const [shape, other] = [this.shape(a), this.shape(b)];
    return this.add(
      { kind: "concatenation", axis: 2 },
      [a, b],
      [...shape.slice(0, 2), shape[2]! + other[2]!],
    );
  }

  reshape(input: number, shape: Shape): number {
    return this.add({ kind: "reshape" }, [input], shape);
  }

  mean(input: number): number {
    return this.add({ kind: "mean" }, [input], [this.shape(input)[2]!]);
  }

  dense(input: number, outputs: number): number {
    const inputs = elementCount(this.shape(input));
    return this.add(
      {
        ...{ kind: "fullyConnected", weights: this.weights(inputs * outputs), bias: this.biases(outputs) },
        ...{ weightScales: [Math.fround(1 / (50 * inputs))], ...clamp },
      },
      [input],
      [outputs],
    );
  }

  finish(input: number, output: number): QuantizedNetwork {
    return { name: "windows", tensors: this.tensors, ...ports(input, output), layers: this.layers };
  }
}

/** A network over a series: convolutions, pools, branches of other depths that meet again, and an end of some kind. */
export function randomWindows(seed: number): QuantizedNetwork {
  const random = new Random(seed);
  const draw = new WindowNetwork(random);
  const input = draw.put([24 + random.integer(20), 1 + random.integer(3), 1 + random.integer(3)]);
  let at = input;
  for (let depth = 1 + random.integer(4); depth > 0; depth--) at = drawLayer(draw, at);
  return draw.finish(input, drawEnd(draw, at));
}

function drawLayer(draw: WindowNetwork, at: number): number {
  const { random } = draw;
  const [rows = 0] = draw.shape(at);
  if (rows < 8) return draw.lookup(at);
  const [kernel, stride] = [1 + random.integer(4), 1 + random.integer(3)];
  switch (random.integer(8)) {
    case 0:
      return draw.convolution(at, { kernel, stride });
    case 1:
      return draw.convolution(at, { kernel: 2, dilation: 2 });
    case 2:
      return draw.depthwise(at, kernel, stride);
    case 3:
      return draw.pool(random.integer(2) === 0 ? "maxPool" : "averagePool", at, kernel, stride);
    case 4:
      return draw.lookup(at);
    case 5: {
      // a residual: what goes around is cropped, at either side
      const front = random.integer(4);
      return draw.sum(draw.depthwise(at, 4, 1), draw.crop(at, front, 3 - front));
    }
    case 6: {
      const front = random.integer(3);
      return draw.join(draw.depthwise(draw.lookup(at), 3, 1), draw.lookup(draw.crop(at, front, 2 - front)));
    }
    default: {
      const [, width = 0, channels = 0] = draw.shape(at);
      return draw.lookup(draw.reshape(draw.reshape(at, [rows, width * channels]), draw.shape(at)));
    }
  }
}

function drawEnd(draw: WindowNetwork, at: number): number {
  const [rows = 0] = draw.shape(at);
  switch (draw.random.integer(5)) {
    case 0:
      return draw.dense(draw.mean(at), 3);
    case 1:
      return draw.dense(at, 3);
    case 2:
      return draw.lookup(at);
    case 3:
      return draw.dense(draw.pool("averagePool", at, rows, rows), 2);
    default:
      // rows of other layers meet behind the whole window
      return draw.sum(draw.dense(at, 4), draw.dense(draw.mean(draw.lookup(at)), 4));
  }
}
