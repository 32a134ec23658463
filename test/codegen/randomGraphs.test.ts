import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program.js";
import type { QuantizedNetwork } from "../../src/quantizedNetwork.js";
import { runProgram } from "../../src/runProgram.js";
import { randomGraph } from "../support/randomGraphs.js";
import { runReference } from "../support/referenceNetwork.js";
import { runInC, runOracle, testInputs } from "./runNetwork.js";

const kernels = new KernelLibrary("src/kernels", "src/kernels");

/** Name of a tensor → its values by the definition of every layer. */
function referenceTensors(network: QuantizedNetwork, input: Int8Array): ReadonlyMap<string, Int8Array> {
  const values = runReference(network, input);
  return new Map(network.tensors.map(({ name }, tensor) => [name, values[tensor]!]));
}

describe("graphs of layers that compute value by value or move values", () => {
  it("give every tensor's bytes by their definition, whatever shares memory with what", () => {
    fc.assert(
      fc.property(randomGraph, (network) => {
        for (const optimize of optimizeModes) {
          const program = planProgram(network, { optimize, passes: false });
          for (const input of testInputs(program.input.bytes).slice(2, 5)) {
            const expected = referenceTensors(network, input);
            runProgram(program, input, ({ output }, found) => {
              // parts of a long concatenation are no tensors of the network
              const golden = expected.get(output.name);
              if (golden) expect([output.name, ...found]).toEqual([output.name, ...golden]);
            });
          }
        }
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it("give the same output with passes, for every input", () => {
    fc.assert(
      fc.property(randomGraph, (network) => {
        const program = planProgram(network);
        for (const input of testInputs(program.input.bytes).slice(0, 6)) {
          const expected = runReference(network, input)[network.output]!;
          expect([...runProgram(program, input)]).toEqual([...expected]);
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it("give the same bytes in TypeScript and in the emitted C", () => {
    for (const network of fc.sample(randomGraph, { seed: 6, numRuns: 6 })) {
      const program = planProgram(network, { passes: false });
      const inputs = testInputs(program.input.bytes).slice(0, 6);
      expect(runInC(program, kernels, inputs)).toEqual(runOracle(program, inputs));
    }
  });
});
