// Makes examples/imports: models in the files of other frameworks, of networks that the other examples train, and a forest
// that is trained here. Seeded: the same bytes every time.
//
//   node scripts/build.mjs && node scripts/makeImportExamples.mjs
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { dump } from "npyjs";
import { growForest } from "./growForest.mjs";

const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(`../${path}`);
const { buildOnnx } = await load("test/import/onnx/buildOnnx.ts");
const { classifierModel, sumsOf } = await load("test/import/onnx/treeModels.ts");
const { buildTflite } = await load("test/import/buildTflite.ts");
const { readModel } = await load("src/model/modelFile.ts");
const { readSamples } = await load("src/formats/samples.ts");
const { Tensor } = await load("src/base/tensor.ts");

const root = fileURLToPath(new URL("..", import.meta.url));
const pinfer = join(root, "dist", "src", "cli", "main.js");
const work = mkdtempSync(join(tmpdir(), "pinfer-imports-"));

const producer = "pinfer's examples";

/** What an example trains, and the samples that it was tested with. */
function trained(example) {
  const [model, folder] = [join(work, `${example}.json`), join(work, example)];
  const words = [
    "train",
    join(root, "examples", example, "experiment.ts"),
    "-o",
    model,
    "--test-samples",
    folder,
  ];
  const { status, stderr } = spawnSync(process.execPath, [pinfer, ...words], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const { network, quantized } = readModel(model);
  const { data, shape } = readSamples(join(folder, "inputs.npy"));
  const inputs = new Tensor(shape, Float32Array.from(data));
  const labels = join(folder, "labels.npy");
  return { network, quantized, inputs, labels: existsSync(labels) ? readFileSync(labels) : undefined };
}

const npy = (data, shape) => new Uint8Array(dump(data, shape));
const floats = ({ data, shape }) => npy(Float32Array.from(data), [...shape]);
const layerOf = ({ layers }, kind, index = 0) => layers.filter((layer) => layer.kind === kind)[index];

function write(name, files) {
  const folder = join(root, "examples", "imports", name);
  mkdirSync(folder, { recursive: true });
  for (const [file, data] of Object.entries(files)) writeFileSync(join(folder, file), data);
}

/** As PyTorch exports it: channels first, and weights in the order of a flatten of that. */
function gestures() {
  const { network, inputs, labels } = trained("gestures");
  const [samples, rows, axes] = inputs.shape;
  const turned = new Float32Array(inputs.data.length);
  for (let s = 0; s < samples; s++) {
    for (let t = 0; t < rows; t++) {
      for (let c = 0; c < axes; c++)
        turned[(s * axes + c) * rows + t] = inputs.data[(s * rows + t) * axes + c];
    }
  }
  const { offsets, factors } = layerOf(network, "normalization");
  const [first, last] = [layerOf(network, "dense"), layerOf(network, "dense", 1)];
  const { shape, data } = first.weights.value;
  const weights = data.map((_, i) => {
    const [o, place] = [Math.floor(i / shape[1]), i % shape[1]];
    return data[o * shape[1] + (place % rows) * axes + Math.floor(place / rows)];
  });
  const constant = (values, dims) => ({ dims, values: Float32Array.from(values) });
  const model = buildOnnx({
    producer,
    inputs: { accelerations: ["batch", axes, rows] },
    outputs: ["probabilities"],
    opset: 17,
    constants: {
      mean: constant(offsets.data, [axes, 1]),
      deviation: constant(
        factors.data.map((factor) => 1 / factor),
        [axes, 1],
      ),
      "hidden.weight": constant(weights, shape),
      "hidden.bias": constant(first.bias.value.data, [shape[0]]),
      "out.weight": constant(last.weights.value.data, last.weights.value.shape),
      "out.bias": constant(last.bias.value.data, last.bias.value.shape),
    },
    nodes: [
      { op: "Sub", inputs: ["accelerations", "mean"], outputs: ["centred"] },
      { op: "Div", inputs: ["centred", "deviation"], outputs: ["scaled"] },
      { op: "Flatten", inputs: ["scaled"], outputs: ["flat"], attributes: { axis: 1 } },
      {
        op: "Gemm",
        inputs: ["flat", "hidden.weight", "hidden.bias"],
        outputs: ["hidden"],
        attributes: { transB: 1 },
      },
      { op: "Relu", inputs: ["hidden"], outputs: ["rectified"] },
      {
        op: "Gemm",
        inputs: ["rectified", "out.weight", "out.bias"],
        outputs: ["scores"],
        attributes: { transB: 1 },
      },
      { op: "Softmax", inputs: ["scores"], outputs: ["probabilities"], attributes: { axis: 1 } },
    ],
  });
  write("gestures-onnx", {
    "model.onnx": model,
    "samples.npy": npy(turned, [samples, axes, rows]),
    "outputs.npy": floats(network.forward(inputs)),
    "labels.npy": labels,
  });
}

/** As tensorflowjs saves a sequential model: kernels are [inputs, units]. */
function spirals() {
  const { network, inputs, labels } = trained("shapes");
  const layers = network.layers.filter(({ kind }) => kind === "dense");
  const weights = layers.flatMap(({ name, weights: { value }, bias }) => {
    const [units, size] = value.shape;
    const kernel = value.data.map((_, i) => value.data[(i % units) * size + Math.floor(i / units)]);
    return [
      { name: `${name}/kernel`, shape: [size, units], data: kernel },
      { name: `${name}/bias`, shape: [units], data: bias.value.data },
    ];
  });
  const config = layers.map(({ name, weights: { value } }, k) => ({
    class_name: "Dense",
    config: {
      ...{ name, trainable: true, dtype: "float32", units: value.shape[0], use_bias: true },
      activation: k === layers.length - 1 ? "softmax" : "relu",
      ...(k === 0 && { batch_input_shape: [null, 2] }),
    },
  }));
  const description = {
    format: "layers-model",
    generatedBy: "TensorFlow.js tfjs-layers v4.22.0",
    convertedBy: null,
    modelTopology: {
      class_name: "Sequential",
      config: { name: "spirals", layers: config },
      ...{ keras_version: "tfjs-layers 4.22.0", backend: "tensor_flow.js" },
    },
    weightsManifest: [
      {
        paths: ["weights.bin"],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
      },
    ],
  };
  write("spirals-tfjs", {
    "model.json": `${JSON.stringify(description, null, 2)}\n`,
    "weights.bin": Buffer.concat(weights.map(({ data }) => Buffer.from(Float32Array.from(data).buffer))),
    "samples.npy": floats(inputs),
    "outputs.npy": floats(network.forward(inputs)),
    "labels.npy": labels,
  });
}

/** As TensorFlow Lite's converter leaves a float Keras model. */
function arrows() {
  const { network, inputs, labels } = trained("arrows");
  const [first, last] = [layerOf(network, "dense"), layerOf(network, "dense", 1)];
  const float = (shape, data) => ({
    shape: [...shape],
    type: "float32",
    ...(data && { data: Float32Array.from(data) }),
  });
  const [hidden, flat] = first.weights.value.shape;
  const [classes] = last.weights.value.shape;
  const model = buildTflite({
    description: "arrows, as a converter leaves it",
    tensors: [
      float([1, ...network.inputShape]),
      { shape: [2], type: "int32", data: Int32Array.of(1, flat) },
      float([1, flat]),
      ...[first, last].flatMap(({ weights, bias }) => [
        float(weights.value.shape, weights.value.data),
        float(bias.value.shape, bias.value.data),
      ]),
      ...[float([1, hidden]), float([1, classes]), float([1, classes])],
    ],
    operators: [
      { type: "RESHAPE", inputs: [0, 1], outputs: [2] },
      { type: "FULLY_CONNECTED", inputs: [2, 3, 4], outputs: [7], optionsType: 8, options: [[0, "int8", 1]] },
      { type: "FULLY_CONNECTED", inputs: [7, 5, 6], outputs: [8], optionsType: 8, options: [[0, "int8", 0]] },
      { type: "SOFTMAX", inputs: [8], outputs: [9], optionsType: 9, options: [[0, "float32", 1]] },
    ],
    inputs: [0],
    outputs: [9],
  });
  write("arrows-float-tflite", {
    "model.tflite": model,
    "samples.npy": floats(inputs),
    "outputs.npy": floats(network.forward(inputs)),
    "labels.npy": labels,
  });
}

/** Full-integer quantization: what pinfer's quantizer chose, in TensorFlow Lite's file. */
function sine() {
  const { quantized, network } = trained("sine");
  const { tensors, layers } = quantized;
  const activations = tensors.map(({ shape, quantization: { scale, zeroPoint } }) => ({
    shape: [1, ...shape],
    scales: [scale],
    zeroPoints: [zeroPoint],
  }));
  const constants = [];
  const constant = (spec) => activations.length + constants.push(spec) - 1;
  const operators = layers.map((layer) => {
    const { kind, inputs, output } = layer;
    if (kind === "lookup") return { type: "LOGISTIC", inputs, outputs: [output] };
    if (kind !== "fullyConnected") throw new Error(`sine has a layer of kind ${kind}`);
    const { weights, weightScales, bias } = layer;
    const shape = [bias.length, weights.length / bias.length];
    const kernel = { shape, data: weights, scales: weightScales, zeroPoints: weightScales.map(() => 0) };
    const taken = [
      ...inputs,
      constant(kernel),
      constant({ shape: [bias.length], type: "int32", data: bias }),
    ];
    return {
      type: "FULLY_CONNECTED",
      inputs: taken,
      outputs: [output],
      optionsType: 8,
      options: [[0, "int8", 0]],
    };
  });
  const model = buildTflite({
    description: "sine, full-integer",
    ...{ tensors: [...activations, ...constants], operators, inputs: [0], outputs: [layers.at(-1).output] },
  });
  const inputs = Tensor.from(
    [64, 1],
    Array.from({ length: 64 }, (_, k) => k / 32 - 1),
  );
  write("sine-int8-tflite", {
    "model.tflite": model,
    "samples.npy": floats(inputs),
    "outputs.npy": floats(network.forward(inputs)),
  });
}

/** A random forest as skl2onnx writes it: every third fruit is held back. */
function fruit() {
  const [head, ...lines] = readFileSync(join(root, "examples", "fruit", "fruit.csv"), "utf8")
    .trim()
    .split("\n");
  const features = head.split(",").length - 1;
  const rows = lines.map((line) => line.split(","));
  const names = [...new Set(rows.map((row) => row[features]))].sort();
  const samples = rows.map((row) => ({
    values: row.slice(0, features).map((cell) => Math.fround(Number(cell))),
    label: names.indexOf(row[features]),
  }));
  // fruits stand in turn by kind: whole turns are held back
  const isTest = (_, index) => Math.floor(index / names.length) % 3 === 2;
  const test = samples.filter(isTest);
  const forest = growForest(
    samples.filter((sample, index) => !isTest(sample, index)),
    { classes: names.length, trees: 20, depth: 6, seed: 1 },
  );
  const attributes = { classlabels_strings: { texts: names }, post_transform: "NONE" };
  const model = buildOnnx({ ...classifierModel(forest, features, attributes), producer });
  write("fruit-forest", {
    "model.onnx": model,
    "samples.npy": npy(Float32Array.from(test.flatMap(({ values }) => values)), [test.length, features]),
    "outputs.npy": npy(
      Float32Array.from(test.flatMap(({ values }) => sumsOf(forest, values, names.length))),
      [test.length, names.length],
    ),
    "labels.npy": npy(
      Uint8Array.from(test, ({ label }) => label),
      [test.length],
    ),
  });
}

for (const make of [gestures, spirals, arrows, sine, fruit]) make();
rmSync(work, { recursive: true });
