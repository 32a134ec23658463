import type { Shape } from "../base/tensor.js";
import type { QuantizedLayer } from "../network/quantizedNetwork.js";
import type { PassReport } from "../passes/networkPass.js";
import type { ArenaUse, KernelCall, Optimize, PortSlot, Program } from "./program.js";
import { scratchBytes } from "./scratch.js";
import { anyTarget } from "./target.js";

export interface LayerSummary {
  readonly name: string;
  readonly kind: QuantizedLayer["kind"];
  /** The kernel that was chosen for it. */
  readonly kernel: string;
  readonly outputShape: Shape;
  /** Weights and biases; the integer form has biases where the float network had none. */
  readonly parameters: number;
  readonly macs: number;
  /** Bytes of flash its tables take: weights as packed, biases, factors. */
  readonly tableBytes: number;
  /** Its inputs and its output, which may lie in the same memory. */
  readonly activationBytes: number;
  readonly scratchBytes: number;
  /** Bytes of the arena that hold something while it runs: its own, and what later layers read. */
  readonly aliveBytes: number;
}

export interface NetworkSummary {
  readonly name: string;
  readonly hash: string;
  readonly optimize: Optimize;
  /** A target's id. */
  readonly target: string;
  readonly inputs: readonly PortSlot[];
  readonly outputs: readonly PortSlot[];
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly macs: number;
  readonly tableBytes: number;
  readonly arenaBytes: number;
  /** No plan can take less. */
  readonly arenaLowerBoundBytes: number;
  /** Where the arena's size comes from. */
  readonly arenaPeak: { readonly layer: string; readonly uses: readonly ArenaUse[] };
  /** What lies where from which layer to which. */
  readonly arenaUses: readonly ArenaUse[];
  /** What was done to the network before it was planned. */
  readonly passes: readonly PassReport[];
}

/** "speed on any core", "size on cortex-m4". */
export function describeMode({
  optimize,
  target = anyTarget.id,
}: {
  readonly optimize: Optimize;
  readonly target?: string | undefined;
}): string {
  return `${optimize} on ${target === anyTarget.id ? "any core" : target}`;
}

/** What a network costs on the device, layer by layer; code is not in it, only tables and activations. */
export function summarizeNetwork(program: Program): NetworkSummary {
  const layers = program.calls.map((call, index) => summarizeLayer(call, usesAt(program, index)));
  const total = (count: (layer: LayerSummary) => number): number =>
    layers.reduce((sum, layer) => sum + count(layer), 0);
  return {
    name: program.name,
    hash: program.hash,
    optimize: program.optimize,
    target: program.target.id,
    inputs: program.inputs,
    outputs: program.outputs,
    layers,
    parameters: total((layer) => layer.parameters),
    macs: total((layer) => layer.macs),
    tableBytes: total((layer) => layer.tableBytes),
    arenaBytes: program.arenaBytes,
    arenaLowerBoundBytes: program.arenaLowerBoundBytes,
    arenaPeak: {
      layer: program.calls[program.arenaPeakCall]?.name ?? "",
      uses: usesAt(program, program.arenaPeakCall),
    },
    arenaUses: program.arenaUses,
    passes: program.passes,
  };
}

/** Largest first. */
function usesAt({ arenaUses }: Program, call: number): ArenaUse[] {
  return arenaUses
    .filter(({ firstCall, lastCall }) => firstCall <= call && call <= lastCall)
    .sort((a, b) => b.bytes - a.bytes);
}

/** Bytes that at least one of them takes. */
function coveredBytes(uses: readonly ArenaUse[]): number {
  let [covered, end] = [0, 0];
  for (const { offset, bytes } of [...uses].sort((a, b) => a.offset - b.offset)) {
    covered += Math.max(0, offset + bytes - Math.max(end, offset));
    end = Math.max(end, offset + bytes);
  }
  return covered;
}

function summarizeLayer(call: KernelCall, uses: readonly ArenaUse[]): LayerSummary {
  const slots = new Map([...call.inputs, call.output].map((slot) => [slot.name, slot.bytes]));
  return {
    name: call.name,
    kind: call.kind,
    kernel: call.kernel,
    outputShape: call.output.shape,
    parameters: call.parameters,
    macs: call.macs,
    tableBytes: Object.values(call.layer).reduce<number>(
      (sum, argument) => sum + (typeof argument === "number" ? 0 : argument.byteLength),
      0,
    ),
    activationBytes: [...slots.values()].reduce((sum, bytes) => sum + bytes, 0),
    scratchBytes: call.scratch.reduce((sum, slot) => sum + scratchBytes(slot), 0),
    aliveBytes: coveredBytes(uses),
  };
}
