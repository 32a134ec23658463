import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { UserError } from "../../src/base/errors.js";
import { onlyInput } from "../../src/network/ports.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { packageKernels } from "../support/packageKernels.js";
import { randomNetwork } from "../support/randomNetworks.js";
import { printNetwork, runInC, runOracle, testInputs } from "./runNetwork.js";

const kernels = packageKernels;

function tryPlan(network: QuantizedNetwork, index: number): Program | undefined {
  try {
    return planProgram(network, { optimize: index % 3 === 0 ? "size" : "speed" });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

describe("generated C", () => {
  const networks = fc.sample(randomNetwork, { seed: 20261122, numRuns: 60 });
  const planned = networks.map((network, index) => tryPlan(network, index)).filter((p) => p !== undefined);

  it("is made for most of the random networks, with every kernel and every sort of shift", () => {
    expect(planned.length).toBeGreaterThan(25);
    const calls = planned.flatMap((p) => p.calls);
    expect(new Set(calls.map((call) => call.kernel))).toEqual(
      new Set(["fullyConnected", "fullyConnectedBlocked", "fullyConnectedCompact", "softmax"]),
    );
    const layers = calls.map((call) => call.layer);
    expect(layers.some((layer) => layer.hasLeftShift === 1)).toBe(true);
    const numbers = (field: string) =>
      layers.flatMap((layer) => {
        const value = layer[field];
        return typeof value === "number" ? [value] : [...(value ?? [])];
      });
    expect(numbers("multiplier")).toContain(0);
    expect(Math.max(...numbers("rightShift"))).toBeGreaterThan(20);
  });

  it.each(planned.slice(0, 30).map((p, index) => [index, p] as const))(
    "of random network %i gives the oracle's bytes in every layer",
    (_, p) => {
      const inputs = testInputs(onlyInput(p).bytes);
      expect(runInC(p, kernels, inputs)).toEqual(runOracle(p, inputs));
    },
  );

  it("is the same text for the same network", () => {
    const [p] = planned;
    const print = () => printNetwork(p, new KernelLibrary("src/kernels", "src/kernels"));
    expect(print()).toEqual(print());
  });
});
