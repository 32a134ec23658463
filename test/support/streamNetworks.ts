import type {
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { ports } from "./ports.js";

export const int8Tensor = (name: string, shape: readonly number[]): QuantizedTensor => ({
  ...{ name, shape, elementType: "int8" },
  quantization: { scale: 0.5, zeroPoint: -3 },
});

/** What it keeps are its last three rows of two values, and it gives them. */
export const lastRows: QuantizedNetwork = {
  name: "last rows",
  tensors: [int8Tensor("rows", [1, 2]), int8Tensor("window", [3, 2])],
  ...ports(0, 1),
  states: [{ tensor: 1, reset: Int8Array.of(1, 2, 3, 4, 5, 6) }],
  layers: [{ kind: "streamWindow", name: "window", inputs: [0, 1], output: 1 }],
};

/** A table that gives each value plus so much. */
const plus = (much: number): Int8Array => Int8Array.from({ length: 256 }, (_, i) => i - 128 + much);

/**
 * Two windows behind each other, of the input's rows and of a convolution's over them, and a dense layer over the second;
 * a table reads the first behind them all, so that it must lie there still.
 */
export function streamNetwork(reset = -3): QuantizedNetwork {
  const weights = (length: number, factor: number) =>
    Int8Array.from({ length }, (_, i) => Math.imul(i + 3, factor) >> 24);
  const clamp = { activationMin: -128, activationMax: 127 };
  const window = (name: string, input: number, output: number): QuantizedLayer => ({
    ...{ kind: "streamWindow", name, inputs: [input, output], output },
  });
  return {
    name: "stream",
    tensors: [
      int8Tensor("rows", [2, 1, 3]),
      int8Tensor("first", [5, 1, 3]),
      int8Tensor("convolved", [1, 1, 4]),
      int8Tensor("second", [3, 1, 4]),
      int8Tensor("flat", [12]),
      int8Tensor("dense", [15]),
      int8Tensor("shifted", [5, 1, 3]),
      int8Tensor("row", [15]),
      int8Tensor("sum", [15]),
    ],
    ...ports(0, 8),
    states: [
      { tensor: 1, reset },
      { tensor: 3, reset: -3 },
    ],
    layers: [
      window("first_window", 0, 1),
      {
        ...{ kind: "convolution", name: "conv", inputs: [1], output: 2, kernelSize: [5, 1], strides: [1, 1] },
        ...{ padding: { top: 0, bottom: 0, left: 0, right: 0 }, dilations: [1, 1] },
        ...{ weights: weights(60, 0x9e3779b1), weightScales: [1 / 64, 1 / 32, 1 / 64, 3 / 128] },
        ...{ bias: Int32Array.of(100, -200, 0, 50), ...clamp },
      },
      window("second_window", 2, 3),
      { kind: "reshape", name: "flatten", inputs: [3], output: 4 },
      {
        ...{
          kind: "fullyConnected",
          name: "dense",
          inputs: [4],
          output: 5,
          weights: weights(180, 0x85ebca6b),
        },
        ...{ weightScales: [1 / 64], bias: new Int32Array(15), ...clamp },
      },
      { kind: "lookup", name: "shift", activation: "shift", inputs: [1], output: 6, table: plus(1) },
      { kind: "reshape", name: "row", inputs: [6], output: 7 },
      { kind: "add", name: "sum", inputs: [5, 7], output: 8, ...clamp },
    ],
  };
}

/** So many rows of noise. */
export function noiseRows(count: number, elements: number): Int8Array[] {
  return Array.from({ length: count }, (_, row) =>
    Int8Array.from({ length: elements }, (_, i) => Math.imul(row * elements + i + 7, 2654435761) >> 24),
  );
}
