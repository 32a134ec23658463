import { generateNetwork } from "../../codegen/generatedNetwork.js";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { printHeader, printSource } from "../../codegen/printNetwork.js";
import type { Program } from "../../src/program.js";
import type { ActivationData } from "../../src/quantizedNetwork.js";
import { runProgram } from "../../src/runProgram.js";
import { runC } from "./compileC.js";

const kernels = new KernelLibrary("src/kernels", "src/kernels");

/** Reads inputs one after the other and writes every layer's output of each, then network_run's. */
const main = `
#include <stdio.h>
#include <string.h>
#include "network.h"

int main(void)
{
    while (fread(network_input(), 1, NETWORK_INPUT_SIZE, stdin) == NETWORK_INPUT_SIZE) {
        int8_t input[NETWORK_INPUT_SIZE];
        memcpy(input, network_input(), NETWORK_INPUT_SIZE);
        for (int32_t layer = 0; layer < NETWORK_LAYER_COUNT; layer++) {
            uint32_t size;
            const int8_t *output = network_run_layer(layer, &size);
            fwrite(output, 1, size, stdout);
        }
        memcpy(network_input(), input, NETWORK_INPUT_SIZE);
        network_run();
        fwrite(network_output(), 1, NETWORK_OUTPUT_SIZE, stdout);
    }
    return 0;
}
`;

/** The program's generated C, compiled under the sanitizers: each input's layer outputs, then its output. */
export function runGenerated(program: Program, inputs: readonly ActivationData[]): number[] {
  const network = generateNetwork(program, (name) => kernels.get(name));
  const files = {
    "network.c": printSource(network, "0.0.0"),
    "network.h": printHeader(network, "0.0.0"),
    "main.c": main,
  };
  const bytes = Buffer.concat(
    inputs.map((input) => new Uint8Array(input.buffer, input.byteOffset, input.byteLength)),
  );
  return [...Int8Array.from(runC(files, bytes))];
}

/** The oracle's bytes in the order of {@link runGenerated}. */
export function runOracle(program: Program, inputs: readonly ActivationData[]): number[] {
  return inputs.flatMap((input) => {
    const layers: number[] = [];
    const output = runProgram(program, input, (_, layerOutput) => layers.push(...layerOutput));
    return [...layers, ...output];
  });
}
