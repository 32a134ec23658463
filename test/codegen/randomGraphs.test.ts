import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onlyInput, onlyOutput, portBytes } from "../../src/network/ports.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { ports } from "../support/ports.js";
import { randomGraph } from "../support/randomGraphs.js";
import { runReference } from "../support/referenceNetwork.js";
import { withMorePorts } from "../support/severalPorts.js";
import { runInC, runOracle, testInputs } from "./runNetwork.js";

/** Name of a tensor → its values by the definition of every layer. */
function referenceTensors(network: QuantizedNetwork, input: Int8Array): ReadonlyMap<string, Int8Array> {
  const values = runReference(network, input);
  return new Map(network.tensors.map(({ name }, tensor) => [name, values[tensor]!]));
}

describe("graphs of layers that compute value by value or move values", () => {
  it("give every tensor's bytes by their definition, whatever shares memory with what", () => {
    fc.assert(
      fc.property(randomGraph, (network) => {
        for (const optimize of ["speed", "size"] as const) {
          const program = planProgram(network, { optimize, passes: false });
          for (const input of testInputs(onlyInput(program).bytes).slice(2, 5)) {
            const expected = referenceTensors(network, input);
            runProgram(program, input, ({ output }, found) => {
              // parts of a long concatenation are no tensors of the network
              const golden = expected.get(output.name);
              if (golden) expect([output.name, ...found]).toEqual([output.name, ...golden]);
            });
          }
        }
      }),
      { seed: 4, numRuns: 15 },
    );
  });

  it("give the same output with passes, for every input", () => {
    fc.assert(
      fc.property(randomGraph, (network) => {
        const program = planProgram(network);
        for (const input of testInputs(onlyInput(program).bytes).slice(0, 6)) {
          const expected = runReference(network, input)[onlyOutput(network).tensor]!;
          expect([...runProgram(program, input)]).toEqual([...expected]);
        }
      }),
      { seed: 5, numRuns: 20 },
    );
  });

  it("give all outputs of a graph that is cut into several inputs, and gives what is in its middle", () => {
    const choice = fc.tuple(fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(randomGraph, choice, (graph, choose) => {
        const network = withMorePorts(graph, choose);
        for (const [optimize, passes] of [
          ["speed", true],
          ["ram", false],
        ] as const) {
          const program = planProgram(network, { optimize, passes });
          const [, , input] = testInputs(portBytes(program.inputs));
          const tensors = runReference(network, input!);
          const expected = network.outputs.flatMap(({ tensor }) => [...tensors[tensor]!]);
          expect([...runProgram(program, input!)]).toEqual(expected);
        }
      }),
      { seed: 8, numRuns: 8 },
    );
  });

  it("leave an output in peace that the last call reads and nothing else needs", () => {
    const tensor = { elementType: "int8", shape: [4], quantization: { scale: 1, zeroPoint: 0 } } as const;
    const table = Int8Array.from({ length: 256 }, (_, i) => 127 - i);
    const lookup = { kind: "lookup", activation: "turn", table } as const;
    const network: QuantizedNetwork = {
      name: "two ends",
      tensors: ["input", "output", "unused"].map((name) => ({ name, ...tensor })),
      ...ports(0, 1),
      layers: [
        { ...lookup, name: "output", inputs: [0], output: 1 },
        { ...lookup, name: "unused", inputs: [1], output: 2 },
      ],
    };
    const program = planProgram(network, { passes: false });
    expect([...runProgram(program, Int8Array.of(1, 2, 3, 4))]).toEqual([-2, -3, -4, -5]);
  });

  it("give the same bytes in TypeScript and in the emitted C", () => {
    for (const network of fc.sample(randomGraph, { seed: 6, numRuns: 2 })) {
      const program = planProgram(network, { passes: false });
      const inputs = testInputs(onlyInput(program).bytes).slice(0, 6);
      expect(runInC(program, kernels, inputs)).toEqual(runOracle(program, inputs));
    }
  });
});
