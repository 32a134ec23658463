import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.js";
import { Tensor } from "../../../src/base/tensor.js";
import { csv } from "../../../src/train/data/csv.js";
import { withDataFolder } from "../../../src/train/data/dataPath.js";
import { userError } from "../userError.js";
import { useDataFolder } from "./dataFolder.js";

const folder = useDataFolder();
const iris = "length,width,species\n5.1,3.5,setosa\n7,3.2,versicolor\n4.9,3,setosa\n";

describe("csv", () => {
  it("reads the label column's names as numbers, and all others as inputs", () => {
    const data = csv(folder.write("iris.csv", iris), { label: "species" });
    expect(data.train).toEqual({
      inputs: Tensor.from([3, 2], [5.1, 3.5, 7, 3.2, 4.9, 3]),
      targets: Int32Array.of(0, 1, 0),
      classNames: ["setosa", "versicolor"],
      inputNames: ["length", "width"],
    });
    expect(data.skipped).toEqual({ count: 0, first: [] });
  });

  it("finds columns by number, from the end too, in a file without names", () => {
    const path = folder.write("iris.csv", iris.split("\n").slice(1).join("\n"));
    const data = csv(path, { label: -1, columns: [1], dtype: "float64" });
    expect(data.train.inputs).toEqual(Tensor.from([3, 1], [3.5, 3.2, 3], "float64"));
    expect(data.train).not.toHaveProperty("inputNames");
    expect(csv(path, { label: 2 }).train.targets).toEqual(Int32Array.of(0, 1, 0));
  });

  it("takes the first line for names when a column is named, even if they are numbers", () => {
    const path = folder.write("pixels.csv", "label,0,1\n7,10,20\n9,30,40\n");
    expect(csv(path, { label: "label" }).train.inputNames).toEqual(["0", "1"]);
  });

  it("reads real targets, one or several", () => {
    const path = folder.write("sin.csv", "x,sin,cos\n0,0,1\n1,0.84,0.54\n");
    expect(csv(path, { target: "sin", ignore: ["cos"] }).train).toEqual({
      inputs: Tensor.from([2, 1], [0, 1]),
      targets: Tensor.from([2, 1], [0, 0.84]),
      inputNames: ["x"],
    });
    const both = csv(path, { target: ["cos", "sin"] });
    expect(both.train.targets).toEqual(Tensor.from([2, 2], [1, 0, 0.54, 0.84]));
    expect(both.train).not.toHaveProperty("classNames");
  });

  it("numbers whole numbers by size, names by their characters, and either as it is told", () => {
    const path = folder.write("x.csv", "x,class\n1,10\n2,9\n3,10\n");
    expect(csv(path, { label: "class" })).toMatchObject({
      train: { classNames: ["9", "10"], targets: Int32Array.of(1, 0, 1) },
    });
    expect(csv(path, { label: "class", classes: ["10", "9", "8"] }).train.targets).toEqual(
      Int32Array.of(0, 1, 0),
    );
    expect(folder.complaint(() => csv(path, { label: "class", classes: ["10", "8"] }))).toBe(
      'x.csv: has the class "9", which is none of 10, 8',
    );
  });

  it("reads a file for each class, or a folder of such", () => {
    const on = folder.write("lamps/on.csv", "a,b\n1,2\n3,4\n");
    const off = folder.write("lamps/off.csv", "a,b\n5,6\n");
    expect(csv({ on, off })).toMatchObject({
      train: {
        classNames: ["off", "on"],
        inputs: Tensor.from([3, 2], [1, 2, 3, 4, 5, 6]),
        targets: Int32Array.of(1, 1, 0),
      },
    });
    const data = csv(`${folder.path}/lamps`);
    expect([data.train.classNames, data.train.targets]).toEqual([["off", "on"], Int32Array.of(0, 1, 1)]);
  });

  it("reads a folder with a label column as one table", () => {
    folder.write("parts/1.csv", iris);
    folder.write("parts/2.csv", "length,width,species\n6,3,virginica\n");
    folder.write("parts/notes.txt", "not read");
    expect(csv(`${folder.path}/parts`, { label: "species" })).toMatchObject({
      train: { classNames: ["setosa", "versicolor", "virginica"], targets: Int32Array.of(0, 1, 0, 2) },
    });
    folder.write("parts/3.csv", "width,length,species\n6,3,virginica\n");
    expect(folder.complaint(() => csv(`${folder.path}/parts`, { label: "species" }))).toBe(
      "parts/3.csv: has the columns width, length, species; parts/1.csv has length, width, species",
    );
  });

  it.each([
    [";", 'a;label\n1;"x, y"\n2;z\n'],
    ["\t", "a\tlabel\n1\tx, y\n2\tz\n"],
    [",", 'a,label\n1,"x, y"\n2,z\n'],
    [",", '"a; in g",label\n1,"x, y"\n2,z\n'],
  ])("finds out that %j stands between the cells", (_, text) => {
    expect(csv(folder.write("x.csv", text), { label: "label" }).train.classNames).toEqual(["x, y", "z"]);
  });

  it("finds its file beside the experiment, in the working folder, and by URL", () => {
    const path = folder.write("iris.csv", iris);
    const inExperiment = withDataFolder(folder.path, () => csv("iris.csv", { label: "species" }));
    expect(inExperiment).toEqual(csv(path, { label: "species" }));
    expect(csv(pathToFileURL(path), { label: "species" })).toEqual(inExperiment);
    expect(() => csv("iris.csv", { label: "species" })).toThrow(
      userError(`cannot read ${resolve("iris.csv")}: there is no such file`),
    );
  });

  it("shares samples out when asked", () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${i % 4 === 0 ? "a" : "b"}`);
    const { train, test, validation } = csv(folder.write("x.csv", `x,c\n${rows.join("\n")}`), {
      label: "c",
      test: 0.2,
      validation: 0.2,
    });
    expect([train, test, validation].map((part) => part?.inputs.shape[0])).toEqual([12, 4, 4]);
    expect(Array.from(test!.targets as Int32Array).sort()).toEqual([0, 1, 1, 1]);
  });
});

describe("a bad row", () => {
  it.each([
    ["1,x,a", 'x.csv:3: column 2 ("v") is "x"; expected a number'],
    ["1,,a", 'x.csv:3: column 2 ("v") is ""; expected a number'],
    ["1,NaN,a", 'x.csv:3: column 2 ("v") is "NaN"; expected a number'],
    ["1,1e39,a", 'x.csv:3: column 2 ("v") is "1e39"; expected a number in float32\'s range'],
    [`1,${"y".repeat(99)},a`, `x.csv:3: column 2 ("v") is "${"y".repeat(40)}…"; expected a number`],
    ["1,2,", 'x.csv:3: column 3 ("c") is ""; expected a class'],
    ["1,2", "x.csv:3: 2 cells; the lines before have 3"],
    ["1,2,a,4", "x.csv:3: 4 cells; the lines before have 3"],
  ])("such as %s is named with file, line and column", (row, message) => {
    const path = folder.write("x.csv", `u,v,c\n0,0,b\n${row}\n5,6,a\n`);
    expect(folder.complaint(() => csv(path, { label: "c" }))).toBe(message);
    expect(() => csv(path, { label: "c" })).toThrow(
      expect.objectContaining({
        hint: 'mend it, or leave such out and count them with onBadRow: "skip"',
      }),
    );
  });

  it("is left out and counted when asked, and the first five are kept", () => {
    const bad = Array.from({ length: 7 }, (_, i) => `bad${i},1,a`);
    const path = folder.write("x.csv", ["u,v,c", "0,1,a", ...bad, "2,3,b"].join("\n"));
    const { train, skipped } = csv(path, { label: "c", onBadRow: "skip" });
    expect(train.inputs).toEqual(Tensor.from([2, 2], [0, 1, 2, 3]));
    expect(skipped.count).toBe(7);
    expect(skipped.first).toHaveLength(5);
    expect(skipped.first[4]).toBe(`${path}:7: column 1 ("u") is "bad4"; expected a number`);
  });

  it("is told when there is no good one", () => {
    const path = folder.write("x.csv", "u,c\nx,a\ny,b\n");
    expect(folder.complaint(() => csv(path, { label: "c", onBadRow: "skip" }))).toBe(
      'x.csv: holds no samples; 2 cannot be read: x.csv:2: column 1 ("u") is "x"; expected a number',
    );
    expect(folder.complaint(() => csv(folder.write("y.csv", ""), { label: 0 }))).toBe(
      "y.csv: holds no samples",
    );
  });
});

describe("csv refuses", () => {
  it("a column that is not there, or is there twice", () => {
    const path = folder.write("x.csv", iris);
    expect(() => csv(path, { label: "kind" })).toThrow(
      expect.objectContaining({ hint: "its columns are length, width, species" }),
    );
    expect(folder.complaint(() => csv(path, { label: "kind" }))).toBe('x.csv: has no column "kind"');
    expect(folder.complaint(() => csv(path, { label: 3 }))).toBe("x.csv: has no column 3");
    expect(folder.complaint(() => csv(folder.write("y.csv", "a,a\n1,2\n"), { label: "a" }))).toBe(
      'y.csv: two columns are named "a"',
    );
  });

  it("what tells no classes apart", () => {
    expect(folder.complaint(() => csv(folder.write("x.csv", "u,c\n1,a\n"), { label: "c" }))).toBe(
      'x.csv: has one class, "a"; expected two or more',
    );
    expect(folder.complaint(() => csv(folder.write("x.csv", iris)))).toBe(
      "csv: x.csv needs label or target, the column that the network shall tell",
    );
    expect(folder.complaint(() => csv("x", { label: 1, target: 2 }))).toBe(
      "csv: label and target are both given",
    );
  });

  it("a folder without files, and a quote that nothing closes", () => {
    expect(folder.complaint(() => csv(folder.path))).toBe(".: holds no .csv file");
    const path = folder.write("x.csv", 'u,c\n1,a\n2,"b\n3,c\n');
    expect(folder.complaint(() => csv(path, { label: "c" }))).toMatch(/^x\.csv: Quote Not Closed/);
  });

  it("nothing else: any text gives data or a UserError", () => {
    const odd = fc.oneof(
      fc.constantFrom("", '"', '"x', 'y"', "0x1", "∞", "\0", "\ufeff", "1e99", "a,b;c\td", "\r", "\n"),
      fc.string({ maxLength: 4 }),
    );
    const usual = fc.constantFrom("1", "-2.5", "1e3", "4");
    const row = fc.tuple(usual, usual, fc.constantFrom("a", "b")).map((cells): string[] => cells);
    const line = fc.oneof(
      { weight: 6, arbitrary: row },
      { weight: 1, arbitrary: fc.array(fc.oneof(odd, usual), { maxLength: 4 }) },
    );
    const text = fc
      .tuple(
        fc.array(line, { maxLength: 6 }),
        fc.constantFrom(",", ";", "\t"),
        fc.constantFrom("\n", "\r\n", "\r"),
      )
      .map(([lines, delimiter, end]) => lines.map((cells) => cells.join(delimiter)).join(end));
    const options = fc.record(
      {
        label: fc.constantFrom<string | number>(-1, 2, 0, "a"),
        onBadRow: fc.constantFrom("skip" as const, "throw" as const),
        header: fc.boolean(),
        test: fc.constantFrom(0.5, 0.1, 2),
      },
      { requiredKeys: ["label"] },
    );
    let read = 0;
    fc.assert(
      fc.property(text, options, (content, given) => {
        try {
          const { train } = csv(folder.write("x.csv", content), given);
          expect(train.inputs.shape[0]).toBe((train.targets as Int32Array).length);
          read += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 600 },
    );
    expect(read).toBeGreaterThan(50);
  });
});
