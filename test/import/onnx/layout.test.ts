import { describe, expect, it } from "vitest";
import { Layout } from "../../../src/import/onnx/layout.js";

/** [batch 1, channels 2, height 2, width 3], channels last in memory. */
const image = Layout.of([1, 2, 2, 3], [0, 2, 3, 1]);

describe("Layout", () => {
  it("knows which element lies where", () => {
    // memory: pixel by pixel both channels; channel 1 begins at element 6
    expect([...image.logicalIndices()]).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
    expect([...Layout.of([2, 3]).logicalIndices()]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("moves nothing for a flatten: the axis is three parts, which lie in another order", () => {
    const flat = image.reshape([1, 12])!;
    expect(flat.shape).toEqual([1, 12]);
    expect([...flat.axisIndices(1)]).toEqual([...image.logicalIndices()]);
  });

  it("cuts parts and joins them again, and tells where a cut is uneven", () => {
    const cut = image.reshape([1, 2, 3, 2]);
    expect(cut).toBeUndefined(); // 2 x 3 pixels as 3 x 2 would cut rows in the middle
    const back = image.reshape([12])!.reshape([1, 2, 6])!;
    expect(back.isSameAs(image)).toBe(true);
    const halves = Layout.of([1, 4, 5], [0, 2, 1]).reshape([1, 2, 2, 5])!;
    expect(halves.shape).toEqual([1, 2, 2, 5]);
    expect(halves.reshape([1, 4, 5])!.isSameAs(Layout.of([1, 4, 5], [0, 2, 1]))).toBe(true);
  });

  it("is in order after the transpose that its memory is", () => {
    expect(image.isInOrder).toBe(false);
    expect(image.transpose([0, 2, 3, 1]).isInOrder).toBe(true);
    expect(image.isStoredAs([2, 3, 1])).toBe(true);
    expect(image.isStoredAs([1, 2, 3])).toBe(false);
  });

  it("tells what lies outside and inside of axes", () => {
    expect(image.place([2, 3])).toEqual({ outer: 1, inner: 2 });
    expect(image.place([3])).toEqual({ outer: 2, inner: 2 });
    expect(image.place([1, 2])).toBeUndefined();
  });
});
