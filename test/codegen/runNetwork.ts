import { type GenerateOptions, generateNetwork } from "../../codegen/generatedNetwork.js";
import { ownSource } from "../../codegen/ownSources.js";
import { printHeader } from "../../codegen/printHeader.js";
import { printSource } from "../../codegen/printNetwork.js";
import { bytesOfValues } from "../../src/network/elementTypes.js";
import type { ActivationData } from "../../src/network/quantizedNetwork.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { runC } from "../support/compileC.js";
import type { Kernels } from "../support/packageKernels.js";

/** Reads inputs one after the other and writes every layer's output of each, then network_run's, both as after a reset. */
const main = `
#include <stdio.h>
#include <string.h>
#include "network.h"

#if !defined(NETWORK_STATE_BYTES)
static void network_reset(void) {}
#endif

int main(void)
{
    while (fread(network_input(), 1, NETWORK_INPUT_BYTES, stdin) == NETWORK_INPUT_BYTES) {
        int8_t input[NETWORK_INPUT_BYTES];
        memcpy(input, network_input(), NETWORK_INPUT_BYTES);
        network_reset();
        for (int32_t layer = 0; layer < NETWORK_LAYER_COUNT; layer++) {
            uint32_t size;
            const int8_t *output = network_run_layer(layer, &size);
            fwrite(output, 1, size, stdout);
        }
        memcpy(network_input(), input, NETWORK_INPUT_BYTES);
        network_reset();
        network_run();
        fwrite(network_output(), 1, NETWORK_OUTPUT_BYTES, stdout);
    }
    return 0;
}
`;

/** network.c and network.h of a program, or whatever it is called. */
export function printNetwork(
  program: Program,
  kernels: Kernels,
  options?: GenerateOptions,
): { source: string; header: string } {
  const network = generateNetwork(
    program,
    (name, own) => (own ? ownSource(own) : kernels.get(name)),
    options,
  );
  return { source: printSource(network, "0.0.0"), header: printHeader(network, "0.0.0") };
}

/** Compiles the program's C and runs it: for each input all layers' outputs, then the network's. */
export function runInC(
  program: Program,
  kernels: Kernels,
  inputs: readonly ActivationData[],
  moreFlags: readonly string[] = [],
): number[] {
  const { source, header } = printNetwork(program, kernels);
  const files = { "network.c": source, "network.h": header, "main.c": main };
  return [
    ...Int8Array.from(
      runC(files, Buffer.concat(inputs.map((input) => new Uint8Array(input.buffer))), moreFlags),
    ),
  ];
}

/** The oracle's bytes in the order of {@link runInC}. */
export function runOracle(program: Program, inputs: readonly ActivationData[]): number[] {
  return inputs.flatMap((input) => {
    const layers: number[] = [];
    const output = runProgram(program, input, (_, values) => layers.push(...bytesOfValues(values)));
    return [...layers, ...bytesOfValues(output)];
  });
}

/** All −128, all 127, alternating, and seeded noise. */
export function testInputs(bytes: number): Int8Array[] {
  const noise = (seed: number) =>
    Int8Array.from({ length: bytes }, (_, i) => Math.imul(i * 31 + seed, 2654435761) >> 24);
  return [
    new Int8Array(bytes).fill(-128),
    new Int8Array(bytes).fill(127),
    Int8Array.from({ length: bytes }, (_, i) => (i % 2 === 0 ? -128 : 127)),
    ...Array.from({ length: 12 }, (_, seed) => noise(seed)),
  ];
}
