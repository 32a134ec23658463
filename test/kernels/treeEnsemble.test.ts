import { describe, expect, it } from "vitest";
import type { QuantizedNetwork, QuantizedTrees } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { treeNetwork } from "../support/treeNetwork.js";

const votes = [10, 0, 0, 0, 20, 0, 0, 0, 40, 2, 2, 2];

const outputs = (network: QuantizedNetwork, ...input: number[]) => [
  ...runProgram(planProgram(network), Int16Array.from(input)),
];

/** The network with a change to its trees. */
function changed(change: Partial<QuantizedTrees>): QuantizedNetwork {
  const network = treeNetwork(votes);
  return { ...network, layers: network.layers.map((layer) => ({ ...layer, ...change }) as QuantizedTrees) };
}

describe("treeEnsemble", () => {
  it("goes the first way up to a threshold, and the second above it", () => {
    // leaves 0 and 3: (10 + 2, 2, 2) / 2; 0 and 0: 20 / 2
    expect(outputs(treeNetwork(votes), 10, 0)).toEqual([6, 1, 1]);
    expect(outputs(treeNetwork(votes), 10, 1)).toEqual([10, 0, 0]);
    // leaves 1 and 3: (2, 22, 2) / 2; 2 and 3: (2, 2, 42) / 2
    expect(outputs(treeNetwork(votes), 11, -5)).toEqual([1, 11, 1]);
    expect(outputs(treeNetwork(votes), 11, -4)).toEqual([1, 1, 21]);
  });

  it("begins with the base and ends within int8", () => {
    expect(outputs(treeNetwork(votes, { base: [-2, 400, -400] }), 10, 0)).toEqual([5, 127, -128]);
  });

  it("gives the class of the largest sum the largest output alone, the first of equal ones", () => {
    // 100 and 101 are 50 and 51 halves; 101 and 102 both 51: −0.5 is rounded away from zero, as 0.5 is
    const close = (...sums: number[]) =>
      outputs(treeNetwork([...sums, ...new Array(9).fill(0)], { isRanked: true }), 0, 1);
    expect(close(51, 50, 0)).toEqual([51, 50, 0]);
    expect(close(50, 50, 0)).toEqual([50, 49, 0]);
    expect(close(0, 50, 50)).toEqual([0, 50, 49]);
    expect(close(300, 301, 299)).toEqual([126, 127, 126]);
    expect(close(-300, -301, -299)).toEqual([-128, -128, -127]);
  });

  it("gives the same bytes in TypeScript and in the emitted C", () => {
    const wide = [2 ** 29, -(2 ** 29), 2 ** 28, 123456789, -987654321, 5, 7, -9, 2 ** 29, 1, 2, 3];
    const network = treeNetwork(wide, { base: [-5, 2 ** 29, 17], factor: 2 ** -23, isRanked: true });
    const program = planProgram(network);
    const inputs = [-32768, 10, 11, 32767].flatMap((a) =>
      [-32768, -5, -4, 0, 1].map((b) => Int16Array.of(a, b)),
    );
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
  });
});

describe("planTrees", () => {
  it("refuses sums that leave int32, whichever way samples take", () => {
    const large = treeNetwork([2 ** 30, ...new Array(8).fill(0), -(2 ** 30), 0, 0]);
    expect(() => planProgram(large)).toThrow(
      'layer "trees": its sums reach 2147483648, int32 ends at 2147483647',
    );
  });

  it("refuses a factor of 1 and more", () => {
    expect(() => planProgram(changed({ factor: 1 }))).toThrow(
      'layer "trees": 1 of its sums is 1 output steps; less than 1 is possible',
    );
  });

  it("refuses more different leaves than int16 can name", () => {
    expect(() => planProgram(changed({ leaves: new Int32Array(3 * 32769) }))).toThrow(
      'layer "trees": it has 32769 different leaves; at most 32768 are possible',
    );
  });
});
