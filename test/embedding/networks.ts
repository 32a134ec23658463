import type { NamingOptions } from "../../codegen/generatedNetwork.js";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import type { ActivationData, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { type PlanOptions, planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { printNetwork } from "../codegen/runNetwork.js";
import { hasGoldenVectors, readGoldenModel } from "../golden/models.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { ports } from "../support/ports.js";

/** A network in someone's program, with inputs that it is tried with. */
export interface Embedded {
  readonly name: string;
  readonly program: Program;
  readonly inputs: readonly ActivationData[];
}

const kernels = new KernelLibrary("src/kernels", "src/kernels");

/** Exclusive or of two bits: two neurons that hold "or" and "and", and their difference. */
const xorNetwork: QuantizedNetwork = {
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
  const { source, header } = printNetwork(program, kernels, options);
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
  const rows = inputs.map((input) => `    {${[...input].join(", ")}},`);
  return `static const int8_t ${name}_inputs[${inputs.length}][${inputs[0].length}] PROGMEM = {
${rows.join("\n")}
};

static void print_${name}(uint8_t i)
{
    for (uint16_t j = 0; j < ${macro}_INPUT_SIZE; j++) {
        ${name}_input(${own})[j] = (int8_t)read_byte(&${name}_inputs[i][j]);
    }
    ${name}_run(${own});
    for (uint16_t j = 0; j < ${macro}_OUTPUT_SIZE; j++) {
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
