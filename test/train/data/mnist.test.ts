import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPackage, readMnist } from "../../../src/train/data/mnist.js";
import { userError } from "../userError.js";

let folder: string;
const write = (name: string, hex: string) =>
  writeFileSync(join(folder, name), Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** Two images of 1 x 2 pixels and their labels, for training and for test. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-mnist-"));
  for (const part of ["train", "t10k"]) {
    write(`${part}-images-idx3-ubyte`, "00000803 00000002 00000001 00000002 00ff 3300");
    write(`${part}-labels-idx1-ubyte`, "00000801 00000002 0709");
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("MNIST's files", () => {
  it("become rows of ink from 0 to 1, and class numbers", () => {
    const { train, test } = readMnist(folder);
    expect(train.inputs.shape).toEqual([2, 2]);
    expect(train.inputs.data).toEqual(Float32Array.of(0, 1, 51 / 255, 0));
    expect(train.targets).toEqual(Uint8Array.of(7, 9));
    expect(test).toEqual(train);
  });

  it("are named when one is missing", () => {
    rmSync(join(folder, "t10k-labels-idx1-ubyte"));
    expect(() => readMnist(folder)).toThrow(/^cannot read .*t10k-labels-idx1-ubyte: there is no such file$/);
  });

  it("are refused when one is not what its name says", () => {
    write("train-images-idx3-ubyte", "00000801 00000002 0709");
    const path = join(folder, "train-images-idx3-ubyte");
    expect(() => readMnist(folder)).toThrow(userError(`${path} must hold bytes of rank 3, found rank 1`));
  });

  it("are missed with the command that installs them", () => {
    const find = () => findPackage("no-such-package-here", [import.meta.url]);
    expect(find).toThrow(userError("the npm package no-such-package-here is not installed"));
    expect(find).toThrow(expect.objectContaining({ hint: "npm install no-such-package-here" }));
  });
});
