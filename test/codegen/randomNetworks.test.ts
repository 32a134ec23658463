import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateNetwork } from "../../codegen/generatedNetwork.js";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { printHeader, printSource } from "../../codegen/printNetwork.js";
import { UserError } from "../../src/errors.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program.js";
import type { QuantizedNetwork } from "../../src/quantizedNetwork.js";
import { runProgram } from "../../src/runProgram.js";
import { runC } from "../support/compileC.js";
import { randomNetwork } from "../support/randomNetworks.js";

const kernels = new KernelLibrary("src/kernels", "src/kernels");

/** Reads inputs one after the other and writes every layer's output of each, then network_run's. */
const program = `
#include <stdio.h>
#include "network.h"

int main(void)
{
    while (fread(network_input(), 1, NETWORK_INPUT_SIZE, stdin) == NETWORK_INPUT_SIZE) {
        int8_t input[NETWORK_INPUT_SIZE];
        for (int i = 0; i < NETWORK_INPUT_SIZE; i++) {
            input[i] = network_input()[i];
        }
        for (int32_t layer = 0; layer < NETWORK_LAYER_COUNT; layer++) {
            uint32_t size;
            const int8_t *output = network_run_layer(layer, &size);
            fwrite(output, 1, size, stdout);
        }
        for (int i = 0; i < NETWORK_INPUT_SIZE; i++) {
            network_input()[i] = input[i];
        }
        network_run();
        fwrite(network_output(), 1, NETWORK_OUTPUT_SIZE, stdout);
    }
    return 0;
}
`;

function tryPlan(network: QuantizedNetwork): Program | undefined {
  try {
    return planProgram(network);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function runInC(planned: Program, inputs: readonly Int8Array[]): Int8Array {
  const network = generateNetwork(planned, (name) => kernels.get(name));
  const files = {
    "network.c": printSource(network, "0.0.0"),
    "network.h": printHeader(network, "0.0.0"),
    "main.c": program,
  };
  return Int8Array.from(runC(files, Buffer.concat(inputs.map((input) => new Uint8Array(input.buffer)))));
}

function runOnHost(planned: Program, inputs: readonly Int8Array[]): number[] {
  return inputs.flatMap((input) => {
    const layers: number[] = [];
    const output = runProgram(planned, input, (_, layerOutput) => layers.push(...layerOutput));
    return [...layers, ...output];
  });
}

/** All −128, all 127, alternating, and seeded noise. */
function testInputs(bytes: number): Int8Array[] {
  const noise = (seed: number) =>
    Int8Array.from({ length: bytes }, (_, i) => Math.imul(i * 31 + seed, 2654435761) >> 24);
  return [
    new Int8Array(bytes).fill(-128),
    new Int8Array(bytes).fill(127),
    Int8Array.from({ length: bytes }, (_, i) => (i % 2 === 0 ? -128 : 127)),
    ...Array.from({ length: 12 }, (_, seed) => noise(seed)),
  ];
}

describe("generated C", () => {
  const networks = fc.sample(randomNetwork, { seed: 20261122, numRuns: 60 });
  const planned = networks.map(tryPlan).filter((p) => p !== undefined);

  it("is made for most of the random networks, with every kernel and every sort of shift", () => {
    expect(planned.length).toBeGreaterThan(25);
    const calls = planned.flatMap((p) => p.calls);
    expect(new Set(calls.map((call) => call.kernel))).toEqual(
      new Set(["fullyConnected", "fullyConnectedBlocked", "softmax"]),
    );
    const layers = calls.map((call) => call.layer);
    expect(layers.some((layer) => layer.hasLeftShift === 1)).toBe(true);
    const multipliers = layers.flatMap((layer) => [...((layer.multiplier as Int32Array | undefined) ?? [])]);
    expect(multipliers).toContain(0);
    const shifts = layers.flatMap((layer) => [...((layer.rightShift as Uint8Array | undefined) ?? [])]);
    expect(Math.max(...shifts)).toBeGreaterThan(28);
  });

  it.each(planned.slice(0, 30).map((p, index) => [index, p] as const))(
    "of random network %i gives the oracle's bytes in every layer",
    (_, p) => {
      const inputs = testInputs(p.input.bytes);
      expect([...runInC(p, inputs)]).toEqual(runOnHost(p, inputs));
    },
  );

  it("is the same text for the same network", () => {
    const [p] = planned;
    const print = () => {
      const network = generateNetwork(p, (name) => new KernelLibrary("src/kernels", "src/kernels").get(name));
      return printSource(network, "0.0.0") + printHeader(network, "0.0.0");
    };
    expect(print()).toBe(print());
  });
});
