import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFilesAtomically } from "../../src/base/files.js";
import { formatJson } from "../../src/base/json.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("files written together", () => {
  it("replace what was there", () => {
    const path = join(folder, "a");
    writeFileSync(path, "old and longer");
    writeFilesAtomically([
      { path, data: "new" },
      { path: join(folder, "b"), data: Uint8Array.of(1, 2) },
    ]);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect([...readFileSync(join(folder, "b"))]).toEqual([1, 2]);
    expect(readdirSync(folder)).toEqual(["a", "b"]);
  });

  it("stay as they were when one of them cannot be written", () => {
    const path = join(folder, "a");
    writeFileSync(path, "old");
    const elsewhere = join(folder, "none", "b");
    const write = () =>
      writeFilesAtomically([
        { path, data: "new" },
        { path: elsewhere, data: "" },
      ]);
    expect(write).toThrow(`cannot write ${path}, ${elsewhere}: ENOENT`);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a"]);
  });
});

describe("formatJson", () => {
  it("keeps arrays of plain values on one line, and leaves out what is undefined", () => {
    const value = { a: [1, "x", null], b: [{ c: true }, []], d: undefined, e: {} };
    expect(formatJson(value)).toBe(`{
  "a": [1, "x", null],
  "b": [
    {
      "c": true
    },
    []
  ],
  "e": {}
}
`);
    expect(JSON.parse(formatJson(value))).toEqual(value);
  });

  it("refuses what JSON would turn into null", () => {
    expect(() => formatJson([Number.NaN])).toThrow("JSON has no NaN");
  });
});
