import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateNetwork } from "../../codegen/generatedNetwork.js";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { printHeader, printSource } from "../../codegen/printNetwork.js";
import { UserError } from "../../src/errors.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program.js";
import type { QuantizedNetwork } from "../../src/quantizedNetwork.js";
import { randomNetwork } from "../support/randomNetworks.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

function tryPlan(network: QuantizedNetwork): Program | undefined {
  try {
    return planProgram(network);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
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
      expect(runGenerated(p, inputs)).toEqual(runOracle(p, inputs));
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
