import type { NamingOptions } from "../../codegen/generatedNetwork.js";
import type { ActivationData, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { type PlanOptions, planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { planSelfTest } from "../../src/program/selfTest.js";
import { printNetwork } from "../codegen/runNetwork.js";
import { hasGoldenVectors, readGoldenModel } from "../golden/models.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { ports } from "../support/ports.js";

/** A network in someone's program, with inputs that it is tried with. */
export interface Embedded {
  readonly name: string;
  readonly program: Program;
  readonly inputs: readonly ActivationData[];
}

/** Exclusive or of two bits: two neurons that hold "or" and "and", and their difference. */
export const xorNetwork: QuantizedNetwork = {
  name: "xor",
  tensors: [2, 2, 1].map((size, index) => ({
    elementType: "int8" as const,
    name: `t${index}`,
    shape: [size],
    quantization: { scale: 1 / 64, zeroPoint: 0 },
  })),
  ...ports(0, 2),
  layers: [
    {
      kind: "fullyConnected",
      name: "or, and",
      inputs: [0],
      output: 1,
      weights: Int8Array.of(64, 64, 64, 64),
      weightScales: [1 / 64],
      bias: Int32Array.of(0, -64 * 64),
      activationMin: 0,
      activationMax: 64,
    },
    {
      kind: "fullyConnected",
      name: "difference",
      inputs: [1],
      output: 2,
      weights: Int8Array.of(64, -64),
      weightScales: [1 / 64],
      bias: Int32Array.of(0),
      activationMin: -128,
      activationMax: 127,
    },
  ],
};

export function xor(options?: PlanOptions): Embedded {
  const bits = [0, 1, 2, 3].map((both) => Int8Array.of(64 * (both & 1), 32 * (both & 2)));
  return { name: "xor", program: planProgram(xorNetwork, options), inputs: bits };
}

/** Every kind of layer that works on images. */
export function images(seed: number, options?: PlanOptions): Embedded {
  const network = randomPlantedNetwork(seed);
  const inputs = [1, 2, 3].map((other) => randomInput(network, other));
  return { name: "images", program: planProgram(network, options), inputs };
}

export const hasKws = hasGoldenVectors;

/** MLPerf Tiny's keyword spotting. */
export function kws(options?: PlanOptions): Embedded {
  const { network, inputs } = readGoldenModel("kws");
  return { name: "kws", program: planProgram(network, options), inputs: inputs.slice(0, 2) };
}

/** gesture.c and gesture.h, or whatever it is called. */
export function filesOf({ program }: Embedded, options: NamingOptions = {}): Record<string, string> {
  const { name = "network" } = options;
  const { source, header } = printNetwork(program, kernels, { ...options, selfTest: planSelfTest(program) });
  return { [`${name}.c`]: source, [`${name}.h`]: header };
}

/** What the host computes: the outputs of all inputs, one after the other. */
export function expectedOf({ program, inputs }: Embedded): number[] {
  return inputs.flatMap((input) => [...runProgram(program, input)]);
}

/** What stands in a main program for a network: its inputs, and a function that runs them all and prints the outputs. */
function part({ inputs }: Embedded, { name = "network", arena }: NamingOptions): string {
  const macro = name.toUpperCase();
  const own = arena === "shared" ? `&arena.${name}` : "";
  const bytes = inputs.map(
    ({ buffer, byteOffset, byteLength }) => new Int8Array(buffer, byteOffset, byteLength),
  );
  const rows = bytes.map((input) => `    {${[...input].join(", ")}},`);
  return `static const int8_t ${name}_inputs[${inputs.length}][${bytes[0].length}] PROGMEM = {
${rows.join("\n")}
};

static void print_${name}(uint8_t i)
{
    for (uint16_t j = 0; j < ${macro}_INPUT_BYTES; j++) {
        ((int8_t *)${name}_input(${own}))[j] = (int8_t)read_byte(&${name}_inputs[i][j]);
    }
    ${name}_run(${own});
    for (uint16_t j = 0; j < ${macro}_OUTPUT_BYTES / sizeof(*${name}_output(${own})); j++) {
        put_number(${name}_output(${own})[j]);
    }
}
`;
}

/**
 * A main program in C and in C++ that runs the networks in turns, input by input, and prints their outputs. Those
 * without an arena of their own share one.
 */
export function mainOf(...networks: readonly (readonly [Embedded, NamingOptions?])[]): string {
  const named = networks.map(([network, options = {}]) => ({ network, ...options }));
  const shared = named
    .filter(({ arena }) => arena === "shared")
    .map(({ name }) => `${name}_arena_t ${name};`);
  const turns = Math.max(...networks.map(([{ inputs }]) => inputs.length));
  const calls = named.map(
    ({ network, name = "network" }) =>
      `        if (i < ${network.inputs.length}) {\n            print_${name}(i);\n        }\n`,
  );
  return `${named.map(({ name = "network" }) => `#include "${name}.h"\n`).join("")}#include "port.h"

${shared.length > 0 ? `static union { ${shared.join(" ")} } arena;\n` : ""}
${named.map(({ network, ...options }) => part(network, options)).join("\n")}
int main(void)
{
    for (uint8_t i = 0; i < ${turns}; i++) {
${calls.join("")}    }
    leave();
    return 0;
}
`;
}

/** What such a program prints. */
export function expectedInTurns(...networks: readonly Embedded[]): number[] {
  const turns = Math.max(...networks.map(({ inputs }) => inputs.length));
  return Array.from({ length: turns }, (_, i) =>
    networks.flatMap(({ program, inputs }) => (i < inputs.length ? [...runProgram(program, inputs[i])] : [])),
  ).flat();
}

/** Raw measurements of three columns with units of their own, two rows behind each other, and two classes. */
export const columnsNetwork: QuantizedNetwork = {
  name: "columns",
  tensors: [
    {
      elementType: "int16",
      name: "raw",
      shape: [2, 3],
      quantization: [
        { scale: Math.fround(0.37), zeroPoint: -8000 },
        { scale: 1, zeroPoint: 0 },
        { scale: Math.fround(1e-9), zeroPoint: -(2 ** 31) },
      ],
    },
    {
      elementType: "int8",
      name: "normal",
      shape: [2, 3],
      quantization: { scale: Math.fround(0.03), zeroPoint: 5 },
    },
    {
      elementType: "int8",
      name: "flat",
      shape: [6],
      quantization: { scale: Math.fround(0.03), zeroPoint: 5 },
    },
    {
      elementType: "int8",
      name: "class",
      shape: [2],
      quantization: { scale: Math.fround(0.1), zeroPoint: -11 },
    },
  ].map((tensor) => ({ ...tensor, elementType: tensor.elementType as "int8" | "int16" })),
  inputs: [{ tensor: 0, name: "input", border: "float32", labels: ["pressure", "tilt", "charge"] }],
  outputs: [{ tensor: 3, name: "output", border: "float32", labels: ["rest", "walk"] }],
  states: [],
  layers: [
    {
      kind: "normalization",
      name: "normalize",
      inputs: [0],
      output: 1,
      offsets: Int32Array.of(100 << 13, -(7 << 13), 3),
      factors: [0.01, 0.004, 0.02],
    },
    { kind: "reshape", name: "flatten", inputs: [1], output: 2 },
    {
      kind: "fullyConnected",
      name: "decide",
      inputs: [2],
      output: 3,
      weights: Int8Array.from({ length: 12 }, (_, i) => ((i * 89) % 251) - 125),
      weightScales: [Math.fround(0.02), Math.fround(0.03)],
      bias: Int32Array.of(50, -500),
      activationMin: -128,
      activationMax: 127,
    },
  ],
};

/** Two moments of its three columns. */
export const columnsPins: PinMap = {
  inputs: [
    { pin: "PA0", analog: [0, 10_000] },
    { pin: "PA1", analog: [-1000, 1000] },
    { pin: "PA4", analog: [2.14746, 2.1475] },
  ],
  outputs: [{ pin: "PA5", class: 1 }],
  ...{ everyMs: 10, window: 2 },
};

export function columns(options?: PlanOptions): Embedded {
  const inputs = [0, 1, 2].map((seed) =>
    Int16Array.from({ length: 6 }, (_, i) => Math.imul(seed * 6 + i + 1, 2654435761) >> 18),
  );
  return { name: "columns", program: planProgram(columnsNetwork, options), inputs };
}
