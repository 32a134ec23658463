import { describe, expect, it } from "vitest";
import { countClipped } from "../../src/quantize/countClipped.js";

/** −12.8 to 12.7. */
const input = { elementType: "int8", quantization: { scale: 0.1, zeroPoint: 0 } } as const;

describe("countClipped", () => {
  it("finds nothing up to half a step beyond the range", () => {
    expect(countClipped([-12.8, 12.7, 12.74, -12.84, 0], input)).toBeUndefined();
  });

  it("counts what is clamped, and tells the farthest beyond", () => {
    expect(countClipped([12.8, 0, -540, 13], input)).toEqual({
      ...{ count: 3, values: 4 },
      worst: { index: 2, value: -540, least: -12.8, most: expect.closeTo(12.7, 6) },
    });
  });

  it("knows int16's range", () => {
    expect(countClipped([3276.7, -3276.8], { ...input, elementType: "int16" })).toBeUndefined();
    expect(countClipped([3277], { ...input, elementType: "int16" })?.count).toBe(1);
  });
});
