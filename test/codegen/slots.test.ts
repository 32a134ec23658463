import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateNetwork } from "../../codegen/generatedNetwork.js";
import { layOutSlot, slotContent } from "../../codegen/slotTables.js";
import { UserError } from "../../src/base/errors.js";
import { onlyInput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { QuantizedLayer, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes, type Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { planSelfTest } from "../../src/program/selfTest.js";
import { runC } from "../support/compileC.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { randomConvolution } from "../support/randomConvolutions.js";
import { randomGraph } from "../support/randomGraphs.js";
import { randomNetwork } from "../support/randomNetworks.js";
import { randomWindowNetwork } from "../support/randomWindowNetworks.js";
import { printNetwork, testInputs } from "./runNetwork.js";

/** Networks that are compiled. By hand, `SLOT_NETWORKS=60` has every kernel many times. */
const tried = Number(process.env.SLOT_NETWORKS ?? 2);

const INPUTS = 8;

/** Again and again reads tables, then inputs one after the other, and writes each output with them, then the self-test's result. */
const main = `
#include <stdio.h>
#include "network.h"

int main(void)
{
    static _Alignas(4) uint8_t tables[NETWORK_TABLES_BYTES + 1];
    network_tables = tables;
    while (fread(tables, 1, NETWORK_TABLES_BYTES, stdin) == NETWORK_TABLES_BYTES) {
        for (int i = 0; i < ${INPUTS} && fread(network_input(), 1, NETWORK_INPUT_BYTES, stdin) > 0; i++) {
            network_run();
            fwrite(network_output(), 1, NETWORK_OUTPUT_BYTES, stdout);
        }
        fputc(network_self_test(), stdout);
    }
    return 0;
}
`;

/** What a training that went another way would give: other weights and scales for the same layers and shapes. */
function retrained(network: QuantizedNetwork): QuantizedNetwork {
  const isMoved = network.tensors.map((_, index) => network.layers.some(({ output }) => output === index));
  for (const { kind, output } of network.layers) if (kind === "softmax") isMoved[output] = false;
  const moved = (zeroPoint: number, tensor: number): number =>
    isMoved[tensor] ? Math.min(127, zeroPoint + 3) : zeroPoint;
  const layers = network.layers.map((layer) => {
    const { zeroPoint } = quantizationOf(network.tensors[layer.output]!);
    const limits =
      "activationMin" in layer && layer.activationMin === zeroPoint
        ? { activationMin: moved(zeroPoint, layer.output) }
        : {};
    if (!("weights" in layer)) return { ...layer, ...limits } as QuantizedLayer;
    return {
      ...layer,
      ...limits,
      weights: layer.weights.map((weight, i) => (weight === 0 ? 1 : i % 3 === 0 ? -weight : weight >> 1)),
      bias: layer.bias.map((bias, i) => Math.trunc(bias / 2) + i - 7),
      weightScales: layer.weightScales.map((scale) => Math.fround(scale * 0.91)),
    } as QuantizedLayer;
  });
  const tensors = network.tensors.map((tensor, index) => {
    const { scale, zeroPoint } = quantizationOf(tensor, 0);
    const quantization = { scale: Math.fround(scale * 1.07), zeroPoint: moved(zeroPoint, index) };
    return isMoved[index] ? { ...tensor, quantization } : tensor;
  });
  return { ...network, name: `${network.name}, trained again`, layers, tensors };
}

interface Pair {
  readonly program: Program;
  readonly other: Program;
}

const options = (program: Program) => ({ slots: true, selfTest: planSelfTest(program) });
const generate = (program: Program) =>
  generateNetwork(program, (name) => kernels.get(name), options(program));

const samples = [
  ...fc.sample(randomWindowNetwork(undefined, [3, 6]), { seed: 31, numRuns: tried + 3 }),
  ...fc.sample(randomConvolution, { seed: 32, numRuns: tried + 1 }),
  ...fc.sample(randomNetwork, { seed: 33, numRuns: tried + 1 }),
  ...fc.sample(randomGraph, { seed: 34, numRuns: tried + 1 }),
];
const pairs = samples.flatMap((network, index): Pair[] => {
  const mode = { optimize: optimizeModes[index % 3]!, passes: "shapes" as const };
  try {
    return [{ program: planProgram(network, mode), other: planProgram(retrained(network), mode) }];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
});
const alike = pairs.filter(
  ({ program, other }) => layOutSlot(generate(program)).structure === layOutSlot(generate(other)).structure,
);
/** From all kinds. */
const compiled = alike.filter(
  (_, i) => Math.floor((i * tried) / alike.length) !== Math.floor(((i - 1) * tried) / alike.length),
);

describe("tables of another training of the same layers", () => {
  it("fit the code of the first for most networks", () => {
    expect(alike.length).toBeGreaterThan(0.6 * pairs.length);
    expect(pairs.length).toBeGreaterThan(0.5 * samples.length);
    expect(compiled.length).toBeGreaterThanOrEqual(tried);
  });

  it("give the host's bytes there, and so do those that were built in", () => {
    for (const { program, other } of compiled) {
      const { source, header } = printNetwork(program, kernels, options(program));
      const inputs = testInputs(onlyInput(program).bytes).slice(0, INPUTS);
      const inputBytes = inputs.map((input) => new Uint8Array(input.buffer));
      const files = { "network.c": source, "network.h": header, "main.c": main };
      const both = [program, other];
      const damaged = layOutSlot(generate(other));
      damaged.bytes[damaged.bytes.length - 1]! ^= 1; // of the last layer's checksum
      const tables = [...both.map((each) => layOutSlot(generate(each)).bytes), damaged.bytes];
      const sent = tables.flatMap((bytes) => [bytes, ...inputBytes]);
      const given = new Int8Array(runC(files, Buffer.concat(sent)));
      const outputs = [...both, other].map((each) => inputs.flatMap((input) => [...runProgram(each, input)]));
      const selfTests = [0, 0, program.calls.length];
      const expected = outputs.flatMap((bytes, i) => [...bytes, selfTests[i]!]);
      expect([program.name, ...given]).toEqual([program.name, ...expected]);
    }
    if (tried > 10) {
      const found = new Set(compiled.flatMap(({ program }) => program.calls.map(({ kernel }) => kernel)));
      process.stdout.write(`${compiled.length} networks of ${[...found].sort().join(", ")}\n`);
    }
  });

  it("travel with structure and description, which are no part of the code", () => {
    const { program, other } = compiled[0]!;
    const [a, b] = [program, other].map((each) => slotContent(generate(each)));
    expect(a!.subarray(0, 32)).toEqual(b!.subarray(0, 32));
    expect(a).not.toEqual(b);
    const code = (each: Program) =>
      printNetwork(each, kernels, options(each))
        .source.replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/\{[^;]*\};/g, "");
    expect(code(other)).toBe(code(program));
  });
});
