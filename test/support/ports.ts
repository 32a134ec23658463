import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";

/** One input and one output, by the numbers of their tensors. */
export function ports(
  input: number,
  output: number,
): Pick<QuantizedNetwork, "inputs" | "outputs" | "states"> {
  return {
    inputs: [{ tensor: input, name: "input", border: "float32" }],
    outputs: [{ tensor: output, name: "output", border: "float32" }],
    states: [],
  };
}
