import { Random, type RandomState } from "../../base/random.js";
import type { FloatArray } from "../../base/tensor.js";
import type { Network } from "../network/network.js";
import type { StepperMemory } from "../optimizers/optimizer.js";
import type { BestEpochState } from "./earlyStop.js";
import type { EpochRecord, History } from "./history.js";

/** Where in a training a state was taken. */
export interface Position {
  /** From 1. */
  readonly epoch: number;
  /** Of this epoch. */
  readonly samplesDone: number;
  readonly samples: number;
}

/**
 * All that decides how a training goes on after a step: a training that is given it continues to the same bits as if
 * it had never been cut.
 */
export interface FitState extends Position {
  /** Sum over the epoch's samples so far. */
  readonly lossSum: number;
  /** The epoch's order of samples. */
  readonly order: Int32Array;
  readonly random: RandomState;
  /** Random streams of layers (dropout), by the layer's name. */
  readonly streams: Readonly<Record<string, RandomState>>;
  /** Values of parameters and statistics, in the network's order. */
  readonly values: readonly FloatArray[];
  readonly stepper: StepperMemory;
  readonly best: BestEpochState | undefined;
  /** What the transform of the passes keeps, as plain JSON. */
  readonly transform?: unknown;
  /** The epochs before this one. */
  readonly records: readonly EpochRecord[];
}

/** A training that came to its end, and that quantization-aware training goes on from. */
export interface FinishedTraining {
  /** Of parameters and statistics, in the network's order. */
  readonly values: readonly FloatArray[];
  readonly history: History;
}

/** Where a cut training goes on: in the training itself, or, when that is finished, in the one after it. */
export interface TrainingCut {
  readonly state: FitState;
  readonly finished?: FinishedTraining | undefined;
}

/** When training's state is to be saved, and how. */
export interface Checkpointing {
  /** Asked after every step; cheap. */
  isDue(position: Position): boolean;
  /** What it throws ends the training. */
  save(state: FitState, finished?: FinishedTraining): void;
}

/** What of the network a state holds: copies. */
export function captureNetwork(network: Network): Pick<FitState, "values" | "streams"> {
  const streams = [...streamsOf(network)].map(([name, layer]) => [name, layer.random.state()]);
  return {
    values: trainedTensors(network).map(({ value }) => value.data.slice()),
    streams: Object.fromEntries(streams),
  };
}

/** Puts back what {@link captureNetwork} took from a network of the same layers. */
export function restoreNetwork(network: Network, { values, streams }: FitState): void {
  setValues(network, values);
  for (const [name, layer] of streamsOf(network)) layer.random.restore(streams[name]);
}

export function copyMemory({ steps, arrays }: StepperMemory): StepperMemory {
  return { steps, arrays: arrays.map((array) => array.slice()) };
}

/** Writes a copy back into a stepper's own arrays. */
export function restoreMemory(memory: StepperMemory, { steps, arrays }: StepperMemory): void {
  memory.steps = steps;
  memory.arrays.forEach((array, index) => {
    array.set(arrays[index]);
  });
}

/** Sets all parameters and statistics. */
export function setValues(network: Network, values: readonly FloatArray[]): void {
  trainedTensors(network).forEach(({ value }, index) => {
    value.data.set(values[index]);
  });
}

/** A network's parameters and statistics, in an order that its layers settle. */
export function trainedTensors(network: Network) {
  return [...network.parameters(), ...network.statistics()];
}

/** Layers that draw random numbers while training. */
function streamsOf(network: Network): Map<string, { readonly random: Random }> {
  const found = new Map<string, { readonly random: Random }>();
  for (const layer of network.layers) {
    const random: unknown = Reflect.get(layer, "random");
    if (random instanceof Random) found.set(layer.name, { random });
  }
  return found;
}
