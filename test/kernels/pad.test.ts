import { describe, expect, it } from "vitest";
import type { Shape } from "../../src/base/tensor.js";
import { onlyInput } from "../../src/network/ports.js";
import { runProgram } from "../../src/program/runProgram.js";
import { chooseKernel, oneCall, tensor } from "../support/oneCall.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

function plan(shape: Shape, before: readonly number[], after: readonly number[], value = -9) {
  const input = tensor(shape);
  const output = tensor(shape.map((size, axis) => before[axis] + size + after[axis]));
  return oneCall(chooseKernel({ kind: "pad", before, after, value }, [input], output), [input], output);
}

/** Position by position, with an index for every axis. */
function padded(
  shape: Shape,
  before: readonly number[],
  after: readonly number[],
  data: Int8Array,
): number[] {
  const result: number[] = [];
  const visit = (axis: number, index: number, isInside: boolean): void => {
    if (axis === shape.length) {
      result.push(isInside ? data[index] : -9);
      return;
    }
    for (let i = -before[axis]; i < shape[axis] + after[axis]; i++) {
      visit(axis + 1, index * shape[axis] + i, isInside && i >= 0 && i < shape[axis]);
    }
  };
  visit(0, 0, true);
  return result;
}

describe("pad", () => {
  it("surrounds an image with rows and columns of the value", () => {
    const program = plan([1, 2, 1], [1, 1, 0], [0, 2, 0]);
    expect([...runProgram(program, Int8Array.of(5, 6))]).toEqual([-9, -9, -9, -9, -9, -9, 5, 6, -9, -9]);
  });

  it.each([
    [
      [3, 4, 2],
      [1, 2, 0],
      [2, 1, 0],
    ],
    [
      [3, 4, 2],
      [1, 2, 3],
      [0, 1, 2],
    ],
    [
      [3, 4, 2],
      [0, 0, 1],
      [0, 0, 0],
    ],
    [
      [3, 4, 2],
      [2, 0, 0],
      [1, 0, 0],
    ],
    [
      [3, 4, 2],
      [0, 0, 0],
      [0, 0, 0],
    ],
    [[5], [1], [2]],
    [
      [2, 3, 2, 3],
      [0, 1, 2, 0],
      [0, 0, 1, 0],
    ],
    [
      [2, 3, 2, 3],
      [1, 0, 2, 1],
      [1, 0, 1, 0],
    ],
  ])("gives each of [%j] its place, padded by %j and %j, in TypeScript and in C", (shape, before, after) => {
    const program = plan(shape, before, after);
    const data = Int8Array.from({ length: onlyInput(program).bytes }, (_, i) => i + 1);
    const expected = padded(shape, before, after, data);
    expect([...runProgram(program, data)]).toEqual(expected);
    expect(runGenerated(program, [data])).toEqual(runOracle(program, [data]));
  });

  it("refuses to pad along more axes than it knows, and another scale", () => {
    expect(() => plan([2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 0])).toThrow(
      'layer "layer": pads along 4 axes of [2, 2, 2, 2], at most 3 are possible',
    );
    const layer = { kind: "pad", before: [0], after: [0], value: 0 } as const;
    expect(() => chooseKernel(layer, [tensor([1])], tensor([1], 2))).toThrow(
      'layer "layer": expected scale 2 and zero point 0 of its output in "tensor", found 1 and 0',
    );
  });
});
