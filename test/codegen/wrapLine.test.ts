import { describe, expect, it } from "vitest";
import { wrapLine } from "../../codegen/wrapLine.js";

const word = (length: number) => "x".repeat(length);

describe("wrapLine", () => {
  it("leaves a line that ends at column 110", () => {
    expect(wrapLine(word(102), 8)).toBe(word(102));
  });

  it("goes on under the open parenthesis", () => {
    const line = `call(${word(60)}, ${word(30)}, ${word(20)});`;
    expect(wrapLine(line, 0)).toBe(`call(${word(60)}, ${word(30)},\n     ${word(20)});`);
  });

  it("breaks between arguments and not inside of a sum", () => {
    const line = `call(${word(50)}, ${word(30)} + ${word(40)});`;
    expect(wrapLine(line, 0)).toBe(`call(${word(50)},\n     ${word(30)} + ${word(40)});`);
  });

  it("breaks outside of parentheses first", () => {
    const line = `return a == 1 ? call(${word(40)}, ${word(20)}) : call(${word(40)}, ${word(10)});`;
    expect(wrapLine(line, 0)).toBe(
      `return a == 1 ? call(${word(40)}, ${word(20)})\n    : call(${word(40)}, ${word(10)});`,
    );
  });

  it("keeps what is broken twice in one column", () => {
    const line = `call(${word(90)}, ${word(90)}, ${word(90)});`;
    expect(wrapLine(line, 4)).toBe(`call(${word(90)},\n     ${word(90)},\n     ${word(90)});`);
  });

  it("leaves a line that cannot be broken", () => {
    expect(wrapLine(word(200), 0)).toBe(word(200));
  });
});
