import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSamples } from "../../src/formats/samples.js";
import { temporaryDirectory } from "../firmware/images.js";
import { complaintOf } from "./complaint.js";

const folder = temporaryDirectory();

/** Each test writes and reads its own x.csv. */
function file(content: string): string {
  const path = join(folder, "x.csv");
  writeFileSync(path, content);
  return path;
}
const messageOf = (act: () => unknown): string => complaintOf(folder, act).message;
const read = (content: string, shape?: number[]) => readSamples(file(content), shape && { shape });

/** A network that was trained on red, green and blue to tell a kind. */
const colours = {
  shape: [3],
  columns: { inputs: ["red", "green", "blue"], targets: ["kind"] },
};
/** One that takes windows of two moments of two channels. */
const windows = { shape: [2, 2], columns: { inputs: ["x", "y"], targets: ["act"] } };

describe("readSamples of .csv", () => {
  it("reads one sample a line, with or without names of the columns", () => {
    const expected = { shape: [2, 3], data: Float64Array.of(1, 2.5, -3, 4, 5e-1, 6), type: "f8" };
    expect(read("1,2.5,-3\n4, 5e-1,6\n", [3])).toMatchObject(expected);
    expect(read("\ufeffa;b;c\r\n1;2.5;-3\r\n\r\n4;0.5;6", [3])).toMatchObject(expected);
    expect(read("a\tb\tc\n1\t2.5\t-3\n4\t0.5\t6", [3])).toMatchObject(expected);
  });

  it("names file, line and column of what is not a number", () => {
    expect(messageOf(() => read("1,2\n3,x\n"))).toBe('x.csv:2: column 2 is "x"; expected a number');
    expect(messageOf(() => read("a,b\n1,2\n\n3,\n"))).toBe(
      'x.csv:4: column 2 ("b") is ""; expected a number',
    );
    expect(messageOf(() => read("label,1\n"))).toBe('x.csv:1: column 1 is "label"; expected a number');
    expect(messageOf(() => read("0x10,1\n"))).toBe('x.csv:1: column 1 is "0x10"; expected a number');
  });

  it("names the line with another number of columns", () => {
    expect(messageOf(() => read("a,b\n1,2\n3\n"))).toBe("x.csv:3: 1 numbers; the lines before have 2");
  });

  it("refuses a file without numbers", () => {
    expect(messageOf(() => read("a,b\n"))).toBe("x.csv: holds no numbers");
    expect(messageOf(() => read(""))).toBe("x.csv: holds no numbers");
  });

  it("reads a decimal comma between semicolons, and never both as delimiters", () => {
    expect(read("1,5;2,5\n", [2]).data).toEqual(Float64Array.of(1.5, 2.5));
    // four columns before: 1, 5, 2 and 5
    expect(messageOf(() => read("1,5;2,5\n", [4]))).toBe(
      "x.csv: has 2 columns; expected 4, one for each value of a sample",
    );
    expect(messageOf(() => read("a,b,c\n1;2.5;-3\n"))).toBe("x.csv:2: 1 numbers; the lines before have 3");
  });

  it("takes no time stamp of a serial monitor for a number, nor missing numbers for names", () => {
    expect(read("12:00:01.123 -> 1.5,2.5\n12:00:01.223 -> 3,4\n", [2]).data).toEqual(
      Float64Array.of(1.5, 2.5, 3, 4),
    );
    expect(messageOf(() => read("NaN,NaN\n1,2\n"))).toBe('x.csv:1: column 1 is "NaN"; expected a number');
  });

  it("holds a row to a size, and what it quotes to a line", () => {
    expect(messageOf(() => read(`${"9".repeat(5 * 2 ** 20)},1\n`))).toBe(
      "x.csv:1: a row takes more than 4194304 B",
    );
    expect(messageOf(() => read(`1,2\n3,${"x".repeat(1000)}\n`)).length).toBeLessThan(120);
  });
});

describe("columns of a .csv whose network names its own", () => {
  const data = Float64Array.of(0.54, 0.3, 0.16);

  it("are taken by name, in whatever order", () => {
    for (const text of ["red,green,blue\n0.54,0.30,0.16\n", "blue,green,red\n0.16,0.30,0.54\n"]) {
      expect(readSamples(file(text), colours)).toMatchObject({ shape: [1, 3], data, warnings: [] });
    }
    expect(readSamples(file("0.54,0.30,0.16\n"), colours).data).toEqual(data);
  });

  it("may stand beside the class, which is told, and beside others, which are left out with a warning", () => {
    const text = "timestamp,kind,blue,green,note,red\n17,orange,0.16,0.30,,0.54\n";
    expect(readSamples(file(text), colours)).toMatchObject({
      data,
      labels: ["orange"],
      warnings: [
        {
          message: expect.stringMatching(
            /x\.csv: left out "timestamp", "note", which the network does not take$/,
          ),
        },
      ],
    });
  });

  it("are named where they are missing, twice or without names", () => {
    expect(complaintOf(folder, () => readSamples(file("r,green,b\n1,2,3\n"), colours))).toEqual({
      message: 'x.csv: has no column "red", "blue"; its columns are "r", "green", "b"',
      hint: "columns are taken by their names; without a line of names, in the order of the training",
    });
    expect(messageOf(() => readSamples(file("red,red,green,blue\n1,2,3,4\n"), colours))).toBe(
      'x.csv: two columns are named "red"',
    );
    expect(complaintOf(folder, () => readSamples(file("17,1,2,3\n"), colours))).toEqual({
      message: "x.csv: has 4 columns; expected 3, one for each value of a sample",
      hint: 'name them in the first line: the network takes "red", "green", "blue"',
    });
  });

  it("tell which they are where the network has no names", () => {
    const { names } = readSamples(file("b,g,r\n1,2,3\n"), { shape: [3] });
    expect(names).toEqual(["b", "g", "r"]);
    expect(messageOf(() => readSamples(file("t,b,g,r\n0,1,2,3\n"), { shape: [3] }))).toBe(
      'x.csv: has 4 columns: "t", "b", "g", "r"; expected 3, one for each value of a sample',
    );
  });

  it("are a window's, one sample a line, where they are named so", () => {
    const text = "y[1],x[0],y[0],x[1],act\n4,1,2,3,walk\n";
    expect(readSamples(file(text), windows)).toMatchObject({
      ...{ shape: [1, 2, 2], data: Float64Array.of(1, 2, 3, 4), labels: ["walk"] },
    });
  });

  it("are a recording's, cut into windows, where its channels are named", () => {
    const text = "t,y,x,act\n0,2,1,sit\n1,4,3,sit\n2,6,5,sit\n3,8,7,walk\n4,10,9,walk\n";
    expect(readSamples(file(text), windows)).toMatchObject({
      ...{ shape: [2, 2, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), labels: ["sit", "sit"] },
      warnings: [
        { message: expect.stringContaining('left out "t"') },
        { message: expect.stringMatching(/left out 1 of 5 rows, too few for a window of 2 rows$/) },
      ],
    });
  });

  it("make no window across a blank line", () => {
    const text = "1,2\n3,4\n5,6\n\n7,8\n9,10\n";
    expect(readSamples(file(text), windows)).toMatchObject({
      ...{ shape: [2, 2, 2], data: Float64Array.of(1, 2, 3, 4, 7, 8, 9, 10) },
      warnings: [{ message: expect.stringContaining("left out 1 of 5 rows") }],
    });
    expect(messageOf(() => readSamples(file("x,y\n1,2\n"), windows))).toBe(
      "x.csv: has 1 rows, at most 1 without a gap; a sample takes 2",
    );
  });
});
