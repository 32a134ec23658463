import { describe, expect, it } from "vitest";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes, type Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { runReference } from "../support/referenceNetwork.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { testInputs } from "./runNetwork.js";

/** Whether some call's output lies in its input's memory, but not at the same byte. */
function isOverlapping({ calls }: Program): boolean {
  return calls.some(({ inputs, output }) =>
    inputs.some(
      ({ offset, bytes }) =>
        offset !== output.offset && offset < output.offset + output.bytes && output.offset < offset + bytes,
    ),
  );
}

describe("networks of images, with passes, outputs over inputs and scratch", () => {
  it.each(optimizeModes)("give the definition's bytes on the host, planned for %s", (optimize) => {
    let overlapping = 0;
    for (let seed = 0; seed < 80; seed++) {
      const network = randomPlantedNetwork(seed, { layers: 1 + (seed % 8) });
      for (const passes of [true, false]) {
        const program = planProgram(network, { optimize, passes });
        const input = randomInput(network, seed);
        const expected = runReference(network, input)[onlyOutput(network).tensor] as Int8Array;
        expect([seed, ...runProgram(program, input)]).toEqual([seed, ...expected]);
        if (isOverlapping(program)) overlapping++;
      }
    }
    expect(overlapping).toBeGreaterThan(40);
  });

  it("give the oracle's bytes in C under the sanitizers, in every layer", () => {
    const programs = [1, 4, 9]
      .map((seed, index) => planProgram(randomPlantedNetwork(seed), { optimize: optimizeModes[index] }))
      .filter(isOverlapping);
    expect(programs.length).toBeGreaterThan(1);
    for (const program of programs) {
      const inputs = testInputs(onlyInput(program).bytes).slice(0, 5);
      expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    }
  });
});
