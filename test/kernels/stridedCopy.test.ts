import { describe, expect, it } from "vitest";
import { elementCount } from "../../src/base/tensor.js";
import type { QuantizedCopy, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planCopy } from "../../src/plan/planCopy.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { runInC } from "../codegen/runNetwork.js";
import { context } from "../support/layerContext.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { ports } from "../support/ports.js";

type View = Pick<QuantizedCopy, "start" | "sizes" | "strides">;

const quantization = { scale: 0.5, zeroPoint: 3 };

/** The places of the input that a view takes. */
function placesOf({ start, sizes, strides }: View): number[] {
  const [size, ...restSizes] = sizes;
  const [stride, ...restStrides] = strides;
  if (size === undefined || stride === undefined) return [start];
  return Array.from({ length: size }, (_, i) =>
    placesOf({ start: start + i * stride, sizes: restSizes, strides: restStrides }),
  ).flat();
}

/** Of 120 values each: one after the other they make a chain. */
const views: Readonly<Record<string, View>> = {
  "transposes [2, 3, 4, 5] to [5, 3, 2, 4]": { start: 0, sizes: [5, 3, 2, 4], strides: [1, 20, 60, 5] },
  "goes back along two axes of [6, 20]": { start: 119, sizes: [6, 20], strides: [-20, -1] },
  "cuts [4, 5] out of [10, 12] and repeats each value twice in both directions": {
    start: 14,
    sizes: [4, 2, 5, 2],
    strides: [12, 0, 1, 0],
  },
  "takes every second of what is left, and some of it again": { start: 1, sizes: [3, 40], strides: [0, 2] },
  "moves along five axes": { start: 3, sizes: [2, 2, 3, 2, 5], strides: [3, 30, 8, -3, 11] },
};

describe("a copy of some values in another order", () => {
  it.each(Object.entries(views))("%s", (_, view) => {
    const input = Int8Array.from({ length: 120 }, (_, i) => i - 60);
    const { program } = chain([view]);
    expect([...runProgram(program, input)]).toEqual(placesOf(view).map((place) => input[place]!));
  });

  it("gives the same in C, one after the other in each other's memory", () => {
    const { program, all } = chain(Object.values(views));
    const input = Int8Array.from({ length: 120 }, (_, i) => (i * 37) % 256);
    let expected = [...input];
    for (const view of all) expected = placesOf(view).map((place) => expected[place]!);
    expect([...runProgram(program, input)]).toEqual(expected);
    expect(runInC(program, kernels, [input]).slice(-expected.length)).toEqual(expected);
  });

  it("lies in its input's memory where nothing is written that is still read", () => {
    const distance = (view: View) => {
      const { network } = chain([view]);
      const [layer] = network.layers as QuantizedCopy[];
      return planCopy(layer!, context(network.tensors[0]!, network.tensors[1]!)).overlaps![0]!.distance;
    };
    // value i is read at 14 + i at least: the output may begin 14 bytes behind the input
    expect(distance({ start: 14, sizes: [4, 5], strides: [12, 1] })).toBe(-14);
    // value 59 is read at place 0
    expect(distance({ start: 59, sizes: [60], strides: [-1] })).toBe(59);
    // value 19 is the last that is read at place 9
    expect(distance({ start: 0, sizes: [10, 2], strides: [1, 0] })).toBe(10);
  });

  it("is refused along more axes than the kernel knows", () => {
    const view = { start: 0, sizes: [2, 2, 2, 2, 2, 2], strides: [1, 3, 7, 15, 31, 60] };
    expect(() => chain([view])).toThrow('layer "copy 0": copies along 6 axes, at most 5 are possible');
  });
});

/** A network of copies, each of the one before. */
function chain(all: readonly View[]) {
  const tensors = [[120], ...all.map(({ sizes }) => sizes)].map((shape, index) => ({
    name: `tensor ${index}`,
    shape,
    elementType: "int8" as const,
    quantization,
  }));
  const network: QuantizedNetwork = {
    name: "copies",
    tensors,
    ...ports(0, all.length),
    layers: all.map((view, i) => ({
      kind: "copy",
      name: `copy ${i}`,
      inputs: [i],
      output: i + 1,
      ...view,
    })),
  };
  for (const [i, view] of all.entries()) {
    const places = placesOf(view);
    const values = elementCount(tensors[i]!.shape);
    if (Math.min(...places) < 0 || Math.max(...places) >= values) throw new Error(`view ${i} reads outside`);
  }
  return { network, program: planProgram(network), all };
}
