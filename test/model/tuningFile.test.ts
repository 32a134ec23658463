import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readTuning, tuningPath, writeTuning } from "../../src/model/tuningFile.js";

const folder = mkdtempSync(join(tmpdir(), "tuning-"));
const path = tuningPath(join(folder, "xor.json"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = { layer: "dense", kernel: "fullyConnectedDigits", shape: "2 outputs", cycles: 40 };
const file = { network: "ab".repeat(32), tunings: [{ target: "cortex-m4", measured: [entry] }] };

describe("what was measured for a model", () => {
  it("is read as it was written, from beside the model", () => {
    expect(path).toBe(join(folder, "xor.tuning.json"));
    writeTuning(path, file);
    expect(readTuning(path)).toEqual(file);
  });

  it.each([
    ["no JSON", "{", "is damaged, or of another version of pinfer"],
    ["another version", JSON.stringify({ format: "pinfer-tuning", version: 2 }), "is damaged"],
    ["no hash", text({ network: "../x" }), "network must be a SHA-256 of 64 hexadecimal digits"],
    ["cycles that are none", text({ tunings: [tuning({ cycles: -1 })] }), "cycles must be an integer 0.."],
    [
      "a name without end",
      text({ tunings: [tuning({ layer: "x".repeat(2000) })] }),
      "at most 1000 characters",
    ],
    ["too many entries", text({ tunings: new Array(10_001).fill({}) }), "at most 10000 entries"],
  ])("is refused with %s", (_, data, message) => {
    writeFileSync(path, data);
    expect(() => readTuning(path)).toThrow(message);
  });
});

function tuning(change: object) {
  return { target: "cortex-m4", measured: [{ ...entry, ...change }] };
}

function text(change: object): string {
  return JSON.stringify({ format: "pinfer-tuning", version: 1, ...file, ...change });
}
