import { UserError } from "../../src/base/errors.js";
import type { QuantizedNetwork, QuantizedOwn } from "../../src/network/quantizedNetwork.js";

/** Int8 [12] → [12] through layers of kernels of these texts. */
export function networkOf(
  layers: readonly Pick<QuantizedOwn, "kernel" | "numbers" | "tables">[],
): QuantizedNetwork {
  const quantization = { scale: 1, zeroPoint: 0 };
  return {
    name: "own",
    tensors: Array.from({ length: layers.length + 1 }, (_, i) => ({
      ...{ name: `t${i}`, shape: [12], elementType: "int8" as const, quantization },
    })),
    inputs: [{ tensor: 0, name: "input", border: "float32" }],
    outputs: [{ tensor: layers.length, name: "output", border: "float32" }],
    states: [],
    layers: layers.map((layer, i) => ({
      kind: "own",
      name: `own ${i}`,
      inputs: [i],
      output: i + 1,
      ...layer,
    })),
  };
}

/** What an action is refused with; "ran" where it is not. */
export function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "ran";
}
