import { elementCount, type Shape } from "../../src/base/tensor.js";
import type { Quantization, QuantizedLayer, QuantizedTensor } from "../../src/network/quantizedNetwork.js";
import { orderCandidates } from "../../src/plan/chooseKernels.js";
import type { Candidates, KernelChoice, LayerContext } from "../../src/plan/kernelChoice.js";
import { layerPlanners } from "../../src/plan/layerPlanners.js";
import type { ArenaSlot, Program } from "../../src/program/program.js";
import { anyTarget, type Target } from "../../src/program/target.js";

/** A layer without its name and its tensors' indices. */
export type LayerOf<L extends QuantizedLayer = QuantizedLayer> = L extends QuantizedLayer
  ? Omit<L, "name" | "inputs" | "output">
  : never;

/** Every value of int8 once. */
export const everyInt8 = Int8Array.from({ length: 256 }, (_, i) => i - 128);

export function tensor(shape: Shape, scale = 1, zeroPoint = 0): QuantizedTensor {
  return {
    name: "tensor",
    shape,
    elementType: "int8",
    quantization: { scale, zeroPoint } satisfies Quantization,
  };
}

/** What the planner chooses for a layer named "layer". */
export function chooseKernel(
  layer: LayerOf,
  inputs: readonly QuantizedTensor[],
  output: QuantizedTensor,
  optimize: LayerContext["optimize"] = "speed",
  target: Target = anyTarget,
): KernelChoice {
  const context: LayerContext = {
    inputs,
    inputRanges: inputs.map(() => ({ min: -128, max: 127 })),
    output,
    optimize,
    target,
  };
  const whole = { ...layer, name: "layer", inputs: inputs.map((_, index) => index), output: inputs.length };
  const planner = layerPlanners[layer.kind as keyof typeof layerPlanners] as (
    layer: QuantizedLayer,
    context: LayerContext,
  ) => KernelChoice | Candidates;
  const candidates = [planner(whole as QuantizedLayer, context)].flat();
  return orderCandidates([{ layer: whole as QuantizedLayer, candidates }], context)[0].candidates[0];
}

/**
 * A program of one call whose inputs lie behind each other in the program's input.
 *
 * @param place where the output lies: behind the inputs, or at the byte of one of them
 */
export function oneCall(
  choice: KernelChoice,
  inputs: readonly QuantizedTensor[],
  output: QuantizedTensor,
  place: "behind" | number = "behind",
): Program {
  let bytes = 0;
  const slot = ({ name, shape, quantization }: QuantizedTensor, offset: number): ArenaSlot => {
    const size = elementCount(shape);
    return { name, shape, quantization, elementType: "int8", bytes: size, offset };
  };
  const inputSlots = inputs.map((input) => {
    const placed = slot(input, bytes);
    bytes += placed.bytes;
    return placed;
  });
  const outputSlot = slot(output, place === "behind" ? bytes : inputSlots[place]!.offset);
  return {
    name: "one call",
    hash: "00".repeat(32),
    optimize: "speed",
    target: anyTarget,
    passes: [],
    calls: [
      {
        kernel: choice.kernel,
        name: "layer",
        kind: "add",
        layer: choice.layer,
        inputs: inputSlots,
        output: outputSlot,
        scratch: [],
        macs: 0,
        parameters: 0,
      },
    ],
    inputs: [{ ...slot(tensor([bytes]), 0), border: "int8" }],
    outputs: [{ ...outputSlot, border: "int8" }],
    states: [],
    fillRuns: 0,
    arenaBytes: Math.max(bytes, outputSlot.offset + outputSlot.bytes),
    arenaLowerBoundBytes: 0,
    arenaPeakCall: 0,
    arenaUses: [],
  };
}
