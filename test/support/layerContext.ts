import type { QuantizedTensor } from "../../src/network/quantizedNetwork.js";
import type { LayerContext } from "../../src/plan/kernelChoice.js";
import { anyTarget } from "../../src/program/target.js";
import type { IntegerRange } from "../../src/quantize/accumulatorBounds.js";

/** What the planner of a layer with one input knows besides the layer. */
export function context(
  input: QuantizedTensor,
  output: QuantizedTensor,
  inputRange: IntegerRange = { min: -128, max: 127 },
): LayerContext {
  return { inputs: [input], inputRanges: [inputRange], output, optimize: "speed", target: anyTarget };
}
