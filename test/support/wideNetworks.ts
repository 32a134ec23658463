import type { ElementType, QuantizedNetwork, QuantizedTensor } from "../../src/network/quantizedNetwork.js";
import { ports } from "./ports.js";

const tensor = (
  name: string,
  elementType: ElementType,
  scale: number,
  zeroPoint: number,
): QuantizedTensor => ({ name, shape: [2, 3], elementType, quantization: { scale, zeroPoint } });

/** int16 [2, 3] → int32 [2, 3], through int16, int8 and a softmax of 16 bits. */
export const wideNetwork: QuantizedNetwork = {
  name: "wide",
  tensors: [
    tensor("input", "int16", 0.25, 100),
    tensor("finer", "int16", 0.1875, -300),
    tensor("narrow", "int8", 40, 5),
    tensor("scores", "int16", Math.fround(1 / 65535), -32768),
    tensor("output", "int32", Math.fround(2 / 65535), 1000),
  ],
  ...ports(0, 4),
  layers: [
    { kind: "requantize", name: "quantize_0", inputs: [0], output: 1 },
    { kind: "requantize", name: "quantize_1", inputs: [1], output: 2 },
    { kind: "softmax", name: "softmax_2", inputs: [2], output: 3, beta: 0.0125 },
    { kind: "requantize", name: "quantize_3", inputs: [3], output: 4 },
  ],
};

/** int8 [2, 3] → int16 [2, 3]. */
export const widened: QuantizedNetwork = {
  name: "widened",
  tensors: [tensor("input", "int8", 0.5, 7), tensor("output", "int16", 0.003, -12)],
  ...ports(0, 1),
  layers: [{ kind: "requantize", name: "quantize_0", inputs: [0], output: 1 }],
};
