import { describe, expect, it } from "vitest";
import { hostModule } from "../../codegen/host/hostKernels.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes, type Program } from "../../src/program/program.js";
import { generatedRunner, plainRunner, type Runner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { resetStates } from "../../src/program/states.js";
import { lastRows, noiseRows, streamNetwork } from "../support/streamNetworks.js";

const runners: readonly (readonly [string, (program: Program) => Runner])[] = [
  ["plain kernels", plainRunner],
  ["generated ones", (program) => generatedRunner(program, hostModule(program))],
];

describe.each(runners)("a network that keeps rows, with %s", (_, make) => {
  it("moves them up, one row a run, and begins anew after a reset", () => {
    const runner = make(planProgram(lastRows));
    const run = (...values: number[]) => [...runner.run(Int8Array.from(values))];
    expect(run(7, 8)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(run(9, -9)).toEqual([5, 6, 7, 8, 9, -9]);
    runner.reset();
    expect(run(0, 1)).toEqual([3, 4, 5, 6, 0, 1]);
  });

  it("gives the same in each mode, with and without passes", () => {
    const network = streamNetwork();
    const rows = noiseRows(9, 6);
    const outputs = optimizeModes.flatMap((optimize) =>
      [true, false].map((passes) => {
        const runner = make(planProgram(network, { optimize, passes }));
        return rows.map((row) => [...runner.run(row)]);
      }),
    );
    expect(new Set(outputs.map((all) => JSON.stringify(all))).size).toBe(1);
    expect(new Set(outputs[0]!.map((one) => JSON.stringify(one))).size).toBe(rows.length);
  });
});

describe("runProgram", () => {
  const program = planProgram(lastRows);

  it("begins with what a reset leaves, unless states are given, which it changes", () => {
    const states = resetStates(program);
    expect([...states]).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
    for (const expected of [
      [3, 4, 5, 6, 7, 8],
      [5, 6, 7, 8, 7, 8],
    ]) {
      expect([...runProgram(program, Int8Array.of(7, 8), undefined, states)]).toEqual(expected);
    }
    expect([...runProgram(program, Int8Array.of(7, 8))]).toEqual([3, 4, 5, 6, 7, 8]);
  });
});

describe("a plan of a network that keeps rows", () => {
  it("has its states in front, each in bytes that nothing else takes", () => {
    for (const optimize of optimizeModes) {
      const program = planProgram(streamNetwork(), { optimize });
      const slots = program.states.map(({ name, offset, bytes }) => [name, offset, bytes]);
      expect(slots).toEqual([
        ["first", 0, 15],
        ["second", 16, 12],
      ]);
      const others = program.arenaUses.filter(({ kind }) => kind !== "state");
      expect(Math.min(...others.map(({ offset }) => offset))).toBe(28);
      expect(program.arenaUses.filter(({ kind }) => kind === "state").map(({ names }) => names)).toEqual([
        ["first"],
        ["second", "flat"],
      ]);
      expect(program.arenaLowerBoundBytes).toBeLessThanOrEqual(program.arenaBytes);
      expect(program.arenaLowerBoundBytes).toBeGreaterThan(28);
    }
  });

  const [window] = lastRows.layers;
  it.each<[string, Partial<QuantizedNetwork>]>([
    ["state 0 is not written before it is read", { states: [...lastRows.states, { tensor: 0, reset: 0 }] }],
    ["state 1 is not written before it is read", { states: [...lastRows.states, ...lastRows.states] }],
    ['layer "window" of kind streamWindow writes no state', { states: [] }],
    [
      'layer "window" of kind lookup writes a state',
      { layers: [{ ...window!, kind: "lookup", activation: "", table: new Int8Array(256), inputs: [1] }] },
    ],
  ])("is refused where %s", (message, change) => {
    expect(() => planProgram({ ...lastRows, ...change })).toThrow(`network "last rows": ${message}`);
  });
});
