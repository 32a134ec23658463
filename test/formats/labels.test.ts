import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "npyjs";
import { describe, expect, it } from "vitest";
import { readLabels } from "../../src/formats/labels.js";
import { temporaryDirectory } from "../firmware/images.js";
import { complaintOf } from "./complaint.js";

const folder = temporaryDirectory();

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const csv = (content: string): string => file("x.csv", content);
const npy = (data: Parameters<typeof dump>[0], shape: number[]): string =>
  file("x.npy", new Uint8Array(dump(data, shape)));

const nameless = { count: 3 };
const fruit = { count: 3, names: ["apple", "lemon", "plum"] };
/** Names that are other classes' numbers. */
const kinds = { count: 3, names: ["1", "2", "3"] };

describe("labels of a network whose classes have no names", () => {
  it("are class numbers of any integer type", () => {
    expect(readLabels(npy(BigInt64Array.of(2n, 0n) as never, [2]), 2, nameless)).toEqual(Int32Array.of(2, 0));
    expect(readLabels(csv("label\n2\n0\n"), 2, nameless)).toEqual(Int32Array.of(2, 0));
    const idx = file("labels-idx1-ubyte", Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 2));
    expect(readLabels(idx, 3, nameless)).toEqual(Int32Array.of(1, 0, 2));
  });

  it("are named where there are too many, or one is no class", () => {
    const path = npy(Uint8Array.of(1, 2, 3), [3]);
    expect(complaintOf(folder, () => readLabels(path, 4, { count: 4 })).message).toBe(
      "x.npy: holds labels of shape [3]; expected [4], one for each sample",
    );
    expect(complaintOf(folder, () => readLabels(path, 3, nameless))).toEqual({
      message: "x.npy: label 2 is 3; expected an integer 0..2",
      hint: "the network has 3 classes, numbered from 0",
    });
    expect(complaintOf(folder, () => readLabels(csv("apple\n1\n"), 2, nameless)).message).toBe(
      'x.csv: label 0 is "apple"; expected an integer 0..2',
    );
    expect(complaintOf(folder, () => readLabels(csv("1\n1\n"), 3, nameless)).message).toBe(
      "x.csv: holds 2 labels; expected 3, one for each sample",
    );
  });

  it("are the largest of each sample's values: one-hot, or what predict -o writes", () => {
    const outputs = npy(Int8Array.of(-128, 0, 127, 5, 5, -7), [2, 3]);
    expect(readLabels(outputs, 2, nameless)).toEqual(Int32Array.of(2, 0));
    expect(readLabels(outputs, 2, kinds)).toEqual(Int32Array.of(2, 0));
    expect(complaintOf(folder, () => readLabels(outputs, 2, { count: 4 })).message).toBe(
      "x.npy: holds labels of shape [2, 3]; expected [2], one for each sample",
    );
  });
});

describe("labels of a network whose classes have names", () => {
  it("are names or numbers", () => {
    expect(readLabels(csv("plum\napple\n"), 2, fruit)).toEqual(Int32Array.of(2, 0));
    expect(readLabels(csv("kind\nplum\napple\n"), 2, fruit)).toEqual(Int32Array.of(2, 0));
    expect(readLabels(csv("2\n0\n"), 2, fruit)).toEqual(Int32Array.of(2, 0));
    expect(readLabels(npy(Uint8Array.of(2, 0), [2, 1]), 2, fruit)).toEqual(Int32Array.of(2, 0));
  });

  it("are names that are numbers, where only those fit", () => {
    expect(readLabels(csv("1\n2\n3\n"), 3, kinds)).toEqual(Int32Array.of(0, 1, 2));
    expect(readLabels(npy(Float32Array.of(3, 1), [2]), 2, kinds)).toEqual(Int32Array.of(2, 0));
    expect(readLabels(csv("0\n2\n"), 2, kinds)).toEqual(Int32Array.of(0, 2));
  });

  it("are asked for where they could be both: kinds 1 and 2 were taken for the second and third class", () => {
    for (const path of [csv("1\n2\n"), npy(Int32Array.of(1, 2), [2])]) {
      expect(complaintOf(folder, () => readLabels(path, 2, kinds))).toEqual({
        message: expect.stringMatching(
          /^x\.\w+: label 0 is 1: class number 1 is called "2", and the class called "1" is number 0$/,
        ),
        hint: "say which is meant: --labels-are names, or --labels-are numbers",
      });
      expect(readLabels(path, 2, kinds, "names")).toEqual(Int32Array.of(0, 1));
      expect(readLabels(path, 2, kinds, "numbers")).toEqual(Int32Array.of(1, 2));
    }
    // names that are their own numbers mean the same both ways
    expect(readLabels(csv("1\n2\n"), 2, { count: 3, names: ["0", "1", "2"] })).toEqual(Int32Array.of(1, 2));
  });

  it("are named, with the classes, where one is none", () => {
    expect(complaintOf(folder, () => readLabels(csv("plum\npear\n"), 2, fruit))).toEqual({
      message: 'x.csv: label 1 is "pear"; expected the name of a class, or its number, an integer 0..2',
      hint: 'the network\'s classes are, from number 0, "apple", "lemon", "plum"',
    });
    expect(complaintOf(folder, () => readLabels(csv("0\n3\n"), 2, kinds)).message).toBe(
      'x.csv: label 0 is "0", which is a class\'s number and no name; label 1 is "3", which is a name and no number',
    );
    expect(complaintOf(folder, () => readLabels(csv("1\n3\n"), 2, kinds, "numbers")).message).toBe(
      "x.csv: label 1 is 3; expected an integer 0..2",
    );
    expect(complaintOf(folder, () => readLabels(csv("1\n0\n"), 2, kinds, "names")).message).toBe(
      "x.csv: label 1 is 0; expected the name of a class",
    );
  });

  it("come from the training's column of a file with several", () => {
    const path = csv("kind;length\nplum;1,5\napple;2,5\n");
    expect(readLabels(path, 2, { ...fruit, column: "kind" })).toEqual(Int32Array.of(2, 0));
    expect(complaintOf(folder, () => readLabels(path, 2, { ...fruit, column: "fruit" })).message).toBe(
      'x.csv: has the columns "kind", "length"; expected one, or one called "fruit"',
    );
  });
});
