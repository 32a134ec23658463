import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { readSamples, writeNpy } from "../../src/formats/samples.js";
import { writeModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { Dense } from "../../src/train/layers/dense.js";
import { Network } from "../../src/train/network/network.js";
import { ports } from "../support/ports.js";
import { pinfer } from "./pinfer.js";

/** output = input · [[1, 0], [0, 1], [1, 1]]ᵀ · 1/2, in steps of 1; softmax would hide the arithmetic. */
const network: QuantizedNetwork = {
  name: "halves",
  ...ports(0, 1),
  tensors: [
    { elementType: "int8", name: "input", shape: [2], quantization: { scale: 0.5, zeroPoint: 3 } },
    { elementType: "int8", name: "dense_1", shape: [3], quantization: { scale: 1, zeroPoint: -4 } },
  ],
  layers: [
    {
      ...{ kind: "fullyConnected", name: "dense_1", inputs: [0], output: 1 },
      weights: Int8Array.of(1, 0, 0, 1, 1, 1),
      weightScales: [1],
      bias: Int32Array.of(0, 0, 2),
      ...{ activationMin: -128, activationMax: 127 },
    },
  ],
};

const folder = mkdtempSync(join(tmpdir(), "pinfer-predict-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

beforeAll(() => {
  writeModel(path("model.json"), { network: undefined, quantized: network });
  writeNpy(path("real.npy"), Float32Array.of(1, 3, 0, 0), [2, 2]);
  writeNpy(path("int8.npy"), Int8Array.of(5, 9, 3, 3), [2, 2]);
  writeNpy(path("wide.npy"), Float32Array.of(1, 2, 3), [1, 3]);
});

// sample 0: 1 and 3 are 2 and 6 half-steps: accumulators 2, 6, 8 + 2 half-steps are 1, 3, 5; minus 4: −3, −1, 1
// sample 1: zeros: 0, 0, 2 half-steps are 0, 0, 1; minus 4: −4, −4, −3
const expected = {
  warnings: [],
  shape: [2, 3],
  classes: [2, 2],
  outputs: [
    [1, 3, 5],
    [0, 0, 1],
  ],
  int8: [
    [-3, -1, 1],
    [-4, -4, -3],
  ],
};

describe("pinfer predict", () => {
  it("divides samples, integers too, by what it is told to", () => {
    // bytes 3, 9, 0, 0 of a 2 x 1 image each, divided by 3; int8 4, 12 by 4 are real values and no integers as they are
    writeFileSync(path("x.idx"), Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 3, 9, 0, 0));
    writeNpy(path("times4.npy"), Int8Array.of(4, 12, 0, 0), [2, 2]);
    for (const [file, divisor] of [
      ["x.idx", "3"],
      ["times4.npy", "4"],
    ]) {
      const options = ["--input", path(file), "--divide", divisor, "--json"];
      expect(JSON.parse(pinfer(["predict", path("model.json"), ...options]).stdout)).toEqual(expected);
    }
    const { code, stderr } = pinfer([
      "predict",
      path("model.json"),
      "--input",
      path("x.idx"),
      "--divide",
      "0",
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("Expected a number above 0.")]);
  });

  it("quantizes real samples, runs the integers and gives real values and int8", () => {
    const { code, stdout } = pinfer(["predict", path("model.json"), "--input", path("real.npy"), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it("takes int8 samples as they are", () => {
    const { stdout } = pinfer(["predict", path("model.json"), "--input", path("int8.npy"), "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      ...expected,
      warnings: [
        `${path("int8.npy")}: its int8 values are taken as the network's own integers: 1 stands for 0.5`,
      ],
    });
  });

  it("prints class, output and int8 of each sample, and writes all outputs to -o", () => {
    const { stdout } = pinfer([
      "predict",
      path("model.json"),
      "--input",
      path("real.npy"),
      "-o",
      path("y.npy"),
    ]);
    expect(stdout).toBe(
      "sample  class    output  int8\n     0      2  5.000000     1\n     1      2  1.000000    -3\n",
    );
    expect(readSamples(path("y.npy"))).toMatchObject({
      shape: [2, 3],
      data: Int8Array.of(...expected.int8.flat()),
      type: "i1",
    });
  });

  it("names both shapes when samples do not fit the network", () => {
    expect(pinfer(["predict", path("model.json"), "--input", path("wide.npy")])).toEqual({
      code: 1,
      stdout: "",
      stderr:
        `error: ${path("wide.npy")}: has shape [1, 3]; expected [samples, 2]\n` +
        "hint: one sample must have the shape of the network's input\n",
    });
  });

  it("runs the float network with --float, and writes float32", () => {
    // one output: 0.5 · 1 − 0.25 · 3 + 1 = 0.75, and 1 for zeros
    const dense = new Dense("dense_1", Tensor.from([1, 2], [0.5, -0.25]), Tensor.from([1], [1]));
    const float = new Network("line", [2], "float32", [dense]);
    writeModel(path("float.json"), {
      network: float,
      quantized: quantizeNetwork(float, Tensor.from([1, 2], [1, 3])),
    });

    const { stdout } = pinfer([
      "predict",
      path("float.json"),
      "--input",
      path("real.npy"),
      "--float",
      "-o",
      path("y.npy"),
    ]);

    expect(stdout).toBe("sample    output\n     0  0.750000\n     1  1.000000\n");
    expect(readSamples(path("y.npy"))).toMatchObject({
      shape: [2, 1],
      data: Float32Array.of(0.75, 1),
      type: "f4",
    });

    // calibrated on 1 to 3
    writeNpy(path("pixels.npy"), Uint8Array.of(0, 255), [1, 2]);
    const pixels = ["predict", path("float.json"), "--input", path("pixels.npy"), "--float", "--json"];
    expect(pinfer(pixels)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/holds bytes up to 255; /),
    });
    // −0.25 · 255 / 85 + 1
    expect(JSON.parse(pinfer([...pixels, "--divide", "85"]).stdout).outputs).toEqual([[0.25]]);
  });

  it("says so when there is no float network to run", () => {
    const { code, stderr } = pinfer(["predict", path("model.json"), "--input", path("real.npy"), "--float"]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: ${path("model.json")} holds no float network\n` +
        "hint: leave out --float: an imported model has integers only\n",
    );
  });

  it("ends with 2 without --input", () => {
    expect(pinfer(["predict", path("model.json")])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("error: required option '--input <file>' not specified"),
    });
  });
});

describe("pinfer summary", () => {
  it("shows each layer and the totals", () => {
    const { code, stdout } = pinfer(["summary", path("model.json")]);
    expect(code).toBe(0);
    expect(stdout.replace(/\([0-9a-f]{8}\)/, "(hash)")).toMatchInlineSnapshot(`
      ""halves" (hash), planned for speed on any core

      input   int8 [2], real = 0.5 · (q − 3)
      output  int8 [3], real = 1 · (q + 4)

      passes: nothing to take out

      layer    kind            output  parameters  MACs  flash B  RAM B  kernel
      dense_1  fullyConnected  [3]              9     6       33      5  fullyConnected
      total                                     9     6       33      8

      flash: 33 B of tables, and the code
      RAM: 8 B of arena; no plan takes less than 8 B
        most at dense_1: dense_1 3 B, input 2 B
      "
    `);
  });

  it("prints the same as JSON", () => {
    // arena: 2 and 3 bytes, each rounded up to words
    expect(JSON.parse(pinfer(["summary", path("model.json"), "--json"]).stdout)).toMatchObject({
      ...{ name: "halves", parameters: 9, macs: 6, arenaBytes: 8, arenaLowerBoundBytes: 8 },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      layers: [{ name: "dense_1", kind: "fullyConnected", outputShape: [3], macs: 6 }],
    });
  });

  it("names a model that is not there", () => {
    const { code, stderr } = pinfer(["summary", path("none.json")]);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: there is no model ${path("none.json")}\n`);
  });
});
