import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { cutAfter } from "../support/cutFiles.js";
import { ports } from "../support/ports.js";
import { createModel, quantized } from "../support/smallModel.js";
import { weightsOf } from "../support/weightsOf.js";
import { userError } from "../train/userError.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-model-"));
  path = join(folder, "model.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a model in the place of another", () => {
  const [older, newer] = (["float64", "float32"] as const).map((dtype) => createModel(dtype));

  it("is whole, the old one or the new, wherever the process was killed", () => {
    let [oldOnes, newOnes] = [0, 0];
    for (let calls = 0, isCut = true; isCut; calls++) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      writeModel(path, older);
      isCut = cutAfter(calls, () => writeModel(path, newer));
      const { network } = readModel(path);
      if (network?.dtype === "float64") oldOnes += 1;
      else newOnes += 1;
      expect(network, `after ${calls} calls`).toEqual((network?.dtype === "float64" ? older : newer).network);
    }
    expect(oldOnes).toBeGreaterThan(5); // two files opened, written, flushed; a rename
    expect(newOnes).toBeGreaterThan(2);
    expect(readdirSync(folder).sort()).toEqual([basename(weightsOf(path)), "model.json"].sort());
  });

  it("removes the weights that the old description named, and no others", () => {
    for (const name of ["model.safetensors", "model.0123abcd.safetensors", "other.safetensors"])
      writeFileSync(join(folder, name), name);
    const named = (file: string) => {
      writeFileSync(path, JSON.stringify({ weights: { file } }));
      writeModel(path, newer);
      return readdirSync(folder).sort();
    };
    const kept = [...named("other.safetensors")];
    expect(kept).toEqual(
      [
        basename(weightsOf(path)),
        "model.0123abcd.safetensors",
        "model.json",
        "model.safetensors",
        "other.safetensors",
      ].sort(),
    );
    expect(named("../model.safetensors")).toEqual(kept);
    expect(named("model.safetensors")).toEqual(kept.filter((name) => name !== "model.safetensors"));
    expect(named("model.0123abcd.safetensors")).toEqual(
      [basename(weightsOf(path)), "model.json", "other.safetensors"].sort(),
    );
  });
});

describe("a model file", () => {
  it("gives the integer network back, number for number", () => {
    writeModel(path, createModel());
    expect(readModel(path).quantized).toEqual(quantized);
  });

  it.each(["float32", "float64"] as const)("gives the float network back in %s", (dtype) => {
    const model = createModel(dtype);
    writeModel(path, model);
    const read = readModel(path);
    expect(read.network).toEqual(model.network);
    const input = Tensor.from([1, 3], [0.25, -1, 2], dtype);
    expect(read.network?.forward(input)).toEqual(model.network?.forward(input));
    expect(read.training).toEqual(model.training);
  });

  it("gives the classes' names back, whatever is in them, in the place of numbers", () => {
    const classNames = ["off\u001b[2J\u009b2J\n", "\u202eon \ud800 */"];
    const outputs = [{ ...quantized.outputs[0], labels: classNames }];
    writeModel(path, { ...createModel(), quantized: { ...quantized, outputs } });
    expect(readModel(path).classNames).toEqual(classNames);
    expect(readFileSync(path, "utf8")).not.toMatch(/[^\n\P{C}]/u);
    writeModel(path, { ...createModel(), quantized: undefined, classNames });
    expect(readModel(path).classNames).toEqual(classNames);
  });

  it("has the same weights, networks and hash without names of classes, as older ones are", () => {
    writeModel(path, createModel());
    const weights = readFileSync(weightsOf(path));
    expect(readModel(path).classNames).toEqual(["off", "on"]);
    const older = JSON.parse(readFileSync(path, "utf8"));
    delete older.quantized.outputs[0].labels;
    writeFileSync(path, JSON.stringify(older));
    const nameless = readModel(path);
    expect("classNames" in nameless).toBe(false);
    writeModel(path, nameless);
    expect(readFileSync(weightsOf(path))).toEqual(weights);
    expect(readFileSync(path, "utf8")).not.toContain("classNames");
    expect(networkHash(readModel(path).quantized!)).toBe(networkHash(quantized));
  });

  it("may hold no float network", () => {
    writeModel(path, { network: undefined, quantized });
    expect(readModel(path)).toEqual({ network: undefined, quantized, classNames: ["off", "on"] });
  });

  it("has the same bytes for the same model, and leaves no temporary files", () => {
    writeModel(path, createModel());
    const bytes = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]);
    const first = bytes();
    writeModel(path, createModel());
    expect(bytes()).toEqual(first);
    const { file, sha256 } = JSON.parse(readFileSync(path, "utf8")).weights;
    expect(file).toBe(`model.${sha256.slice(0, 8)}.safetensors`);
    expect(first.map(([name]) => name).sort()).toEqual([file, "model.json"].sort());
  });

  it("is JSON that a person can read", () => {
    writeModel(path, createModel());
    expect(readFileSync(path, "utf8")).toContain(`
    "layers": [
      {
        "kind": "fullyConnected",
        "name": "dense_1",
        "inputs": [0],
        "output": 1,
        "weightScales": [0.009999999776482582, 0.30000001192092896],
        "activationMin": -128,
        "activationMax": 127
      },`);
  });

  it("keeps what an input's columns are called, and a quantization for each of them", () => {
    const quantization = [
      { scale: 1, zeroPoint: 0 },
      { scale: Math.fround(0.03), zeroPoint: -3_377_500 },
    ];
    const columns: QuantizedNetwork = {
      ...{ name: "columns", ...ports(0, 1) },
      inputs: [{ tensor: 0, name: "weather", border: "float32", labels: ["g", "Pa"] }],
      tensors: [
        { name: "input", shape: [5, 2], elementType: "int16", quantization },
        { name: "output", shape: [5, 2], elementType: "int8", quantization: { scale: 1, zeroPoint: 0 } },
      ],
      layers: [
        {
          ...{ kind: "normalization", name: "standardize_1", inputs: [0], output: 1 },
          ...{ offsets: Int32Array.of(3, -4), factors: [0.5, 0.25] },
        },
      ],
    };
    writeModel(path, { network: undefined, quantized: columns });
    expect(readModel(path).quantized).toEqual(columns);
  });

  it("must be named .json", () => {
    expect(() => writeModel(join(folder, "model"), createModel())).toThrow(
      userError(`a model's path must end in .json, found ${join(folder, "model")}`),
    );
  });

  it("cannot be written where there is no folder, and then leaves nothing behind", () => {
    expect(() => writeModel(join(folder, "none", "model.json"), createModel())).toThrow(
      /^cannot write .*none.model\.[0-9a-f]{8}\.safetensors, .*none.model.json: ENOENT/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
