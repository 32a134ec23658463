import { describe, expect, it } from "vitest";
import { chooseChannelBlock, chooseOutputBlock } from "../../src/plan/chooseBlock.js";

describe("chooseOutputBlock", () => {
  it("takes all outputs at once up to ten, then the steps of up to eight that leave little over", () => {
    const chosen = (outputs: number) => chooseOutputBlock(64, outputs);
    expect([1, 2, 3, 4, 7, 8, 9, 10].map(chosen)).toEqual([1, 2, 3, 4, 7, 8, 9, 10]);
    expect([12, 14, 15, 16, 18, 20, 30, 35].map(chosen)).toEqual([6, 7, 5, 8, 6, 5, 6, 7]);
    expect([11, 13, 17, 19, 23].map(chosen)).toEqual([5, 6, 8, 6, 7]);
    expect([128, 640].map(chosen)).toEqual([8, 8]);
  });

  it("does so for few inputs too", () => {
    expect([1, 2, 3, 10].map((outputs) => chooseOutputBlock(2, outputs))).toEqual([1, 2, 3, 10]);
  });
});

describe("chooseChannelBlock", () => {
  it("takes four channels a step, or fewer where less is computed again", () => {
    const chosen = (channels: number) => chooseChannelBlock(36, channels);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(chosen)).toEqual([1, 2, 3, 4, 3, 3, 4, 4, 3, 2]);
    expect([16, 60, 64, 128].map(chosen)).toEqual([4, 4, 4, 4]);
  });
});
