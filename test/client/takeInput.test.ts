import { describe, expect, it } from "vitest";
import type { NamedTensor } from "../../src/client/clientNetwork.js";
import { takeInput } from "../../src/client/takeInput.js";

const columns: NamedTensor = {
  ...{ name: "input", border: "float32", elementType: "int8", shape: [2] },
  ...{ quantization: { scale: 0.5, zeroPoint: -1 }, labels: ["left", "right"] },
};
const plain: NamedTensor = { ...columns, shape: [2, 2, 1] };
const { labels: _, ...unnamed } = plain;
const window: NamedTensor = {
  ...{ name: "input", border: "int16", elementType: "int16", shape: [2, 2], labels: ["x", "y"] },
  quantization: [
    { scale: 1, zeroPoint: 0 },
    { scale: 0.25, zeroPoint: 100 },
  ],
};
const pixels: NamedTensor = { ...unnamed, border: "uint8" };

describe("what a client takes", () => {
  // value / scale, ties away from zero, + zero point, clamped
  it.each<[string, NamedTensor, unknown, number[]]>([
    ["columns in any order", columns, { right: 1.25, left: -1 }, [-3, 2]],
    ["columns beyond the range", columns, { left: 1000, right: Number.NEGATIVE_INFINITY }, [127, -128]],
    ["numbers row by row", unnamed, [0, 0.5, 1, 1.5], [-1, 0, 1, 2]],
    [
      "rows, each column by its own scale",
      window,
      [
        { x: 1.5, y: 1 },
        { y: -1, x: -40000 },
      ],
      [2, 104, -32768, 96],
    ],
    ["real values", window, Float32Array.of(1, 1, 2, 2), [1, 104, 2, 108]],
    ["the network's own int16", window, Int16Array.of(1, 2, 3, 4), [1, 2, 3, 4]],
    ["the network's own int8", columns, Int8Array.of(-128, 127), [-128, 127]],
    ["bytes for uint8", pixels, Uint8Array.of(0, 127, 128, 255), [-128, -1, 0, 127]],
  ])("%s", (_title, tensor, input, expected) => {
    const taken = takeInput(tensor, input);
    expect([...taken]).toEqual(expected);
    expect(taken).not.toBe(input);
  });

  it.each<[string, NamedTensor, unknown, string]>([
    ["a column that is missing", columns, { left: 1 }, 'column "right" is nothing; expected a number'],
    [
      "a column too much",
      columns,
      { left: 1, right: 1, up: 1 },
      'the input has a column "up"; the network has none of that name',
    ],
    [
      "a column that is no number",
      columns,
      { left: Number.NaN, right: 1 },
      'column "left" is NaN; expected a number',
    ],
    ["no object", columns, [1, 2], "the input is an array of 2; expected an object"],
    ["a row that is none", window, [{ x: 1, y: 1 }, 5], "the input of row 1 is 5; expected an object"],
    [
      "a row too few",
      window,
      [{ x: 1, y: 1 }],
      "the input has 2 values; the network takes 4, [2, 2], rows of 2",
    ],
    ["too few values", unnamed, Float32Array.of(1), "the input has 1 values; the network takes 4, [2, 2, 1]"],
    ["too many of its own", columns, new Int8Array(3), "the input has 3 values; the network takes 2, [2]"],
    ["a value that is none", unnamed, [1, 2, "3", 4], 'value 2 is "3"; expected a number'],
    [
      "bytes where nobody holds bytes",
      columns,
      new Uint8Array(2),
      "the input is a Uint8Array; expected Float32Array, Float64Array or Int8Array",
    ],
    ["nothing", unnamed, undefined, "the input is nothing; expected an array"],
  ])("refuses %s", (_title, tensor, input, message) => {
    expect(() => takeInput(tensor, input)).toThrow(message);
  });
});
