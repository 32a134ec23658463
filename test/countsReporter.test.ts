import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const vitest = pathOf("../node_modules/vitest/vitest.mjs");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-counts-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the test files in a folder of their own; gives the line of counts. */
function countsOf(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const counts = join(folder, "counts");
  const options = ["run", "--globals", "--root", folder, "--reporter", pathOf("./countsReporter.ts")];
  spawnSync(process.execPath, [vitest, ...options], { env: { ...process.env, COUNTS_FILE: counts } });
  return readFileSync(counts, "utf8");
}

describe("countsReporter", () => {
  it("counts tests in and out of groups, and names skipped ones", () => {
    const text = `
      it("passes", () => {});
      describe("group", () => {
        it("passes", () => {});
        it("fails", () => expect(1).toBe(2));
        it.skip("is left out", () => {});
      });
    `;
    expect(countsOf({ "a.test.js": text, "b.test.js": 'it("passes", () => {});' })).toBe(
      "3 passed, 1 failed, 1 skipped\n",
    );
  });

  it("counts a file that does not load as one failure", () => {
    expect(countsOf({ "a.test.js": 'throw new Error("no")', "b.test.js": 'it("passes", () => {});' })).toBe(
      "1 passed, 1 failed\n",
    );
  });

  it("counts an error outside the tests as one failure", () => {
    const text =
      'it("passes", () => { setTimeout(() => { throw new Error("late"); }, 0); });\nafterAll(() => new Promise((done) => setTimeout(done, 50)));';
    expect(countsOf({ "a.test.js": text })).toBe("1 passed, 1 failed\n");
  });
});
