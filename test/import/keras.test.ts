import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import type { ImportedFloats } from "../../src/import/importedFloats.js";
import { importKeras } from "../../src/import/keras/importKeras.js";
import type { KerasFile } from "../../src/import/keras/kerasFile.js";
import { readKeras } from "../../src/import/keras/readKeras.js";

const models = fileURLToPath(new URL("keras/", import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), "keras-"));
afterAll(() => rmSync(temporary, { recursive: true }));

async function importFile(path: string): Promise<ImportedFloats> {
  const file = await readKeras(readFileSync(path), path);
  return importKeras(file!, "imported");
}

describe.each(["model.json", "model.h5", "model.keras"])("a network of %s", (file) => {
  it.each(readdirSync(models))("%s gives what TensorFlow.js gives", async (name) => {
    const { network, notes } = await importFile(join(models, name, file));
    const { shape, input, output } = JSON.parse(readFileSync(join(models, name, "vectors.json"), "utf8"));
    const found = network.forward(new Tensor(shape, Float32Array.from(input))).data;
    const largest = Math.max(...output.map(Math.abs));
    expect(found).toHaveLength(output.length);
    found.forEach((value, index) => {
      expect(Math.abs(value - output[index])).toBeLessThanOrEqual(1e-6 * largest);
    });
    expect(notes).toEqual([]);
  });
});

/** A model of layers, each a class and its configuration, whose weights are all zero. */
function fileOf(layers: readonly (readonly [string, object])[], shapes: Record<string, number[]>): KerasFile {
  return {
    file: "model.h5",
    producer: "Keras 2.15.0",
    major: 2,
    model: {
      class_name: "Sequential",
      config: {
        layers: layers.map(([className, config], index) => ({
          class_name: className,
          config: {
            name: `layer_${index}`,
            ...(index === 0 && { batch_input_shape: [null, 8, 6, 2] }),
            ...config,
          },
        })),
      },
    },
    weightsOf: ({ names }) =>
      Object.entries(shapes)
        .filter(([name]) => name.startsWith(`${names.join("/")}/`))
        .map(([name, shape]) => ({ name, shape, data: new Float32Array(shape.reduce((a, b) => a * b)) })),
  };
}

const convolution = { filters: 3, kernel_size: [3, 3], strides: [1, 1], padding: "valid", use_bias: false };
const kernel = { "layer_0/kernel:0": [3, 3, 2, 3] };

describe("what has no way", () => {
  it("is told all at once, each with its layer, class and what to do", () => {
    const file = fileOf(
      [
        ["Conv2D", convolution],
        ["Lambda", {}],
        ["Flatten", {}],
        ["ConvLSTM2D", {}],
        ["Wavelet", {}],
      ],
      kernel,
    );
    expect(() => importKeras(file, "x")).toThrow(
      [
        "model.h5 cannot be imported:",
        '  layer 2 "layer_1" (Lambda): is not imported: it holds Python code, which is never run: write it as layers',
        '  layer 4 "layer_3" (ConvLSTM2D): is not imported: of recurrent layers LSTM, GRU and SimpleRNN are imported',
        '  layer 5 "layer_4" (Wavelet): is no layer that is imported',
      ].join("\n"),
    );
  });

  it.each([
    [
      "channels first",
      { ...convolution, data_format: "channels_first" },
      /data_format must be "channels_last"/,
    ],
    ["groups", { ...convolution, groups: 2 }, /groups must be 1, found 2/],
    ["another activation", { ...convolution, activation: "wavy" }, /has the activation "wavy"/],
    [
      "weights of another shape",
      { ...convolution, filters: 4 },
      /takes the weights "kernel" \[3, 3, 2, 4\], found/,
    ],
    [
      "a bias that the file has not",
      { ...convolution, use_bias: true },
      /"bias" \[3\], found "layer_0\/kernel:0"/,
    ],
  ])("%s are refused", (_, config, message) => {
    expect(() => importKeras(fileOf([["Conv2D", config]], kernel), "x")).toThrow(message);
  });

  it("an input of free size is refused with what to do", () => {
    const config = { ...convolution, batch_input_shape: [null, null, null, 3] };
    expect(() => importKeras(fileOf([["Conv2D", config]], kernel), "x")).toThrow(
      /the input must have 1 to 3 axes of fixed sizes, found \[any, any, 3\]/,
    );
  });

  it("zeros become part of a convolution's window, or a layer where it takes none", () => {
    const padding = [
      "ZeroPadding2D",
      {
        padding: [
          [1, 0],
          [2, 2],
        ],
      },
    ] as const;
    const kinds = (...layers: (readonly [string, object])[]) =>
      importKeras(fileOf(layers, { "layer_1/kernel:0": [3, 3, 2, 3] }), "x").network.layers.map(
        ({ kind, outputShape }) => `${kind} ${outputShape.join("x")}`,
      );
    expect(kinds(padding, ["Conv2D", convolution])).toEqual(["conv2d 7x8x3"]);
    expect(kinds(padding, ["Conv2D", { ...convolution, padding: "same" }])).toEqual([
      ...["pad 9x10x2", "conv2d 9x10x3"],
    ]);
    expect(kinds(padding, ["Flatten", {}])).toEqual(["pad 9x10x2", "flatten 180"]);
    expect(kinds(["Activation", { activation: "relu" }], padding)).toEqual(["relu 8x6x2", "pad 9x10x2"]);
  });

  // computed by hand
  it.each([
    ["Permute", { dims: [2, 1] }, [0, 2, 4, 1, 3, 5]],
    ["Cropping1D", { cropping: [1, 0] }, [2, 3, 4, 5]],
    ["UpSampling1D", { size: 2 }, [0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5]],
  ])("%s gives values in another order", (className, config, expected) => {
    const file = fileOf([[className, { ...config, batch_input_shape: [null, 3, 2] }]], {});
    const { network } = importKeras(file, "x");
    const output = network.forward(new Tensor([1, 3, 2], Float32Array.of(0, 1, 2, 3, 4, 5)));
    expect([...output.data]).toEqual(expected);
  });

  it("what changes nothing after training is left out with a word", () => {
    const { network, notes } = importKeras(
      fileOf(
        [
          ["Conv2D", convolution],
          ["GaussianNoise", {}],
        ],
        kernel,
      ),
      "x",
    );
    expect(network.layers).toHaveLength(1);
    expect(notes).toEqual(['GaussianNoise "layer_1" changes nothing after training and is left out']);
  });
});

describe("functions of one value", () => {
  const at = (activation: string, major: number, x: number): number => {
    const file = fileOf([["Activation", { activation, batch_input_shape: [null, 1] }]], {});
    const { network } = importKeras({ ...file, major }, "x");
    return network.forward(new Tensor([1, 1], Float32Array.of(x))).data[0];
  };

  it("are Keras' own: hard sigmoid is another one in Keras 3", () => {
    expect(at("hard_sigmoid", 2, 1)).toBeCloseTo(0.7, 6);
    expect(at("hard_sigmoid", 3, 1)).toBeCloseTo(4 / 6, 6);
  });

  // computed by hand from their definitions
  it.each([
    ["elu", Math.exp(-1) - 1],
    ["gelu", -0.158655254],
    ["selu", 1.0507009873554805 * 1.6732632423543772 * (Math.exp(-1) - 1)],
    ["softplus", Math.log1p(Math.exp(-1))],
    ["softsign", -0.5],
    ["swish", -1 / (1 + Math.exp(1))],
    ["mish", -Math.tanh(Math.log1p(Math.exp(-1)))],
  ])("%s of -1", (activation, expected) => {
    expect(at(activation, 3, -1)).toBeCloseTo(expected, 6);
  });
});

describe("files that do not hold together", () => {
  const copy = (name: string): string => {
    const folder = mkdtempSync(join(temporary, "m-"));
    cpSync(join(models, name), folder, { recursive: true });
    return folder;
  };

  it("shards that are cut, or lie elsewhere, are refused", async () => {
    const folder = copy("dense");
    const path = join(folder, "model.json");
    const shard = readFileSync(join(folder, "weights.bin"));
    writeFileSync(join(folder, "weights.bin"), shard.subarray(4));
    await expect(importFile(path)).rejects.toThrow(/ends at byte 220 of its shards, which have 216/);
    writeFileSync(join(folder, "weights.bin"), Buffer.concat([shard, shard.subarray(0, 4)]));
    await expect(importFile(path)).rejects.toThrow(/its weights take 220 B, its shards have 224/);
    writeFileSync(path, readFileSync(path, "utf8").replace('"weights.bin"', '"../dense/weights.bin"'));
    await expect(importFile(path)).rejects.toThrow(
      /paths\[0\] must be the name of a file in the model's folder/,
    );
  });

  it("weights without a model, a graph model and a description alone are told what they are", async () => {
    const folder = copy("dense");
    const path = join(folder, "model.json");
    const parsed = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...parsed, format: "graph-model" }));
    await expect(importFile(path)).rejects.toThrow(/is a graph model, expected a layers model/);
    writeFileSync(path, JSON.stringify({ modelTopology: parsed.modelTopology }));
    await expect(importFile(path)).rejects.toThrow(/without its weights/);
    const h5 = readFileSync(join(folder, "model.h5"));
    writeFileSync(
      join(folder, "model.h5"),
      Buffer.from(h5.toString("latin1").replaceAll("model_config", "model_konfig"), "latin1"),
    );
    await expect(importFile(join(folder, "model.h5"))).rejects.toThrow(/has no model, only weights/);
  });

  it("damage in any place of the JSON gives a network or a UserError", async () => {
    const folder = copy("residual");
    const path = join(folder, "model.json");
    const text = readFileSync(path, "utf8");
    const random = new Random(7);
    const pieces = ["null", "-1", "1e99", '"x"', "[]", "{}", "true", "0", "4294967296"];
    for (let round = 0; round < 120; round++) {
      const values = [...text.matchAll(/(?<=[:[,])(?:-?\d+|"[^"]*"|true|false|null)(?=[,\]}])/g)];
      const { 0: old, index } = values[random.integer(values.length)];
      const damaged =
        text.slice(0, index) + pieces[random.integer(pieces.length)] + text.slice(index + old.length);
      writeFileSync(path, damaged);
      await importFile(path).catch((error: Error) => expect(error).toMatchObject({ name: "UserError" }));
    }
  });
});

describe("recurrent layers", () => {
  /** sin(start + 1.7 k) to three digits, the rows of [3 · 2, columns] as columns. */
  const wave = (columns: number, start: number): Float32Array =>
    Float32Array.from({ length: 6 * columns }, (_, at) => {
      const [c, r] = [Math.floor(at / 6), at % 6];
      return Math.round(Math.sin(start + 1.7 * (r * columns + c)) * 1000) / 1000;
    });
  const config = {
    ...{ name: "gru", batch_input_shape: [null, 4, 3], units: 2, activation: "tanh", reset_after: true },
    ...{ recurrent_activation: "sigmoid", return_sequences: false, use_bias: true },
  };
  const file = (className: string, changes: object = {}): KerasFile => ({
    ...{ file: "model.h5", producer: "Keras 2.15.0", major: 2 },
    model: {
      class_name: "Sequential",
      config: { layers: [{ class_name: className, config: { ...config, ...changes } }] },
    },
    weightsOf: () => [
      { name: "gru/gru_cell/kernel:0", shape: [3, 6], data: wave(3, 1) },
      { name: "gru/gru_cell/recurrent_kernel:0", shape: [2, 6], data: wave(2, 2) },
      {
        ...{ name: "gru/gru_cell/bias:0", shape: [2, 6] },
        data: Float32Array.from({ length: 12 }, (_, k) => Math.round(Math.sin(3 + 1.7 * k) * 1000) / 1000),
      },
    ],
  });

  it("GRU gives PyTorch's outputs with the same weights", () => {
    const { network } = importKeras(file("GRU"), "x");
    const samples = Float32Array.from(
      { length: 12 },
      (_, k) => Math.round(Math.sin(4 + 1.7 * k) * 1000) / 1000,
    );
    const found = network.forward(new Tensor([1, 4, 3], samples)).data;
    // torch.nn.GRU of PyTorch 1.13, printed with six digits
    for (const [k, value] of [0.172435, 0.452035].entries())
      expect(Math.abs(found[k] - value)).toBeLessThan(2e-6);
  });

  it.each<[string, object, RegExp]>([
    ["a reset before the product", { reset_after: false }, /reset_after must be true, found false/],
    ["a reset of which the file says nothing", { reset_after: undefined }, /reset_after must be true/],
    ["another function", { activation: "relu" }, /activation must be "tanh", found "relu"/],
    ["an older sigmoid", { recurrent_activation: "hard_sigmoid" }, /recurrent_activation must be "sigmoid"/],
    ["states between samples", { stateful: true }, /stateful must be false, found true/],
    [
      "all steps backwards",
      { go_backwards: true, return_sequences: true },
      /go_backwards must be false where return_sequences is true/,
    ],
    ["images", { batch_input_shape: [null, 4, 3, 1] }, /takes \[steps, features\], found \[4, 3, 1\]/],
  ])("with %s are refused", (_, changes, message) => {
    expect(() => importKeras(file("GRU", changes), "x")).toThrow(message);
  });
});
