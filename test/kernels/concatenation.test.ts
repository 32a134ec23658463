import { describe, expect, it } from "vitest";
import { networkHash } from "../../src/network/networkHash.js";
import type { QuantizedNetwork, QuantizedTensor } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { chooseKernel, oneCall, tensor } from "../support/oneCall.js";
import { ports } from "../support/ports.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

const count = (size: number, first = 0) => Array.from({ length: size }, (_, i) => i + first);

function plan(axis: number, inputs: readonly QuantizedTensor[], output: QuantizedTensor) {
  return oneCall(chooseKernel({ kind: "concatenation", axis }, inputs, output), inputs, output);
}

/** A network that joins `copies` lookups of its input, each adding its number. */
function joined(copies: number): QuantizedNetwork {
  const quantization = { scale: 1, zeroPoint: 0 };
  const numbers = count(copies);
  const add = (n: number) => Int8Array.from({ length: 256 }, (_, i) => Math.min(127, i - 128 + n));
  return {
    name: "joined",
    tensors: [
      { elementType: "int8", name: "input", shape: [2, 1], quantization },
      ...numbers.map((n) => ({
        elementType: "int8" as const,
        name: `part ${n}`,
        shape: [2, 1],
        quantization,
      })),
      { elementType: "int8", name: "output", shape: [2, copies], quantization },
    ],
    ...ports(0, copies + 1),
    layers: [
      ...numbers.map((n) => ({
        kind: "lookup" as const,
        name: `add ${n}`,
        activation: "add",
        inputs: [0],
        output: n + 1,
        table: add(n),
      })),
      {
        kind: "concatenation",
        name: "join",
        axis: 1,
        inputs: numbers.map((n) => n + 1),
        output: copies + 1,
      },
    ],
  };
}

describe("concatenation", () => {
  it("joins along the outermost axis, piece behind piece", () => {
    const program = plan(0, [tensor([1, 2]), tensor([2, 2])], tensor([3, 2]));
    expect([...runProgram(program, Int8Array.from(count(6)))]).toEqual(count(6));
  });

  it("joins along the innermost axis, row by row", () => {
    // rows 0 1 | 4, 2 3 | 5
    const program = plan(1, [tensor([2, 2]), tensor([2, 1])], tensor([2, 3]));
    expect([...runProgram(program, Int8Array.from(count(6)))]).toEqual([0, 1, 4, 2, 3, 5]);
  });

  it("joins along an axis in the middle", () => {
    // [2, 1, 2] and [2, 2, 2]: first plane 0 1 | 4 5 6 7, second 2 3 | 8 9 10 11
    const program = plan(1, [tensor([2, 1, 2]), tensor([2, 2, 2])], tensor([2, 3, 2]));
    const expected = [0, 1, 4, 5, 6, 7, 2, 3, 8, 9, 10, 11];
    expect([...runProgram(program, Int8Array.from(count(12)))]).toEqual(expected);
  });

  it.each([2, 3, 4])("gives the same bytes in TypeScript and in the emitted C for %i inputs", (inputs) => {
    const parts = count(inputs, 1).map((channels) => tensor([3, 5, channels], 0.5, -7));
    const channels = parts.reduce((sum, { shape }) => sum + shape[2], 0);
    const program = plan(2, parts, tensor([3, 5, channels], 0.5, -7));
    const data = Int8Array.from({ length: 15 * channels }, (_, i) => Math.imul(i, 2654435761) >> 24);
    expect(runGenerated(program, [data])).toEqual(runOracle(program, [data]));
  });

  it.each([1, 4, 5, 6, 9, 17, 21])("joins %i inputs, in parts where there are more than four", (inputs) => {
    const network = joined(inputs);
    const program = planProgram(network);
    expect([...runProgram(program, Int8Array.of(10, -50))]).toEqual([
      ...count(inputs, 10),
      ...count(inputs, -50),
    ]);
    expect(program.hash).toBe(networkHash(network));
  });

  it("names the parts of a long concatenation by their inputs", () => {
    const names = planProgram(joined(6), { passes: false })
      .calls.slice(6)
      .map(({ name }) => name);
    expect(names).toEqual(["join (inputs 0 to 3)", "join (inputs 4 to 5)", "join"]);
  });

  it("refuses inputs of another scale or zero point", () => {
    expect(() => plan(0, [tensor([1]), tensor([1], 0.5, 3)], tensor([2]))).toThrow(
      'layer "layer": expected scale 1 and zero point 0 of its output in "tensor", found 0.5 and 3',
    );
  });
});
