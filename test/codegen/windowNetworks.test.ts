import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { onlyInput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes, type Program } from "../../src/program/program.js";
import { anyTarget, findTarget } from "../../src/program/target.js";
import { randomWindowNetwork } from "../support/randomWindowNetworks.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { testInputs } from "./runNetwork.js";

/** Programs that are compiled and run. */
const tried = 15;

/** Each mode, for speed with packed arithmetic, for size with and without. */
const plans = [
  ...optimizeModes.map((optimize) => ({
    optimize,
    target: optimize === "speed" ? findTarget("cortex-m4") : anyTarget,
  })),
  { optimize: "size" as const, target: findTarget("cortex-m4") },
];

/** The program of each random network that can run in int32, planned by turns in each way. */
const programs = fc
  .sample(randomWindowNetwork(undefined, [3, 6]), { seed: 77, numRuns: 30 })
  .flatMap((network, index) => {
    try {
      return [planProgram(network, { ...plans[index % plans.length], passes: false })];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });

describe("generated C of layers with windows", () => {
  it("is made for most of the random networks, with every kernel", () => {
    expect(programs.length).toBeGreaterThanOrEqual(tried);
    const calls = programs.slice(0, tried).flatMap((program) => program.calls);
    expect(
      [
        ...new Set(
          calls.map(({ kernel, layer }) => {
            const kind = layer.hasPlane ? " of a plane" : layer.hasOneShift ? " of one shift" : "";
            return `${kernel}${kind}${layer.isPacked ? " packed" : ""}`;
          }),
        ),
      ].sort(),
    ).toEqual([
      "averagePool",
      "averagePoolWhole",
      "depthwiseConvolution",
      "depthwisePairs",
      "depthwisePairs of one shift",
      "depthwiseShared",
      "depthwiseShared packed",
      "depthwiseStrips",
      "depthwiseStrips of a plane",
      "maxPool",
      "mean",
    ]);
    expect(calls.some(({ inputs, output }) => inputs[0].offset === output.offset)).toBe(true);
  });

  it.each(
    programs
      .slice(0, 15)
      .map((program, index): [number, string, Program] => [
        index,
        `${program.optimize} on ${program.target.id}`,
        program,
      ]),
  )("of random network %i, for %s, gives the oracle's bytes in every layer", (_, __, program) => {
    const inputs = testInputs(onlyInput(program).bytes);
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
  });
});
