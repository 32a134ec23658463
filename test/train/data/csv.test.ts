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
      targetNames: ["species"],
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
      targetNames: ["sin"],
    });
    const both = csv(path, { target: ["cos", "sin"] });
    expect(both.train.targets).toEqual(Tensor.from([2, 2], [1, 0, 0.54, 0.84]));
    expect(both.train.targetNames).toEqual(["cos", "sin"]);
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

describe("a column that is no input", () => {
  const warned = (text: string, options: Parameters<typeof csv>[1]) => {
    const { train, warnings = [] } = csv(folder.write("x.csv", text), options);
    const told = warnings.map(({ message }) => message.replaceAll(`${folder.path}/`, ""));
    return { names: train.inputNames, told, hints: warnings.map(({ hint }) => hint) };
  };
  const table = (names: string, row: (index: number) => string) =>
    `${names}\n${Array.from({ length: 12 }, (_, index) => row(index)).join("\n")}\n`;
  const noise = (index: number) => (7 * index) % 5;

  it.each(["timestamp", "time", "Time (s)", "t_ms", "millis", "datetime", "seconds_elapsed", "TS"])(
    "such as %s is left out with a warning, and is one when it is named",
    (name) => {
      const text = table(`x,${name},c`, (i) => `${noise(i)},${100 * noise(i)},${i % 2}`);
      expect(warned(text, { label: "c" })).toEqual({
        names: ["x"],
        told: [`x.csv: column 2 ("${name}") is taken for the time, and is left out`],
        hints: ["name it in columns to take it as an input, or in ignore to say that it is none"],
      });
      expect(warned(text, { label: "c", ignore: [name] })).toMatchObject({ names: ["x"], told: [] });
      expect(warned(text, { label: "c", columns: ["x", name] })).toMatchObject({
        names: ["x", name],
        told: [],
      });
    },
  );

  it.each(["temperature", "t", "time_of_flight", "date of birth", "stamp", "mass"])(
    "is none such as %s",
    (name) => {
      const text = table(`x,${name},c`, (i) => `${noise(i)},${noise(i)},${i % 2}`);
      expect(warned(text, { label: "c" })).toMatchObject({ names: ["x", name], told: [] });
    },
  );

  it.each(["", "Unnamed: 0"])("such as pandas' index, named %j, is left out with a warning", (name) => {
    const text = table(`${name},x,c`, (i) => `${i},${noise(i)},${i < 6 ? "a" : "b"}`);
    expect(warned(text, { label: "c" })).toMatchObject({
      names: ["x"],
      told: [`x.csv: column 1 ("${name}") has no name, like an index, and is left out`],
    });
    expect(warned(text, { label: "c", columns: [0, 1] })).toMatchObject({ names: [name, "x"], told: [] });
  });

  it("such as an index of another name is an input with a warning", () => {
    const text = table("Id,x,c", (i) => `${i + 1},${noise(i)},${i < 6 ? "a" : "b"}`);
    expect(warned(text, { label: "c" })).toEqual({
      names: ["Id", "x"],
      told: ['x.csv: column 1 ("Id") never falls, like an index or a time, and is an input'],
      hints: ['leave it out with ignore: ["Id"], or name the inputs in columns'],
    });
    const bare = text.split("\n").slice(1).join("\n");
    expect(warned(bare, { label: 2 }).hints).toEqual([
      "leave it out with ignore: [0], or name the inputs in columns",
    ]);
    expect(
      warned(
        table("x,y", (i) => `${i},${i * i}`),
        { target: "y" },
      ).told,
    ).toEqual([]);
    const ofFiles = { a: folder.write("a.csv", text), b: folder.write("b.csv", text) };
    expect(csv(ofFiles, { ignore: ["c"] }).warnings).toHaveLength(1); // it begins anew in each file
  });

  it("may be the only one there is, and then is asked for", () => {
    const text = table("time,c", (i) => `${i},${i % 2}`);
    expect(folder.complaint(() => csv(folder.write("x.csv", text), { label: "c" }))).toBe(
      'x.csv: no column is left for the inputs; column 1 ("time") is taken for the time',
    );
    expect(warned(text, { label: "c", columns: ["time"] }).names).toEqual(["time"]);
  });
});

describe("numbers in other countries and programs", () => {
  const inputs = (text: string, options: Parameters<typeof csv>[1] = { label: "c" }) => [
    ...csv(folder.write("x.csv", text), options).train.inputs.data,
  ];

  it("have decimal commas where semicolons part the columns", () => {
    expect(inputs("a;b;c\n1,5;2;x\n-0,25;2,5;y\n")).toEqual([1.5, 2, -0.25, 2.5]);
    expect(folder.complaint(() => inputs("a;b;c\n1,5;2;x\n1;2.5;y\n"))).toBe(
      'x.csv:3: column 2 ("b") is "2.5"; expected a number with a decimal comma, like those before',
    );
    expect(folder.complaint(() => inputs('a,b,c\n"1,234",2,x\n1,2,y\n'))).toBe(
      'x.csv:2: column 1 ("a") is "1,234"; expected a number',
    );
  });

  it("come after a serial monitor's time stamps", () => {
    const stamp = "12:00:01.123 -> ";
    expect(inputs(`${stamp}1.5,2.5,x\n${stamp}3,4,y\n`, { label: 2 })).toEqual([1.5, 2.5, 3, 4]);
    expect(inputs(`${stamp}a,b,c\n${stamp}1.5,2.5,x\n${stamp}3,4,y\n`)).toEqual([1.5, 2.5, 3, 4]);
  });

  it("are decimal: 0x10 is none, and NaN and 0x10 are no names", () => {
    expect(folder.complaint(() => inputs("a,c\n0x10,x\n1,y\n"))).toBe(
      'x.csv:2: column 1 ("a") is "0x10"; expected a number',
    );
    for (const cell of ["NaN", "0x10"]) {
      expect(folder.complaint(() => inputs(`${cell},${cell},x\n1,2,y\n`, { label: 2 }))).toBe(
        `x.csv:1: column 1 is "${cell}"; expected a number`,
      );
    }
  });
});

describe("a bad row", () => {
  it.each([
    ["1,x,a", 'x.csv:3: column 2 ("v") is "x"; expected a number'],
    ["1,2 3.5,a", 'x.csv:3: column 2 ("v") is "2 3.5"; expected a number (or is the delimiter " "?)'],
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

  it("two inputs of one name, unless one is left out by its number", () => {
    const path = folder.write("x.csv", "x,y,x,c\n1,2,1,a\n3,4,3,b\n");
    expect(folder.complaint(() => csv(path, { label: "c" }))).toBe(
      'x.csv: columns 1 and 3 are both named "x"',
    );
    expect(() => csv(path, { label: "c" })).toThrow(
      expect.objectContaining({ hint: "rename one, or leave one out by its number: ignore: [2]" }),
    );
    expect(csv(path, { label: "c", ignore: [2] }).train.inputNames).toEqual(["x", "y"]);
  });

  it("a cell or row that has no end, without printing it", () => {
    const long = "y".repeat(3_000_000);
    expect(folder.complaint(() => csv(folder.write("x.csv", `u,c\n${long},a\n`), { label: "c" }))).toBe(
      `x.csv:2: column 1 ("u") is "${"y".repeat(40)}…"; expected a number`,
    );
    expect(folder.complaint(() => csv(folder.write("x.csv", `u,c\n1,${long}\n`), { label: "c" }))).toBe(
      'x.csv:2: column 2 ("c") has 3000000 characters; a class has at most 200',
    );
    const quoted = `u,c\n1,"${`${long},`.repeat(2)}\n`;
    expect(folder.complaint(() => csv(folder.write("x.csv", quoted), { label: "c" }))).toBe(
      "x.csv:2: a row takes more than 4194304 B",
    );
  });

  it("a label with more values than there are classes", () => {
    const rows = Array.from({ length: 65_537 }, (_, i) => `1,v${i}`);
    expect(folder.complaint(() => csv(folder.write("x.csv", rows.join("\n")), { label: 1 }))).toBe(
      'there are more than 65536 classes, the last "v65536"',
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
      { seed: 1, numRuns: 900 },
    );
    expect(read).toBeGreaterThan(50);
  });
});
