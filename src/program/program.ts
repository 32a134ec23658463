import type { Shape } from "../base/tensor.js";
import type { KernelArgument } from "../kernels/kernelArgument.js";
import type { OwnKernel } from "../network/ownKernel.js";
import type { ElementType, Port, Quantized, QuantizedLayer, State } from "../network/quantizedNetwork.js";
import type { PassReport } from "../passes/networkPass.js";
import type { Target } from "./target.js";

/** What to save on: instructions, bytes of flash, or bytes of RAM. */
export type Optimize = "speed" | "size" | "ram";

export const optimizeModes: readonly Optimize[] = ["speed", "size", "ram"];

/** A place in the arena that holds one activation. */
export interface ArenaSlot extends Quantized {
  /** The activation's name in the network: free text. */
  readonly name: string;
  /** Bytes from the arena's start. */
  readonly offset: number;
  readonly bytes: number;
  readonly shape: Shape;
  readonly elementType: ElementType;
}

/** An input or output of the network; its name is the port's. */
export interface PortSlot extends ArenaSlot, Pick<Port, "border" | "labels" | "axes" | "threshold"> {
  /** Values a second of a microphone, where a front-end of sound takes them. */
  readonly rate?: number;
}

/** A tensor that keeps its values from one run to the next: its bytes are nobody else's. */
export interface StateSlot extends ArenaSlot, Pick<State, "reset"> {}

/** Bytes of the arena that hold something from one call to another. */
export interface ArenaUse {
  /** The activations that lie there (a reshape's two are the same bytes), or the call whose scratch it is. */
  readonly names: readonly string[];
  readonly kind: "activation" | "scratch" | "state";
  readonly offset: number;
  readonly bytes: number;
  /** Indices of calls, both included. */
  readonly firstCall: number;
  readonly lastCall: number;
}

/** A place in the arena that one call uses while it runs. */
export interface ScratchSlot extends ScratchNeed {
  /** Bytes from the arena's start. */
  readonly offset: number;
}

/** Memory that a kernel needs while it runs, at a multiple of 4 bytes. */
export interface ScratchNeed {
  readonly elementType: ElementType;
  readonly elements: number;
}

/** One call of a kernel with every constant settled. */
export interface KernelCall {
  /** The exported function in src/kernels, and its file's name: "fullyConnected". */
  readonly kernel: string;
  /** The kernel where it is the user's, whose bounds are checked whenever the host runs it. */
  readonly own?: OwnKernel;
  /** The layer's name in the network: free text. */
  readonly name: string;
  readonly kind: QuantizedLayer["kind"];
  readonly layer: Readonly<Record<string, KernelArgument>>;
  readonly inputs: readonly ArenaSlot[];
  readonly output: ArenaSlot;
  /** Memory for the call alone, after the output in the kernel's parameters. Its contents mean nothing before or after. */
  readonly scratch: readonly ScratchSlot[];
  /** Multiply-accumulates, for reports. */
  readonly macs: number;
  /** Weights and biases of the layer, for reports. */
  readonly parameters: number;
}

/**
 * A network planned for one target: kernel calls in order, weights packed, arena laid out. Plain data; nothing is
 * decided after it. `runProgram` runs it on the host, the generator prints it as C.
 */
export interface Program {
  /** Free text. */
  readonly name: string;
  /** SHA-256 of the QuantizedNetwork: 64 lower-case hexadecimal digits. The device tells it in its hello. */
  readonly hash: string;
  /** What the kernels and passes were chosen for. */
  readonly optimize: Optimize;
  /** What the kernels may count on. */
  readonly target: Target;
  /** What was done to the network before it was planned; empty where the passes were left out. */
  readonly passes: readonly PassReport[];
  readonly calls: readonly KernelCall[];
  readonly inputs: readonly PortSlot[];
  readonly outputs: readonly PortSlot[];
  /** They lie in front of all else in the arena. */
  readonly states: readonly StateSlot[];
  /** Runs after a reset whose outputs do not count; more than 0 for a stream that looks back. */
  readonly fillRuns: number;
  readonly arenaBytes: number;
  /** The largest that activations and scratch of one call take together: no plan can take less. */
  readonly arenaLowerBoundBytes: number;
  /** The call at which they do. */
  readonly arenaPeakCall: number;
  /** What lies where and when; two may overlap at the call that reads the one and writes the other. */
  readonly arenaUses: readonly ArenaUse[];
}
