import { describe, expect, it } from "vitest";
import { printable, printableJson, printableLines, quoted, shortened } from "../../src/base/printable.js";

describe("text of a file", () => {
  it.each([
    ["what a terminal acts on", "\u001b[31mred\u007f\b", "?[31mred??"],
    ["CSI in one character", "\u009b2J", "?2J"],
    ["ends of lines", "a\r\nb\u2028c\u2029\u0085", "a??b?c??"],
    ["what turns the direction, or is not seen", "\u202eabc\u2066\u200b\ufeff", "?abc???"],
    ["a half of a character", "\ud83d", "?"],
    ["invisible characters beyond 16 bits, as one", "\u{e0041}", "?"],
  ])("is printed without %s", (_, text, expected) => {
    expect(printable(text)).toBe(expected);
    expect(quoted(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });

  it("keeps letters of every script, spaces and pictures", () => {
    for (const text of ["Größe", "走る", "قف", "a b", "🍎"]) expect(printable(text)).toBe(text);
  });

  it.each([
    ["jammed", 6, "jammed"],
    ["jammed", 5, "jamm…"],
    ["🍎🍎🍎", 2, "🍎…"],
    ["\u001b[2J", 3, "?[…"],
  ])("%j is shortened to %i characters: %j", (text, length, expected) => {
    expect(shortened(text, length)).toBe(expected);
  });
});

it("printable JSON holds the same value and no control character but line feeds", () => {
  const value = { "\u009b": ["\u001b[2J\u007f", "a\n\u2028\u202e", "\u{e0041}\ud800", "Größe 🍎"] };
  const json = printableJson(JSON.stringify(value, null, 2));
  expect(json).not.toMatch(/[^\n\P{C}]|[\p{Zl}\p{Zp}]/u);
  expect(json).toContain('"Größe 🍎"');
  expect(JSON.parse(json)).toEqual(value);
});

it("printable lines keep line feeds and tabs, and nothing else that a terminal acts on", () => {
  expect(printableLines("a\tb\n\u001b[2Jc\u009b2J\r\u202e✓")).toBe("a\tb\n?[2Jc?2J??✓");
});
