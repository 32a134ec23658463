import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.js";
import type { Dataset } from "../../../src/train/data/dataset.js";
import { recordings } from "../../../src/train/data/recordings.js";
import { majority, windowStarts } from "../../../src/train/data/windows.js";
import { useDataFolder } from "./dataFolder.js";

const folder = useDataFolder();
/** Rows "first", "first + 1", … of one channel. */
const rows = (first: number, count: number) =>
  `x\n${Array.from({ length: count }, (_, i) => first + i).join("\n")}\n`;

describe("windows", () => {
  it("start every step, as long as they fit", () => {
    expect(windowStarts(10, 4, 2)).toEqual([0, 2, 4, 6]);
    expect(windowStarts(4, 4, 9)).toEqual([0]);
    expect(windowStarts(3, 4, 1)).toEqual([]);
  });

  it("are of the class most of their rows have, the lowest of equals", () => {
    expect(majority(Int32Array.of(2, 1, 2))).toBe(2);
    expect(majority(Int32Array.of(2, 1, 1, 2))).toBe(1);
  });
});

describe("recordings", () => {
  it("in a folder for each class become windows [samples, window, channels]", () => {
    folder.write("walk/a.csv", "x,y\n1,2\n3,4\n5,6\n7,8\n9,10\n");
    folder.write("rest/b.csv", "x,y\n0,0\n0,1\n");
    const { train } = recordings(folder.path, { window: 2, step: 1 });
    expect([train.classNames, train.inputNames]).toEqual([
      ["rest", "walk"],
      ["x[0]", "y[0]", "x[1]", "y[1]"],
    ]);
    expect(train.inputs.shape).toEqual([5, 2, 2]);
    expect(train.targets).toEqual(Int32Array.of(0, 1, 1, 1, 1));
    expect([...train.inputs.data.subarray(0, 8)]).toEqual([0, 0, 0, 1, 1, 2, 3, 4]);
    expect(recordings(folder.path, { window: 2 }).train.targets).toEqual(Int32Array.of(0, 1, 1));
  });

  it("in one folder are of the class that their file is named after, without its number", () => {
    for (const name of ["walk-1.csv", "walk 02.txt", "rest_3.tsv"]) folder.write(name, rows(0, 4));
    const { train } = recordings(folder.path, { window: 4 });
    expect([train.classNames, train.targets]).toEqual([["rest", "walk"], Int32Array.of(0, 1, 1)]);
  });

  it("may have the class in a column: the window's most frequent", () => {
    const text = "t,x,what\n0,1,a\n1,2,a\n2,3,b\n3,4,b\n4,5,b\n5,6,b\n";
    const path = folder.write("day.csv", text);
    const { train } = recordings(path, { window: 3, label: { column: "what" }, ignore: ["t"] });
    expect([train.targets, train.inputNames]).toEqual([Int32Array.of(0, 1), ["x[0]", "x[1]", "x[2]"]]);
  });

  it("are held back at their ends, and no window reaches across the cut", () => {
    folder.write("a.csv", rows(0, 10));
    folder.write("b.csv", rows(100, 10));
    const { train, validation, test } = recordings(folder.path, {
      window: 2,
      step: 1,
      test: 0.3,
      validation: 0.2,
    });
    // Rows 0..4 train, 5 and 6 validate, 7..9 test.
    expect([...train.inputs.data.subarray(0, 8)]).toEqual([0, 1, 1, 2, 2, 3, 3, 4]);
    expect([...validation!.inputs.data]).toEqual([5, 6, 105, 106]);
    expect([...test!.inputs.data]).toEqual([7, 8, 8, 9, 107, 108, 108, 109]);
    expect(test!.targets).toEqual(Int32Array.of(0, 0, 1, 1));
  });

  /** Gestures of 119 rows, each of its own number, as a sketch that records on movement prints them. */
  const gestures = (first: number, count: number, between = "\n", lineEnd = "\n") => {
    const gesture = (number: number) => new Array(119).fill(`${number},${-number}`).join(lineEnd);
    return `a,b${lineEnd}${Array.from({ length: count }, (_, i) => gesture(first + i)).join(between)}\n`;
  };
  /** The number of each window's gesture, and none of a window of two. */
  const gesturesOf = ({ inputs }: Dataset) =>
    Array.from({ length: inputs.shape[0] }, (_, sample) => {
      const rows = inputs.data.subarray(sample * 238, (sample + 1) * 238);
      return rows.every((value) => Math.abs(value) === Math.abs(rows[0])) ? rows[0] : undefined;
    });

  it.each([
    ["without a line between them", "\n", "\n"],
    ["with a blank line between them", "\n\n", "\n"],
    ["in a file of double-spaced lines, with three between them", "\n\n\n\n", "\n\n"],
    ["with a spreadsheet's blank row between them", "\n,\n", "\n"],
  ])("of gestures %s are never cut within one, whatever the share", (_, between, lineEnd) => {
    folder.write("flex.csv", gestures(1, 10, between, lineEnd));
    folder.write("punch.csv", gestures(11, 10, between, lineEnd));
    for (const [share, held] of [
      [0.1, 1],
      [0.15, 1], // 8.5 gestures to train are 9
      [0.2, 2],
      [0.25, 2],
      [0.35, 3],
      [0.4, 4],
    ]) {
      const { train, test } = recordings(folder.path, { window: 119, test: share });
      const numbers = (from: number, to: number) =>
        [0, 10].flatMap((first) => Array.from({ length: to - from }, (_, i) => first + from + i + 1));
      expect(gesturesOf(train)).toEqual(numbers(0, 10 - held));
      expect(gesturesOf(test!)).toEqual(numbers(10 - held, 10));
    }
    const { validation, test } = recordings(folder.path, { window: 119, test: 0.15, validation: 0.15 });
    expect([gesturesOf(validation!), gesturesOf(test!)]).toEqual([
      [8, 9, 18, 19],
      [10, 20],
    ]);
  });

  it("have no row in two parts, and no window across a blank line", () => {
    const stretch = fc.integer({ min: 1, max: 9 });
    const settings = fc.record({
      window: fc.integer({ min: 1, max: 4 }),
      step: fc.integer({ min: 1, max: 6 }),
      test: fc.constantFrom(0.1, 0.15, 0.25, 0.35, 0.5),
      held: fc.constantFrom({}, { validation: 0.2 }),
    });
    let read = 0;
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 2, maxLength: 6 }),
        settings,
        (lengths, { held, ...given }) => {
          // The values of a stretch follow each other; from one to the next they leap.
          const text = lengths.map((length, i) =>
            Array.from({ length }, (_, row) => 100 * i + row).join("\n"),
          );
          folder.write("a.csv", `x\n901\n902\n\n${text.join("\n\n")}\n`);
          folder.write("b.csv", rows(1000, 40));
          try {
            const { train, validation, test } = recordings(folder.path, { ...given, ...held });
            const parts = [train, validation, test].map((part) => {
              const { data, shape } = part?.inputs ?? { data: new Float32Array(), shape: [0, 0] };
              for (let at = 0; at < data.length; at++) {
                if (at % shape[1] > 0) expect(data[at]).toBe(data[at - 1] + 1);
              }
              return new Set(data);
            });
            const sum = parts.reduce((total, { size }) => total + size, 0);
            expect(new Set(parts.flatMap((part) => [...part])).size).toBe(sum);
            read += 1;
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        },
      ),
      { seed: 1, numRuns: 300 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it("may be held back whole, each class alike", () => {
    for (let i = 0; i < 4; i++) {
      folder.write(`a-${i}.csv`, rows(10 * i, 4));
      folder.write(`b-${i}.csv`, rows(100 + 10 * i, 4));
    }
    const { train, test } = recordings(folder.path, { window: 4, test: 0.25, splitBy: "file" });
    expect([train.inputs.shape[0], test!.inputs.shape[0]]).toEqual([6, 2]);
    expect(test!.targets).toEqual(Int32Array.of(0, 1));
    const again = recordings(folder.path, { window: 4, test: 0.25, splitBy: "file" });
    expect(again.test).toEqual(test);
    const other = recordings(folder.path, { window: 4, test: 0.25, splitBy: "file", seed: 2 });
    expect(other.test).not.toEqual(test);
  });

  it("are broken by a bad row that is left out: no window reaches across it", () => {
    folder.write("a.csv", "x\n1\n2\n3\noops\n4\n5\n6\n");
    folder.write("b.csv", rows(0, 6));
    expect(folder.complaint(() => recordings(folder.path, { window: 2 }))).toBe(
      'a.csv:5: column 1 ("x") is "oops"; expected a number',
    );
    const { train, skipped } = recordings(folder.path, { window: 2, onBadRow: "skip" });
    expect([...train.inputs.data]).toEqual([1, 2, 4, 5, 0, 1, 2, 3, 4, 5]);
    expect(skipped.count).toBe(1);
  });
});

describe("recordings warn", () => {
  const series = (names: string, row: (time: number) => string) =>
    `${names}\n${Array.from({ length: 20 }, (_, time) => row(time)).join("\n")}\n`;
  const warned = (options: Omit<Parameters<typeof recordings>[1], "window"> = {}) => {
    const { train, warnings = [] } = recordings(folder.path, { window: 4, ...options });
    const told = warnings.map(({ message }) => message.replaceAll(`${folder.path}/`, ""));
    return { names: train.inputNames?.slice(0, train.inputs.shape[2]), told };
  };

  it("of a time, which is no channel unless it is named", () => {
    folder.write(
      "a.csv",
      series("timestamp,x", (time) => `${20 * time},${time % 3}`),
    );
    folder.write(
      "b.csv",
      series("timestamp,x", (time) => `${20 * time},${time % 5}`),
    );
    expect(warned()).toEqual({
      names: ["x[0]"],
      told: ['a.csv: column 1 ("timestamp") is taken for the time, and is left out'],
    });
    expect(warned({ ignore: ["timestamp"] }).told).toEqual([]);
    expect(warned({ columns: ["timestamp", "x"] })).toEqual({ names: ["timestamp[0]", "x[0]"], told: [] });
  });

  it("of a channel that never falls in any of them", () => {
    folder.write(
      "a.csv",
      series("t,x,y", (time) => `${0.02 * time},${time},1`),
    );
    folder.write(
      "b.csv",
      series("t,x,y", (time) => `${0.02 * time},${-time},1`),
    );
    expect(warned()).toEqual({
      names: ["t[0]", "x[0]", "y[0]"],
      told: ['a.csv: column 1 ("t") never falls, like an index or a time, and is an input'],
    });
  });

  it("of stretches that are shorter than a window", () => {
    folder.write("a.csv", "x\n1\n2\n3\n4\n\n1\n2\n\n5\n");
    folder.write("b.csv", rows(0, 4));
    expect(warned().told).toEqual([
      "recordings: 2 of 4 stretches between gaps are shorter than a window of 4 rows; their 3 rows are in no window",
    ]);
  });
});

describe("recordings are refused", () => {
  it("when one is shorter than a window, or left out and counted", () => {
    folder.write("a.csv", rows(0, 6));
    folder.write("b.csv", rows(0, 3));
    folder.write("b-2.csv", rows(0, 6));
    expect(folder.complaint(() => recordings(folder.path, { window: 4 }))).toBe(
      "b.csv: 3 rows; a window takes 4",
    );
    folder.write("b.csv", "x\n1\n2\n3\n\n4\n5\n");
    expect(folder.complaint(() => recordings(folder.path, { window: 4 }))).toBe(
      "b.csv: 3 rows in its longest stretch without a gap; a window takes 4",
    );
    const { train, skipped } = recordings(folder.path, { window: 4, onBadRow: "skip" });
    expect([train.targets, skipped.count]).toEqual([Int32Array.of(0, 1), 1]);
  });

  it("when a part has no window", () => {
    folder.write("a.csv", rows(0, 10));
    folder.write("b.csv", rows(0, 10));
    expect(folder.complaint(() => recordings(folder.path, { window: 4, test: 0.2 }))).toBe(
      "recordings: the test part has no window of 4 rows; its longest stretch has 0",
    );
    expect(() => recordings(folder.path, { window: 4, test: 0.2 })).toThrow(
      expect.objectContaining({
        hint: 'give splitBy: "file" to hold back whole recordings, a smaller window, longer recordings or another share',
      }),
    );
    expect(folder.complaint(() => recordings(folder.path, { window: 4, step: 3, test: 0.2 }))).toBe(
      "recordings: the test part has no window of 4 rows; its longest stretch has 2",
    );
  });

  it("when their columns differ, or one lies in no folder", () => {
    folder.write("walk/a.csv", rows(0, 4));
    folder.write("rest/b.csv", "y\n1\n2\n3\n4\n");
    expect(folder.complaint(() => recordings(folder.path, { window: 2 }))).toBe(
      "walk/a.csv: has the columns x; rest/b.csv has y",
    );
    folder.write("c.csv", rows(0, 4));
    expect(folder.complaint(() => recordings(folder.path, { window: 2 }))).toBe(
      "c.csv: lies in no folder that tells its class",
    );
  });

  it("when there are none, or a setting is no number of rows", () => {
    expect(folder.complaint(() => recordings(folder.path, { window: 2 }))).toBe(
      ".: holds no recording (.csv, .tsv, .txt)",
    );
    expect(folder.complaint(() => recordings(`${folder.path}/none`, { window: 2 }))).toMatch(
      /^cannot read none/,
    );
    expect(folder.complaint(() => recordings(folder.path, { window: 0 }))).toBe(
      "recordings: window must be an integer above 0, found 0",
    );
    expect(folder.complaint(() => recordings(folder.path, { window: 2, step: 0.5 }))).toBe(
      "recordings: step must be an integer above 0, found 0.5",
    );
  });

  it("or read, whatever they hold: windows or a UserError", () => {
    const cell = fc.constantFrom("1", "2", "3", "-4", "x", "", '"', "1,2", "1;2");
    const settings = fc.record({
      window: fc.integer({ min: 1, max: 4 }),
      step: fc.integer({ min: 1, max: 3 }),
      onBadRow: fc.constantFrom("skip" as const, "throw" as const),
      splitBy: fc.constantFrom("time" as const, "file" as const),
      test: fc.constantFrom(0.3, 0.5, 0.9),
    });
    const content = fc.array(fc.oneof({ weight: 9, arbitrary: fc.constant("5") }, cell), { maxLength: 14 });
    let read = 0;
    fc.assert(
      fc.property(content, content, settings, (a, b, given) => {
        folder.write("a.csv", `x\n${a.join("\n")}`);
        folder.write("b.csv", `x\n${b.join("\n")}`);
        try {
          const { train } = recordings(folder.path, given);
          expect(train.inputs.shape.slice(1)).toEqual([given.window, 1]);
          read += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 400 },
    );
    expect(read).toBeGreaterThan(50);
  });
});
