import { elementBytes } from "../src/network/elementTypes.js";
import type { ElementType } from "../src/network/quantizedNetwork.js";
import type { StateSlot } from "../src/program/program.js";
import { stateBytes } from "../src/program/states.js";
import type { GeneratedNetwork } from "./generatedNetwork.js";
import { printList } from "./printPorts.js";
import { arenaBytesOf, arenaParameter } from "./printSlots.js";

/** Macros and functions of the header; none for a network without states. */
export function printStateDeclarations(network: GeneratedNetwork): string[] {
  const { prefix, program, arena } = network;
  if (program.states.length === 0) return [];
  const macro = prefix.toUpperCase();
  const where = arena === "shared" ? "an arena's" : "the arena's";
  return [
    `/*
 * What the network keeps from one run to the next is in ${where} first ${macro}_STATE_BYTES bytes: nothing else may write there,
 * nor may another network. Call ${prefix}_reset before the first run, and before the first of each sequence.
 */
#define ${macro}_STATE_BYTES ${stateBytes(program)}
void ${prefix}_reset(${arenaParameter(network)[0] ?? "void"});`,
  ];
}

/** States behind each other that begin with the same value are filled in one loop, with what is between them. */
interface Fill {
  readonly start: number;
  readonly end: number;
  readonly reset: StateSlot["reset"];
  readonly elementType: ElementType;
}

function planFills(states: readonly StateSlot[]): Fill[] {
  const fills: Fill[] = [];
  for (const { offset, bytes, reset, elementType: type } of states) {
    // a value whose bytes are equal is as well written byte by byte
    const elementType = reset === 0 || reset === -1 ? "int8" : type;
    const last = fills.at(-1);
    const end = offset + bytes;
    const isSame = last?.reset === reset && last.elementType === elementType;
    if (typeof reset === "number" && isSame && offset - last.end < 4) {
      fills[fills.length - 1] = { ...last, end };
    } else fills.push({ start: offset, end, reset, elementType });
  }
  return fills;
}

/** The function that gives states their first values; undefined for a network without states. */
export function printReset(network: GeneratedNetwork): string | undefined {
  const { prefix, program } = network;
  if (program.states.length === 0) return undefined;
  const arena = arenaBytesOf(network);
  const fills = planFills([...program.states].sort((a, b) => a.offset - b.offset));
  const lines = fills.flatMap(({ start, end, reset, elementType }, index) => {
    if (typeof reset === "number" && elementType === "int8") {
      return [
        `    for (int32_t i = ${start}; i < ${end}; i++) {`,
        `        ${arena}[i] = ${reset};`,
        "    }",
      ];
    }
    const count = (end - start) / elementBytes[elementType];
    const isTable = typeof reset !== "number";
    const table = `first_${index}`;
    const at = start === 0 ? "i" : `${start} + i`;
    const target =
      elementType === "int8" ? `${arena}[${at}]` : `((${elementType}_t *)(void *)(${arena} + ${start}))[i]`;
    return [
      ...(isTable
        ? [printList(`    static const ${elementType}_t ${table}[${count}]`, Array.from(reset, String))]
        : []),
      `    for (int32_t i = 0; i < ${count}; i++) {`,
      `        ${target} = ${isTable ? `${table}[i]` : reset};`,
      "    }",
    ];
  });
  return [`void ${prefix}_reset(${arenaParameter(network)[0] ?? "void"})`, "{", ...lines, "}"].join("\n");
}
