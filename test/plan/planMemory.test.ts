import { expect, it } from "vitest";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planMemory } from "../../src/plan/planMemory.js";
import { scratchView } from "../../src/program/scratch.js";
import { ports } from "../support/ports.js";

const quantization = { scale: 1, zeroPoint: 0 };
const network: QuantizedNetwork = {
  name: "net",
  tensors: [3, 5].map((size) => ({ elementType: "int8", name: `${size}`, shape: [size], quantization })),
  ...ports(0, 1),
  layers: [
    { kind: "lookup", name: "table", activation: "", inputs: [0], output: 1, table: new Int8Array(256) },
  ],
};

it("a call's scratch begins at a word, whatever it holds", () => {
  const scratch = [
    { elementType: "int8", elements: 3 },
    { elementType: "int32", elements: 2 },
    { elementType: "int16", elements: 1 },
  ] as const;
  const layer = network.layers[0];
  const { bytes, uses, scratchOffsets } = planMemory(network, [
    { layer, choice: { kernel: "", layer: {}, scratch } },
  ]);
  expect(uses.filter(({ kind }) => kind === "scratch").map((use) => use.bytes)).toEqual([3, 8, 2]);
  // 3, 5, 3, 8 and 2 bytes, each to a word
  expect(bytes).toBe(4 + 8 + 4 + 8 + 4);
  const arena = new ArrayBuffer(bytes);
  const views = scratch.map((need, i) => scratchView(arena, { ...need, offset: scratchOffsets[0][i] }));
  expect(views.map((view) => [view.constructor.name, view.length])).toEqual([
    ["Int8Array", 3],
    ["Int32Array", 2],
    ["Int16Array", 1],
  ]);
});
