import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { SearchFolder } from "../../src/search/searchFolder.js";
import { userError } from "../train/userError.js";

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "pinfer-search-"));
});
afterEach(() => rmSync(path, { recursive: true }));

const identity = { experiment: "3f9a", candidates: 5, metric: "accuracy" };
const costs = { macs: 1, flashBytes: 2, ramBytes: 3, parameters: 4 };
const outcome = (number: number) => ({
  number,
  values: { width: number },
  ...{ float: 0.5, int8: 0.5, ...costs, keptEpoch: 1, hash: "ab" },
});
const results = () => join(path, "results.jsonl");

/** Opens the folder, adds results, and closes it. */
function addTo(numbers: readonly number[], isFresh = false) {
  const folder = new SearchFolder(path);
  const found = folder.open(identity, isFresh);
  for (const number of numbers) folder.append(outcome(number));
  folder.close();
  return found.map(({ number }) => number);
}

describe("a search's folder", () => {
  it("gives back what was added, a line each", () => {
    expect(addTo([2, 1])).toEqual([]);
    expect(readFileSync(results(), "utf8").split("\n")).toHaveLength(4);
    expect(addTo([4])).toEqual([2, 1]);
    expect(addTo([])).toEqual([2, 1, 4]);
  });

  it("drops a last line that was cut short anywhere, and goes on behind it", () => {
    addTo([1, 2]);
    const whole = readFileSync(results());
    const secondResult = whole.subarray(0, -1).lastIndexOf("\n") + 1;
    for (const cut of [secondResult, secondResult + 1, secondResult + 20, whole.length - 1]) {
      writeFileSync(results(), whole.subarray(0, cut));
      expect(addTo([3])).toEqual([1]);
      expect(addTo([])).toEqual([1, 3]);
    }
  });

  it("counts a candidate once that was trained again", () => {
    addTo([1, 2, 1]);
    expect(addTo([])).toEqual([1, 2]);
  });

  it("starts anew when told", () => {
    addTo([1]);
    expect(addTo([2], true)).toEqual([]);
    expect(addTo([])).toEqual([2]);
  });

  it("refuses the results of another search, and damaged ones", () => {
    addTo([1]);
    const open = (changes: Partial<typeof identity>) => () =>
      new SearchFolder(path).open({ ...identity, ...changes }, false);
    expect(open({ experiment: "77" })).toThrow(
      userError(`${results()}: is of another search: the experiment changed since it began`),
    );
    expect(open({ metric: "loss" })).toThrow("the metric changed since it began");
    appendFileSync(results(), "{oops\n");
    expect(open({})).toThrow(/results\.jsonl:3: Expected property name/);
    writeFileSync(results(), '{"a": 1}\n');
    expect(open({})).toThrow(userError(`${results()}: is no file of a search`));
  });

  it("answers any damage with results or a UserError", () => {
    addTo([1, 2, 3]);
    const whole = readFileSync(results());
    const changes = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(changes, fc.nat({ max: whole.length }), (given, cut) => {
        const bytes = Buffer.from(cut % 2 === 0 ? whole : whole.subarray(0, cut));
        for (const [at, value] of given) if (at < bytes.length) bytes[at] = value;
        writeFileSync(results(), bytes);
        try {
          addTo([]);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 150 },
    );
  });
});
