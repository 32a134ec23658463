import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealKept } from "../../src/base/keptFile.js";
import { writeModel } from "../../src/model/modelFile.js";
import { SearchFolder } from "../../src/search/searchFolder.js";
import { countAccepted } from "../support/flipBits.js";
import { createModel } from "../support/smallModel.js";
import { userError } from "../train/userError.js";

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "pinfer-search-"));
});
afterEach(() => rmSync(path, { recursive: true }));

const identity = { metric: "accuracy", candidates: 5, code: "3f9a", data: "train 4", pinfer: "0.1.0" };
const costs = { macs: 1, flashBytes: 2, ramBytes: 3, parameters: 4 };
const outcome = (number: number) => ({
  number,
  values: { width: number },
  ...{ float: 0.5, int8: 0.5, ...costs, keptEpoch: 1, hash: "ab" },
});
const results = () => join(path, "results.jsonl");
const open = (changes: Partial<typeof identity> = {}, isFresh = false) =>
  new SearchFolder(path).open({ ...identity, ...changes }, isFresh);

/** Opens the folder and adds results. */
function addTo(numbers: readonly number[], isFresh = false) {
  const folder = new SearchFolder(path);
  const { outcomes } = folder.open(identity, isFresh);
  for (const number of numbers) folder.append(outcome(number));
  return outcomes.map(({ number }) => number);
}

describe("a search's folder", () => {
  it("gives back what was added, a line each behind two that say of what", () => {
    expect(addTo([2, 1])).toEqual([]);
    expect(readFileSync(results(), "utf8").split("\n")).toHaveLength(5);
    expect(addTo([4])).toEqual([2, 1]);
    expect(open().outcomes).toEqual([outcome(2), outcome(1), outcome(4)]);
  });

  it("counts a candidate once that was trained again", () => {
    addTo([1, 2, 1]);
    expect(addTo([])).toEqual([2, 1]);
  });

  it("starts anew when told, without what was put aside", () => {
    addTo([1]);
    open({ code: "77" });
    expect(addTo([2], true)).toEqual([]);
    expect(addTo([])).toEqual([2]);
    expect(readdirSync(path).sort()).toEqual(["candidates", "results.jsonl"]);
  });

  it.each([
    [{ code: "77" }, "the experiment, or a file that it imports, changed since it began"],
    [{ data: "train 5" }, "the data changed since it began"],
    [{ metric: "loss", pinfer: "0.1.1" }, "the metric changed since it began"],
    [{ pinfer: "0.1.1" }, "the version of pinfer changed since it began"],
  ])("puts aside the results of another search: %o", (changes, difference) => {
    addTo([1, 2]);
    writeFileSync(join(path, "candidates", "1.json"), "a model");
    const { outcomes, warning } = open(changes);
    expect(outcomes).toEqual([]);
    expect(warning).toEqual({
      message: `${path} has results of another search: ${difference}; all candidates are trained again`,
      hint: expect.stringContaining(`the earlier results are in ${join(path, "before-1")}`),
    });
    expect(readdirSync(join(path, "candidates"))).toEqual([]);
    expect(readFileSync(join(path, "before-1", "candidates", "1.json"), "utf8")).toBe("a model");
    const before = new SearchFolder(join(path, "before-1")).open(identity, false);
    expect(before.outcomes).toEqual([outcome(1), outcome(2)]);
    expect(open().warning?.hint).toContain("before-2"); // what it is of now is another search again
  });

  it("knows a candidate's model by its content, and its weights", () => {
    const folder = new SearchFolder(path);
    folder.open(identity, false);
    const model = folder.modelPath(1);
    writeModel(model, createModel());
    folder.append(outcome(1));
    expect(folder.hasModel(1)).toBe(true);
    const again = new SearchFolder(path);
    again.open(identity, false);
    expect([again.hasModel(1), again.hasModel(2)]).toEqual([true, false]);
    const files = readdirSync(join(path, "candidates")).map((name) => join(path, "candidates", name));
    expect(files).toHaveLength(2);
    for (const file of files) {
      const whole = readFileSync(file);
      writeFileSync(file, Buffer.from(whole).fill(whole[40] ^ 1, 40, 41));
      expect(again.hasModel(1)).toBe(false);
      writeFileSync(file, whole);
    }
    expect(again.hasModel(1)).toBe(true);
    again.removeModel(1);
    expect(readdirSync(join(path, "candidates"))).toEqual([]);
  });

  it("refuses results of which any bit is flipped", () => {
    addTo([1, 2, 3]);
    const whole = readFileSync(results());
    const read = (damaged: Buffer) => {
      writeFileSync(results(), damaged);
      open();
    };
    expect(countAccepted(whole, 300, read)).toBe(0);
    writeFileSync(results(), whole.subarray(0, -1));
    expect(open).toThrow(userError(`${results()} is damaged: its SHA-256 is not the one in its first line`));
    writeFileSync(results(), '{"a": 1}\n');
    expect(open).toThrow(userError(`${results()} is no pinfer search: its first line does not say so`));
  });

  it("refuses lines that are no results, though the file is whole", () => {
    const kind = { format: "pinfer search", version: 2 };
    const lines = [identity, { number: 1, values: { width: 1 }, float: "0.5" }].map((line) =>
      JSON.stringify(line),
    );
    writeFileSync(results(), sealKept(kind, `${lines.join("\n")}\n`));
    expect(open).toThrow(userError(`${results()}:3.float must be a finite number, found "0.5"`));
  });
});
