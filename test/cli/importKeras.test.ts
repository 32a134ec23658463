import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../src/formats/samples.js";
import { fail } from "../errors/fail.js";
import { pinfer } from "./pinfer.js";

const models = fileURLToPath(new URL("../import/keras/image/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pinfer-keras-"));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const vectors = JSON.parse(readFileSync(join(models, "vectors.json"), "utf8"));
const outputs = Float32Array.from(vectors.output as number[]);

function importModel(file: string, output: string, ...more: string[]) {
  const { code, stdout, stderr } = pinfer([
    ...["import", join(models, file), "-o", path(output), "--json"],
    ...more,
  ]);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout);
}

beforeAll(() => {
  writeNpy(path("samples.npy"), Float32Array.from(vectors.input as number[]), vectors.shape);
  writeNpy(path("outputs.npy"), outputs, [2, 4]);
});

describe("pinfer import of Keras and TensorFlow.js", () => {
  it("makes one network of all three formats, which is that of TensorFlow.js, and runs as C", () => {
    const check = ["--calibrate", path("samples.npy"), "--check", path("outputs.npy"), "--name", "image"];
    const reports = ["model.json", "model.h5", "model.keras"].map((file, index) =>
      importModel(file, `${index}.json`, ...check),
    );
    expect(new Set(reports.map(({ int8 }) => int8.hash)).size).toBe(1);
    expect(reports.map(({ producer }) => producer)).toEqual([
      ...["Keras tfjs-layers 4.22.0", "Keras 2.15.0", "Keras 3.4.1"],
    ]);
    expect(reports[1].check.largestDifference).toBeLessThanOrEqual(1e-6 * reports[1].check.largestOutput);
    const compared = pinfer(["compare", path("1.json"), "--host-c", "--input", path("samples.npy")]);
    expect(compared.stdout).toContain("0 of 8 bytes differ");
  });

  it("refuses outputs of another network, and options that are none of its own", () => {
    const other = outputs.toReversed();
    writeNpy(path("others.npy"), other, [2, 4]);
    const file = join(models, "model.h5");
    const check = ["--calibrate", path("samples.npy"), "--check", path("others.npy"), "-o", path("x.json")];
    expect(fail(["import", file, ...check]).error).toMatch(/others\.npy/);
    expect(fail(["import", file, "--shape", "n=2", "-o", path("x.json")])).toEqual({
      error: "--shape is for the free axes of .onnx models",
      hint: "leave out --shape",
    });
    expect(fail(["import", file, "--without-softmax", "-o", path("x.json")]).error).toBe(
      "model.h5: no softmax gives its output",
    );
  });
});
