import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor.js";
import { glorot, he, type Initializer, numpyUniform } from "../../src/train/initializers.js";

/** Weights of a layer, drawn in double precision. */
function draw(initializer: Initializer, inFeatures: number, outFeatures: number, seed: number): number[] {
  const weights = Tensor.zeros([outFeatures, inFeatures], "float64");
  initializer(weights, new Random(seed), { fanIn: inFeatures, fanOut: outFeatures });
  return [...weights.data];
}

describe("initial weights", () => {
  it("by He are normal with σ = √(2 / inputs)", () => {
    // √(2 / 8) = 0.5; randn() after seed(0) starts with 1.764052345967664, 0.4001572083672233
    const [first, second] = draw(he, 8, 1, 0);
    expect(first).toBeCloseTo(0.882026172983832, 15);
    expect(second).toBeCloseTo(0.20007860418361165, 15);
  });

  it("by Glorot are uniform in ±√(6 / (inputs + outputs))", () => {
    // √(6 / (2 + 22)) = 0.5; random() after seed(1) starts with 0.417022004702574: 0.5 · (2 · 0.417… − 1)
    expect(draw(glorot, 2, 22, 1)[0]).toBeCloseTo(-0.082977995297426, 15);
  });

  it("as NumPy writes them are drawn input by input", () => {
    // random(2, 3) after seed(1), its columns as rows
    expect(draw(numpyUniform(1, 0), 2, 3, 1)).toEqual([
      0.417022004702574, 0.30233257263183977, 0.7203244934421581, 0.14675589081711304, 0.00011437481734488664,
      0.0923385947687978,
    ]);
  });
});
