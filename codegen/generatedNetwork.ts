import type { KernelArgument } from "../src/kernels/kernelArgument.js";
import { encodeProgram } from "../src/link/describeProgram.js";
import type { OwnKernel } from "../src/network/ownKernel.js";
import type { ArenaSlot, KernelCall, Program } from "../src/program/program.js";
import type { SelfTest } from "../src/program/selfTest.js";
import { namesOf } from "./cFunctions.js";
import { expectStateless } from "./expectStateless.js";
import { type GeneratedPorts, generatePorts, namesOfPorts } from "./generatedPorts.js";
import type { KernelSource } from "./ir.js";
import { snakeCase, uniqueIdentifier } from "./names.js";
import { defaultName, expectNetworkName } from "./networkNames.js";
import { type SpecialisedKernel, specialise } from "./specialise.js";
import { withNumbersInTable } from "./valueNumbers.js";

/** A table of numbers in flash. */
export interface GeneratedTable {
  readonly name: string;
  /** The field's docstring with the layer's numbers in it. */
  readonly description: string;
  readonly values: Exclude<KernelArgument, number>;
}

/** One specialised kernel; calls that agree in every number share it. */
export interface GeneratedFunction {
  readonly name: string;
  readonly specialised: SpecialisedKernel;
  /** Names of the layers that call it: free text. */
  readonly layers: readonly string[];
  readonly inputs: readonly ArenaSlot[];
  readonly output: ArenaSlot;
}

/** One layer: a call of a function with its tables and places in the arena. */
export interface GeneratedLayer {
  /** C name of the layer's function. */
  readonly name: string;
  readonly call: KernelCall;
  readonly functionName: string;
  readonly tables: readonly GeneratedTable[];
}

/** Whose the arena is: a variable beside the network, or the caller's, which other networks may use in turn. */
export const arenaOwners = ["own", "shared"] as const;
export type ArenaOwner = (typeof arenaOwners)[number];

export interface NamingOptions {
  /** What all names in C begin with, and the files' names. Default "network". */
  readonly name?: string | undefined;
  /** Default "own". */
  readonly arena?: ArenaOwner | undefined;
  /** Numbers that come from weights and scales are in tables, and tables are reached by a pointer. Default false. */
  readonly slots?: boolean | undefined;
  /** What a slot is a multiple of; 1 where nobody asks for its size, the default. */
  readonly slotPageBytes?: number | undefined;
}

export interface GenerateOptions extends NamingOptions {
  /** Left out: the network has none. */
  readonly selfTest?: SelfTest | undefined;
}

/** Everything that a network's .c and .h say, settled; printing adds only layout. */
export interface GeneratedNetwork extends GeneratedPorts {
  readonly program: Program;
  /** "network", or what was asked for: a C identifier in lower case. */
  readonly prefix: string;
  readonly arena: ArenaOwner;
  readonly functions: readonly GeneratedFunction[];
  readonly layers: readonly GeneratedLayer[];
  /** The network's part of the hello answer (firmware/PROTOCOL.md). */
  readonly description: Uint8Array;
  readonly selfTest: SelfTest | undefined;
  /** Its tables may be others of the same structure. */
  readonly slots: boolean;
  readonly slotPageBytes: number;
}

/** Names at file scope that layers may not take. */
const fileScope = [
  ...["arena", "arena_t", "description", "input", "input_t", "output", "output_t", "run", "run_layer"],
  ...[
    "quantize",
    "quantize_q16",
    "dequantize",
    "dequantize_q16",
    "quantize_input",
    "bits_of",
    "store_bits",
    "reset",
  ],
  ...["class", "class_name", "layer_name", "self_test", "self_test_checksums", "tables", "built_in_tables"],
];

export function specialisationKey(call: KernelCall): string {
  const numbers = Object.entries(call.layer)
    .filter(([, value]) => typeof value === "number")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([call.kernel, numbers, call.own !== undefined]);
}

/** Writes a layer's numbers where a text's shapes name their fields: "int8 [outFeatures]" → "int8 [32]". */
function withNumbers(text: string, layer: KernelCall["layer"]): string {
  return text.replace(/\[[^\]]*\]/g, (shape) =>
    shape.replace(/\b[a-z]\w*\b/g, (word) => {
      const value = Object.hasOwn(layer, word) ? layer[word] : undefined;
      return typeof value === "number" ? String(value) : word;
    }),
  );
}

/**
 * Decides what the C of a program consists of: one function for each distinct kernel and set of numbers, one layer
 * function and one set of tables for each call.
 *
 * @throws UserError when the name is none for C
 */
export function generateNetwork(
  program: Program,
  kernel: (name: string, own?: OwnKernel) => KernelSource,
  {
    name: prefix = defaultName,
    arena = "own",
    selfTest,
    slots = false,
    slotPageBytes = 1,
  }: GenerateOptions = {},
): GeneratedNetwork {
  expectNetworkName(prefix);
  if (slots) expectStateless(program, "slots have no first values for them", "leave out --slots");
  const ports = generatePorts(program);
  const ownNames = [...fileScope, ...namesOfPorts(ports), ...namesOf("float32.h")];
  const taken = new Set(ownNames.map((name) => `${prefix}_${name}`));
  const stems = new Set<string>();
  const functions = new Map<string, GeneratedFunction & { layers: string[] }>();
  // these names are settled already, so they are taken before any other
  for (const call of program.calls) {
    const { helpers, arithmeticInC } = kernel(call.kernel, call.own);
    for (const name of [...arithmeticInC, ...helpers.map((helper) => helper.nameInC)])
      taken.add(`${prefix}_${name}`);
  }
  const layers = program.calls.map((planned): GeneratedLayer => {
    const source = kernel(planned.kernel, planned.own);
    const {
      call,
      kernel: used,
      places,
    } = slots
      ? withNumbersInTable(planned, source)
      : { call: planned, kernel: source, places: new Map<string, number>() };
    const key = specialisationKey(call);
    let shared = functions.get(key);
    if (!shared) {
      const inputSizes = call.inputs.map((input) => input.bytes).join("_");
      shared = {
        name: uniqueIdentifier(
          `${prefix}_${snakeCase(call.kernel)}_${inputSizes}_${call.output.bytes}`,
          taken,
        ),
        specialised: specialise(used, call.layer, call.name, prefix, places),
        layers: [],
        inputs: call.inputs,
        output: call.output,
      };
      functions.set(key, shared);
    }
    shared.layers.push(call.name);
    const stem = uniqueIdentifier(call.name, stems, 40);
    const name = uniqueIdentifier(`${prefix}_run_${stem}`, taken);
    const tables = shared.specialised.tables.map((field): GeneratedTable => {
      const values = call.layer[field.name];
      if (values === undefined || typeof values === "number")
        throw new Error(`field "${field.name}" is no table`);
      return {
        name: uniqueIdentifier(`${prefix}_${stem}_${snakeCase(field.name)}`, taken),
        description: withNumbers(field.description, call.layer),
        values,
      };
    });
    return { name, call, functionName: shared.name, tables };
  });
  const description = encodeProgram(program);
  return {
    ...{ program, ...ports, prefix, arena, functions: [...functions.values()], layers },
    ...{ description, selfTest, slots, slotPageBytes },
  };
}

/** Bytes of flash that the tables take, with nothing between them. */
export function tableBytes(network: GeneratedNetwork): number {
  return network.layers
    .flatMap((layer) => layer.tables)
    .reduce((sum, table) => sum + table.values.byteLength, 0);
}
