// Writes the models of test/import/keras and what TensorFlow.js computes with them: once, by hand, with the packages of
// bench/package.json. Weights are seeded: it writes the same again, but for the times that stand in .h5 files.
//
//   cd bench && npm install && node keras/makeModels.mjs
import { mkdirSync, writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { strToU8, zipSync } from "fflate";
import hdf5 from "h5wasm/node";

const layers = tf.layers;
const root = new URL("../../test/import/keras/", import.meta.url);

let state = 1;
function random() {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 0x7fffffff - 0.5;
}

const models = {
  dense: () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 5, inputShape: [7], activation: "relu" }),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: 3, useBias: false }),
        layers.softmax(),
      ],
    }),
  image: () =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", inputShape: [9, 8, 3] }),
        layers.batchNormalization(),
        layers.reLU({ maxValue: 6 }),
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same", activation: "relu6" }),
        layers.conv2d({ filters: 6, kernelSize: 1, activation: "tanh" }),
        layers.maxPooling2d({ poolSize: 2, padding: "same" }),
        layers.flatten(),
        layers.dense({ units: 4, activation: "sigmoid" }),
      ],
    }),
  series: () =>
    tf.sequential({
      layers: [
        layers.conv1d({ filters: 4, kernelSize: 3, padding: "same", dilationRate: 2, inputShape: [12, 3] }),
        layers.leakyReLU({ alpha: 0.1 }),
        layers.averagePooling1d({ poolSize: 2, strides: 1, padding: "same" }),
        layers.dense({ units: 5 }),
        layers.globalMaxPooling1d({}),
        layers.dense({ units: 2, activation: "softmax" }),
      ],
    }),
  residual: () => {
    const input = tf.input({ shape: [8, 8, 4] });
    const separable = layers.separableConv2d({ filters: 4, kernelSize: 3, padding: "same" }).apply(input);
    const sum = layers.add().apply([input, separable]);
    const side = layers.conv2d({ filters: 2, kernelSize: 3, padding: "same" }).apply(sum);
    const joined = layers.concatenate().apply([sum, side]);
    const padded = layers
      .zeroPadding2d({
        padding: [
          [0, 1],
          [0, 1],
        ],
      })
      .apply(joined);
    const strided = layers.conv2d({ filters: 5, kernelSize: 3, strides: 2 }).apply(padded);
    const rectified = layers.activation({ activation: "relu" }).apply(strided);
    const mean = layers.globalAveragePooling2d({}).apply(rectified);
    return tf.model({ inputs: input, outputs: layers.dense({ units: 3 }).apply(mean) });
  },
  nested: () => {
    const features = tf.sequential({
      name: "features",
      layers: [
        layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 2], name: "convolution" }),
        layers.batchNormalization({ scale: false, name: "norm" }),
      ],
    });
    return tf.sequential({
      layers: [
        features,
        layers.reshape({ targetShape: [-1, 3] }),
        layers.globalAveragePooling1d({}),
        layers.dense({ units: 2, name: "head" }),
      ],
    });
  },
  gated: () => {
    const input = tf.input({ shape: [5, 4, 3] });
    const features = layers
      .conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "selu" })
      .apply(input);
    const mean = layers.globalAveragePooling2d({}).apply(features);
    const pixel = layers.reshape({ targetShape: [1, 1, 4] }).apply(mean);
    const gate = layers.conv2d({ filters: 4, kernelSize: 1, activation: "sigmoid" }).apply(pixel);
    const gated = layers.multiply().apply([features, gate]);
    const curved = layers.elu().apply(gated);
    const flat = layers.flatten().apply(curved);
    return tf.model({
      inputs: input,
      outputs: layers.dense({ units: 3, activation: "softplus" }).apply(flat),
    });
  },
  recurrent: () =>
    tf.sequential({
      layers: [
        layers.lstm({
          ...{ units: 4, inputShape: [7, 3], returnSequences: true },
          ...{ activation: "tanh", recurrentActivation: "sigmoid" },
        }),
        layers.bidirectional({
          layer: layers.simpleRNN({ units: 3, returnSequences: true }),
          mergeMode: "concat",
        }),
        layers.bidirectional({
          layer: layers.lstm({ units: 2, recurrentActivation: "sigmoid" }),
          mergeMode: "sum",
        }),
        layers.dense({ units: 2 }),
      ],
    }),
};

/** A layer's own weights, or those of its cells with the folders that Keras 2 and 3 have for these. */
function cellsOf(layer) {
  const cellOf = ({ cell, weights }, outer) => ({
    folders: outer.map((folder, k) => `${folder}${k === 0 ? toSnake(cell.getClassName()) : "cell"}/`),
    weights,
  });
  if (layer.cell) return [cellOf(layer, ["", ""])];
  if (!layer.forwardLayer) return [{ folders: ["", ""], weights: layer.weights }];
  return ["forward", "backward"].map((side) => {
    const inner = layer[`${side}Layer`];
    return cellOf(inner, [`${inner.name}/`, `${side}_layer/`]);
  });
}

/** All weights of a model: each below the models and the layer it belongs to. */
function* weightsOf(model, prefix = "") {
  for (const layer of model.layers) {
    if (layer.layers) yield* weightsOf(layer, `${prefix}${layer.name}/`);
    else {
      for (const { folders, weights } of cellsOf(layer)) {
        for (const [index, variable] of weights.entries()) {
          const name = variable.originalName.split("/").at(-1);
          yield { layer, path: `${prefix}${layer.name}`, folders, name, index, tensor: variable.read() };
        }
      }
    }
  }
}

function writeGroups(file, path) {
  let folder = "";
  for (const part of path.split("/")) {
    const next = folder === "" ? part : `${folder}/${part}`;
    if (!file.get(next)) file.create_group(next);
    folder = next;
  }
}

async function h5(write) {
  const { FS } = await hdf5.ready;
  const file = new hdf5.File("made.h5", "w");
  write(file);
  file.close();
  const bytes = FS.readFile("made.h5");
  FS.unlink("made.h5");
  return bytes;
}

function writeDataset(file, path, tensor) {
  writeGroups(file, path.slice(0, path.lastIndexOf("/")));
  file.create_dataset({ name: path, data: tensor.dataSync(), shape: tensor.shape, dtype: "<f4" });
}

/** What Keras 2 writes into .h5. */
const keras2 = (model, topology) =>
  h5((file) => {
    file.create_attribute("keras_version", "2.15.0");
    file.create_attribute("backend", "tensorflow");
    file.create_attribute(
      "model_config",
      JSON.stringify({ class_name: topology.class_name, config: topology.config }),
    );
    for (const { path, name, layer, folders, tensor } of weightsOf(model)) {
      const group = path.split("/")[0];
      writeDataset(file, `model_weights/${group}/${layer.name}/${folders[0]}${name}:0`, tensor);
    }
  });

const toSnake = (name) =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** Keras 3 calls layers in its weights by class and number. */
function keras3Paths(model) {
  const used = {};
  const isSequential = model.getClassName() === "Sequential";
  return model.layers.flatMap((layer) => {
    if (isSequential && layer.getClassName() === "InputLayer") return [];
    const name = toSnake(layer.getClassName());
    used[name] = (used[name] ?? -1) + 1;
    const path = `layers/${used[name] === 0 ? name : `${name}_${used[name]}`}`;
    return layer.layers
      ? keras3Paths(layer).map((inner) => ({ ...inner, path: `${path}/${inner.path}` }))
      : [{ path, layer }];
  });
}

/** A functional model's calls as Keras 3 writes them. */
function keras3Config(topology) {
  const tensor = ([name, call, output]) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null], dtype: "float32", keras_history: [name, call, output] },
  });
  const config = structuredClone(topology.config);
  for (const layer of config.layers ?? []) {
    if (!layer.inbound_nodes) continue;
    layer.inbound_nodes = layer.inbound_nodes.map((call) => {
      const all = call.map(tensor);
      return { args: [all.length === 1 ? all[0] : all], kwargs: {} };
    });
  }
  for (const ends of ["input_layers", "output_layers"])
    if (config[ends]?.length === 1) config[ends] = config[ends][0];
  const className = topology.class_name === "Model" ? "Functional" : topology.class_name;
  return { module: "keras", class_name: className, config, registered_name: className };
}

async function keras3(model, topology) {
  const weights = await h5((file) => {
    for (const { path, layer } of keras3Paths(model)) {
      for (const { folders, weights } of cellsOf(layer)) {
        for (const [index, variable] of weights.entries()) {
          writeDataset(file, `${path}/${folders[1]}vars/${index}`, variable.read());
        }
      }
    }
  });
  const mtime = new Date("2026-01-01T00:00:00Z");
  return zipSync(
    {
      "metadata.json": strToU8(JSON.stringify({ keras_version: "3.4.1", date_saved: "2026-01-01@00:00:00" })),
      "config.json": strToU8(JSON.stringify(keras3Config(topology))),
      "model.weights.h5": weights,
    },
    { mtime },
  );
}

for (const [name, make] of Object.entries(models)) {
  const model = make();
  model.setWeights(
    model.getWeights().map(({ shape, rank, size }) => {
      const values = Float32Array.from({ length: size }, () => (rank > 1 ? random() : 0.6 + random() * 0.5));
      return tf.tensor(values, shape);
    }),
  );
  const folder = new URL(`${name}/`, root);
  mkdirSync(folder, { recursive: true });
  const write = (file, data) => writeFileSync(new URL(file, folder), data);
  let topology;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      topology = artifacts.modelTopology;
      const weightsManifest = [{ paths: ["weights.bin"], weights: artifacts.weightSpecs }];
      const { generatedBy } = artifacts;
      write(
        "model.json",
        `${JSON.stringify({ format: "layers-model", generatedBy, convertedBy: null, modelTopology: topology, weightsManifest })}\n`,
      );
      write("weights.bin", Buffer.from(artifacts.weightData));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  write("model.h5", await keras2(model, topology));
  write("model.keras", await keras3(model, topology));
  const shape = [2, ...model.inputs[0].shape.slice(1)];
  const input = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.fround(random() * 4));
  const output = await model.predict(tf.tensor(input, shape)).data();
  write("vectors.json", `${JSON.stringify({ shape, input: [...input], output: [...output] })}\n`);
  console.log(name, shape.join("×"), "→", output.length, "values");
}
