import type { KernelArgument } from "../kernels/kernelArgument.js";
import type { OwnKernel } from "../network/ownKernel.js";
import type { QuantizedLayer, QuantizedNetwork, QuantizedTensor } from "../network/quantizedNetwork.js";
import type { Optimize, ScratchNeed } from "../program/program.js";
import type { Target } from "../program/target.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";

/** A kernel and its layer argument: the part of a KernelCall that depends on the layer alone. */
export interface KernelChoice {
  readonly kernel: string;
  /** The kernel where it is the user's and not one of src/kernels. */
  readonly own?: OwnKernel;
  /** What tells it from others of its kernel for the layer: "4 channels, 16 taps a turn". Default "". */
  readonly shape?: string;
  readonly layer: Readonly<Record<string, KernelArgument>>;
  /** Default 0. */
  readonly macs?: number;
  /** Weights and biases. Default 0. */
  readonly parameters?: number;
  /** Default none. */
  readonly scratch?: readonly ScratchNeed[];
  /** Inputs in whose memory the output may lie, starting at the same byte: the kernel reads a value before it writes there. */
  readonly inPlace?: readonly number[];
  /** Inputs with which the output may overlap; `windowOverlap` works the distance out. Default none. */
  readonly overlaps?: readonly InputOverlap[];
}

/** Kernels and their shapes that give a layer's bytes, each proven to fit; at least one. */
export type Candidates = readonly KernelChoice[];

/** An output may start `distance` bytes before its input does, or lower: nothing is written that is still read. */
export interface InputOverlap {
  readonly input: number;
  /** Bytes; negative where the output may start behind the input's start. */
  readonly distance: number;
}

/** What a layer's planner knows besides the layer. */
export interface LayerContext {
  readonly inputs: readonly QuantizedTensor[];
  /** The values each input can take. */
  readonly inputRanges: readonly IntegerRange[];
  readonly output: QuantizedTensor;
  /** For size the first candidate is taken. "ram" is none of its own: `planForMode` chooses among speed's and size's. */
  readonly optimize: Exclude<Optimize, "ram">;
  /** What its instructions are. */
  readonly target: Target;
  /** The network around the layer: what else lies in the arena while it runs. */
  readonly network?: QuantizedNetwork;
  /** Is told of kernels that cannot run the layer, and why: "a factor is 1/2 or more". */
  readonly refuse?: (kernel: string, why: string) => void;
}

/**
 * Settles every number of a layer and packs its tables for each kernel that can run it; where there is but one, it alone.
 *
 * @throws UserError naming the layer where it cannot run in int32 arithmetic
 */
export type LayerPlanner<L extends QuantizedLayer = QuantizedLayer> = (
  layer: L,
  context: LayerContext,
) => KernelChoice | Candidates;
