import type { ArenaSlot, KernelCall, Program } from "./program.js";
import type { QuantizedLayer } from "./quantizedNetwork.js";
import type { Shape } from "./tensor.js";

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
  /** Bytes of RAM it needs: its inputs and its output. */
  readonly activationBytes: number;
}

export interface NetworkSummary {
  readonly name: string;
  readonly hash: string;
  readonly input: ArenaSlot;
  readonly output: ArenaSlot;
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly macs: number;
  readonly tableBytes: number;
  readonly arenaBytes: number;
  /** No plan can take less. */
  readonly arenaLowerBoundBytes: number;
}

/** What a network costs on the device, layer by layer; code is not in it, only tables and activations. */
export function summarizeNetwork(program: Program): NetworkSummary {
  const layers = program.calls.map(summarizeLayer);
  const total = (count: (layer: LayerSummary) => number): number =>
    layers.reduce((sum, layer) => sum + count(layer), 0);
  return {
    name: program.name,
    hash: program.hash,
    input: program.input,
    output: program.output,
    layers,
    parameters: total((layer) => layer.parameters),
    macs: total((layer) => layer.macs),
    tableBytes: total((layer) => layer.tableBytes),
    arenaBytes: program.arenaBytes,
    arenaLowerBoundBytes: program.arenaLowerBoundBytes,
  };
}

function summarizeLayer(call: KernelCall): LayerSummary {
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
  };
}
