import { describe, expect, it } from "vitest";
import type { ActivationData } from "../../src/network/quantizedNetwork.js";
import { runProgram } from "../../src/program/runProgram.js";
import { chooseKernel, everyInt8, oneCall, tensor } from "../support/oneCall.js";

function run(values: Int8Array, from: [number, number], to: [number, number]): ActivationData {
  const [input, output] = [tensor([values.length], ...from), tensor([values.length], ...to)];
  return runProgram(
    oneCall(chooseKernel({ kind: "requantize" }, [input], output), [input], output, 0),
    values,
  );
}

describe("requantize", () => {
  it("subtracts one zero point, rescales, and adds the other", () => {
    // (10 − 2)·0.5/0.25 + 5 = 21; (−6 − 2)·2 + 5 = −11
    expect([...run(Int8Array.of(10, -6), [0.5, 2], [0.25, 5])]).toEqual([21, -11]);
  });

  it("rounds ties as its two steps do, and clamps", () => {
    // a factor of 1/2 has no right shift: ties go towards +∞. Of 1/4 it has one, which rounds away from zero
    expect([...run(Int8Array.of(1, -1, 3, -3), [1, 0], [2, 0])]).toEqual([1, 0, 2, -1]);
    expect([...run(Int8Array.of(2, -2, 6, -6), [1, 0], [4, 0])]).toEqual([1, -1, 2, -2]);
    expect([...run(Int8Array.of(127, -128), [1, 0], [0.5, 0])]).toEqual([127, -128]);
    expect([...run(Int8Array.of(127, -128), [2 ** 22, -128], [1, 0])]).toEqual([127, 0]);
  });

  it("changes nothing between equal scales, and only the sign between int8's two halves", () => {
    expect(run(everyInt8, [0.1, 7], [0.1, 7])).toEqual(everyInt8);
    expect(run(Int8Array.of(-128, 0), [1, -128], [1, 0])).toEqual(Int8Array.of(0, 127));
  });

  it("refuses a step that int32 cannot hold", () => {
    expect(() => run(everyInt8, [2 ** 22 + 1, 0], [1, 0])).toThrow(
      'layer "layer": one input step is 4194305 output steps, at most 4194304 are possible',
    );
  });
});
