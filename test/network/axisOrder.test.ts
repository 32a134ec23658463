import { describe, expect, it } from "vitest";
import { fromUserOrder, toUserOrder, userShape } from "../../src/network/axisOrder.js";

describe("the users' order of axes", () => {
  // two samples of [channels 2, height 1, width 3], for us [1, 3, 2]
  const theirs = Int8Array.of(0, 1, 2, 10, 11, 12, 50, 51, 52, 60, 61, 62);
  const ours = Int8Array.of(0, 10, 1, 11, 2, 12, 50, 60, 51, 61, 52, 62);

  it("is turned into ours and back, sample by sample", () => {
    expect(userShape([1, 3, 2], [2, 0, 1])).toEqual([2, 1, 3]);
    expect(fromUserOrder(theirs, [1, 3, 2], [2, 0, 1])).toEqual(ours);
    expect(toUserOrder(ours, [1, 3, 2], [2, 0, 1])).toEqual(theirs);
  });

  it("is turned round a circle of axes: theirs [a, b, c] are our [b, c, a]", () => {
    const values = Float32Array.from({ length: 24 }, (_, k) => k);
    const turned = fromUserOrder(values, [3, 4, 2], [2, 0, 1]); // theirs [2, 3, 4]
    expect([...turned.slice(0, 4)]).toEqual([0, 12, 1, 13]);
    expect(toUserOrder(turned, [3, 4, 2], [2, 0, 1])).toEqual(values);
  });

  it("is left alone where it is ours", () => {
    expect(fromUserOrder(theirs, [6], undefined)).toBe(theirs);
  });
});
