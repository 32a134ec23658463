import { elementCount } from "../src/base/tensor.js";
import { quantizationsOf } from "../src/network/quantization.js";
import type { Quantization } from "../src/network/quantizedNetwork.js";
import type { Optimize } from "../src/program/program.js";
import { type GeneratedNetwork, tableBytes } from "./generatedNetwork.js";
import { type GeneratedPort, hasSeveral } from "./generatedPorts.js";

/** What there is to tell of an input or output. Labels are free text. */
export interface PortFacts extends GeneratedPort {
  readonly elements: number;
  /** Of the last axis. */
  readonly columns: number;
  /** One for all columns, or one for each. */
  readonly quantizations: readonly Quantization[];
  /** Names of an input's columns or an output's classes, in order; empty where they have none. */
  readonly labels: readonly string[];
}

/** What a network's header and its folder's README.md say, settled. Names are free text. */
export interface NetworkFacts {
  readonly name: string;
  readonly hash: string;
  /** pinfer's. */
  readonly version: string;
  readonly inputs: readonly PortFacts[];
  readonly outputs: readonly PortFacts[];
  /** Whether there are more than one of either. */
  readonly hasSeveral: boolean;
  /** Whether the only output is a row of two or more values, of which the largest may be a class. */
  readonly hasClasses: boolean;
  /** Of the only output: above it a sample is an anomaly; undefined where there is none. */
  readonly threshold: number | undefined;
  /** In the order in which they run. */
  readonly layerNames: readonly string[];
  readonly tableBytes: number;
  readonly arenaBytes: number;
  /** Of a run, below its caller's: {@link stackBytesOf}. */
  readonly stackBytes: number;
}

/**
 * Bytes of stack that no network took more than, on a Cortex-M4 with gcc 12, optimized for each: measured with those of
 * MLPerf Tiny, of plain kernels and of packed ones, and random ones (test/embedding/stack.test.ts), of which the largest
 * took 232, 292 and 276 (which sww took for RAM until it got packed kernels back). RAM mode has size's kernels too.
 */
export const stackBytesOf: Readonly<Record<Optimize, number>> = { speed: 256, size: 320, ram: 320 };

function describePort(port: GeneratedPort): PortFacts {
  const { slot } = port;
  return {
    ...port,
    elements: elementCount(slot.shape),
    columns: slot.shape.at(-1) ?? 1,
    quantizations: quantizationsOf(slot),
    labels: slot.labels ?? [],
  };
}

export function describeNetwork(network: GeneratedNetwork, version: string): NetworkFacts {
  const { program } = network;
  const outputs = network.outputs.map(describePort);
  const [output, another] = outputs as [PortFacts, PortFacts?];
  return {
    name: program.name,
    hash: program.hash,
    version,
    inputs: network.inputs.map(describePort),
    outputs,
    hasSeveral: hasSeveral(network),
    hasClasses: another === undefined && output.elements > 1 && output.columns === output.elements,
    threshold: another === undefined ? output.slot.threshold : undefined,
    layerNames: program.calls.map(({ name }) => name),
    tableBytes: tableBytes(network),
    arenaBytes: program.arenaBytes,
    stackBytes: stackBytesOf[program.optimize],
  };
}
