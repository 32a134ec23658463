import { describe, expect, it } from "vitest";
import { GradientRoom } from "../../../src/train/network/gradientRoom.js";

describe("room for derivatives", () => {
  it("is the same for an activation until it is given back, then another's of that size", () => {
    const lengths: number[] = [];
    const room = new GradientRoom((length) => {
      lengths.push(length);
      return new Float32Array(length);
    });
    const first = room.take(3, [2, 5]);
    expect(room.take(3, [2, 5])).toBe(first);
    const second = room.take(2, [2, 5]);
    expect(second.data).not.toBe(first.data);
    room.giveBack(3);
    expect(room.take(1, [2, 4]).data).not.toBe(first.data);
    const third = room.take(0, [10]);
    expect(third.data).toBe(first.data);
    expect(third.shape).toEqual([10]);
    expect(lengths).toEqual([10, 10, 8]);
  });
});
