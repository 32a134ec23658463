import { describe, expect, it } from "vitest";
import { Expression } from "../../../src/train/layers/expression.js";

describe("a function of one value in words", () => {
  it.each([
    ["x", 3, 3],
    ["x x sigmoid *", 1, 1 / (1 + Math.exp(-1))],
    ["x 2 * 1 - abs", -1, 3],
    ["x 0.1 leakyRelu", -5, -0.5],
    // erf(0.5) and erf(-2) from Abramowitz and Stegun 1964, table 7.1
    ["x erf", 0.5, 0.5204998778],
    ["x erf", -2, -0.995322265],
    ["x softplus", 800, 800],
    ["x sigmoid", -800, 0],
  ])("%s at %d is %d", (words, x, value) => {
    expect(new Expression(words).at(x)[0]).toBeCloseTo(value, 6);
  });

  it("is refused where words are unknown, or leave more or less than one value", () => {
    const made = (words: string) => () => new Expression(words);
    expect(made("x cosh")).toThrow('the function "x cosh" has the word "cosh"');
    expect(made("x +")).toThrow('the function "x +" has too little before "+"');
    expect(made("x x")).toThrow('the function "x x" leaves 2 values, not one');
    expect(made("x constructor")).toThrow('the function "x constructor" has the word "constructor"');
    expect(made(`x${" neg".repeat(200)}`)).toThrow(/has 201 words; at most 200 are read$/);
  });
});
