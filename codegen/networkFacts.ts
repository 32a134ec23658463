import { elementCount } from "../src/base/tensor.js";
import { onlyInput, onlyOutput } from "../src/network/ports.js";
import { quantizationsOf } from "../src/network/quantization.js";
import type { Quantization } from "../src/network/quantizedNetwork.js";
import type { Optimize, PortSlot } from "../src/program/program.js";
import { type GeneratedNetwork, tableBytes } from "./generatedNetwork.js";

/** What there is to tell of an input or output. Labels are free text. */
export interface PortFacts {
  readonly slot: PortSlot;
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
  readonly input: PortFacts;
  readonly output: PortFacts;
  /** Whether the outputs are a row of two or more, of which the largest may be a class. */
  readonly hasClasses: boolean;
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
 * took 232, 292 and 276. RAM mode has size's kernels too.
 */
export const stackBytesOf: Readonly<Record<Optimize, number>> = { speed: 256, size: 320, ram: 320 };

function describePort(slot: PortSlot): PortFacts {
  return {
    slot,
    elements: elementCount(slot.shape),
    columns: slot.shape.at(-1) ?? 1,
    quantizations: quantizationsOf(slot),
    labels: slot.labels ?? [],
  };
}

export function describeNetwork(network: GeneratedNetwork, version: string): NetworkFacts {
  const { program } = network;
  const output = describePort(onlyOutput(program));
  return {
    name: program.name,
    hash: program.hash,
    version,
    input: describePort(onlyInput(program)),
    output,
    hasClasses: output.elements > 1 && output.columns === output.elements,
    layerNames: program.calls.map(({ name }) => name),
    tableBytes: tableBytes(network),
    arenaBytes: program.arenaBytes,
    stackBytes: stackBytesOf[program.optimize],
  };
}
