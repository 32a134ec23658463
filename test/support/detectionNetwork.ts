import type { QuantizedDetection, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { detectionReset, detectionRows } from "../../src/network/quantizedStateLayers.js";
import { ports } from "./ports.js";

export type DetectionRule = Pick<QuantizedDetection, "cutoff" | "window" | "holdOff" | "frames">;

/** int8 probabilities [classes] → the whole state. */
export function detectionNetwork(rule: DetectionRule, classes = 1): QuantizedNetwork {
  const layer: QuantizedDetection = { ...rule, kind: "detection", name: "heard", inputs: [0, 1], output: 1 };
  const like = { elementType: "int8" as const, quantization: { scale: 1 / 256, zeroPoint: -128 } };
  return {
    name: "detection",
    tensors: [
      { name: "probability", shape: [classes], ...like },
      { name: "heard", shape: [rule.window + detectionRows, classes], ...like },
    ],
    ...ports(0, 1),
    states: [{ tensor: 1, reset: detectionReset(layer, classes) }],
    layers: [layer],
  };
}
