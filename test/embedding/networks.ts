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

export function filesOf({ program }: Embedded): Record<string, string> {
  const { source, header } = printNetwork(program, kernels);
  return { "network.c": source, "network.h": header };
}

/** What the host computes: the outputs of all inputs, one after the other. */
export function expectedOf({ program, inputs }: Embedded): number[] {
  return inputs.flatMap((input) => [...runProgram(program, input)]);
}

/** A main program in C and in C++ that prints the outputs of all inputs. */
export function mainOf({ inputs }: Embedded): string {
  const rows = inputs.map((input) => `    {${[...input].join(", ")}},`);
  return `#include "network.h"
#include "port.h"

static const int8_t inputs[${inputs.length}][${inputs[0].length}] = {
${rows.join("\n")}
};

int main(void)
{
    for (uint8_t i = 0; i < ${inputs.length}; i++) {
        for (uint16_t j = 0; j < NETWORK_INPUT_SIZE; j++) {
            network_input()[j] = inputs[i][j];
        }
        network_run();
        for (uint16_t j = 0; j < NETWORK_OUTPUT_SIZE; j++) {
            put_number(network_output()[j]);
        }
    }
    leave();
    return 0;
}
`;
}
