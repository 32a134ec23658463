import { describe, expect, it } from "vitest";
import { moons, rings, spirals } from "../../../src/train/data/shapes.js";
import { userError } from "../userError.js";

describe("shapes", () => {
  it.each([
    ["rings", rings],
    ["moons", moons],
    ["spirals", spirals],
  ])("%s have two classes of equal size, and the same points for the same seed", (_, make) => {
    const { inputs, targets } = make(100, { seed: 1, noise: 0.1 });
    expect(inputs.shape).toEqual([100, 2]);
    expect((targets as Uint8Array).filter((label) => label === 1)).toHaveLength(50);
    expect(make(100, { seed: 1, noise: 0.1 })).toEqual({ inputs, targets });
    expect(make(100, { seed: 2, noise: 0.1 }).inputs).not.toEqual(inputs);
  });

  it("rings leave a gap between disc and ring", () => {
    const { inputs, targets } = rings(200, { seed: 1 });
    (targets as Uint8Array).forEach((label, b) => {
      const radius = Math.hypot(inputs.data[2 * b], inputs.data[2 * b + 1]);
      if (label === 0)
        expect(radius).toBeLessThan(0.5 + 1e-6); // float32
      else expect(Math.abs(radius - 0.875)).toBeLessThan(0.125 + 1e-6);
    });
  });

  it("noise moves each coordinate", () => {
    const [still, moved] = [0, 0.1].map((noise) => moons(500, { seed: 1, noise }).inputs.data);
    expect(still).not.toEqual(moved);
  });

  it("need two samples", () => {
    expect(() => rings(1, { seed: 1 })).toThrow(userError("samples must be an integer above 1, found 1"));
  });
});
