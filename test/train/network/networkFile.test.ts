import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { type Shape, Tensor } from "../../../src/base/tensor.js";
import { readModel, writeModel } from "../../../src/model/modelFile.js";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { conv1d } from "../../../src/train/layers/conv1d.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { dense } from "../../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import * as functions from "../../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../../src/train/layers/graph.js";
import { layerReaders } from "../../../src/train/layers/layerKinds.js";
import { add, concatenate } from "../../../src/train/layers/merge.js";
import { standardize } from "../../../src/train/layers/normalization.js";
import { defineFunction } from "../../../src/train/layers/ownFunction.js";
import * as pools from "../../../src/train/layers/pooling.js";
import { bidirectional, gru, lstm, simpleRnn } from "../../../src/train/layers/recurrentSpecs.js";
import { flatten, reshape } from "../../../src/train/layers/reshape.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { randomTensor } from "../gradientCheck.js";
import { copy, multiply, pad, valueFunction } from "../importedLayers.js";
import { userError } from "../userError.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-network-"));
  path = join(folder, "model.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const images: NetworkSpec = (x) => {
  const a = functions.relu6()(
    batchNorm({ epsilon: 0.01 })(conv2d(4, [3, 2], { stride: 2, dilation: [1, 2], bias: false })(x)),
  );
  const b = functions.hardSwish()(depthwiseConv2d(3, { multiplier: 2 })(a));
  const c = pools.averagePool2d(2, { stride: 1, padding: "same" })(b);
  const d = functions.leakyRelu({ slope: 0.1 })(conv2d(8, 1)(c));
  const joined = concatenate(add(d, functions.tanh()(d)), functions.linear()(c));
  const e = pools.maxPool2d(2, { padding: { top: 1, bottom: 0, left: 0, right: 1 } })(joined);
  const g = multiply(valueFunction("x x sigmoid *")(e), copy([3, 2, 16], 95, [-32, -16, -1])(e));
  const f = dropout(0.3)(
    concatenate(flatten()(pad([1, 0, 2], [0, 3, 0])(g)), pools.globalAveragePool2d()(e)),
  );
  return softmax()(dense(3)(functions.sigmoid()(f)));
};
const series: NetworkSpec = [
  standardize(),
  reshape([12, 2]),
  conv1d(4, 3, { dilation: 2, padding: { before: 1, after: 2 } }),
  functions.relu(),
  bidirectional(gru(3, { returns: "all" })),
  lstm(4, { returns: "all", name: "memory" }),
  simpleRnn(4, { returns: "all", backwards: true }),
  pools.maxPool1d(2, { padding: "same" }),
  functions.hardSigmoid(),
  pools.averagePool1d(2),
  pools.globalAveragePool1d(),
  functions.step(),
];

/** A network with statistics away from where they start. */
function build(inputShape: Shape, spec: NetworkSpec) {
  const random = new Random(1);
  const network = buildNetwork("all layers", inputShape, spec, random);
  for (const { value } of network.statistics()) {
    for (let k = 0; k < value.data.length; k++) value.data[k] += random.uniform();
  }
  return network;
}

describe("a model file", () => {
  it.each<[string, Shape, NetworkSpec]>([
    ["a graph over images", [9, 8, 2], images],
    ["a chain over series", [24], series],
  ])("brings back %s, to the bit", (_, inputShape, spec) => {
    const network = build(inputShape, spec);
    writeModel(path, { network, quantized: undefined });
    const { network: read } = readModel(path);
    const input = randomTensor([4, ...inputShape], new Random(2));
    expect(read?.forward(input)).toEqual(network.forward(input));
    expect(read?.connections).toEqual(network.connections);
    expect(read?.macs).toBe(network.macs);
  });

  it("knows every kind of layer but a user's own, whose code is not in it", () => {
    const kinds = [build([9, 8, 2], images), build([24], series)].flatMap(({ layers }) =>
      layers.map(({ kind }) => kind),
    );
    const own = ["ownFunction", "ownKernel"];
    // made by imports alone: test/model/trees.test.ts
    const trees = "treeEnsemble";
    // take int16 signals: test/model/audioFeatures.test.ts, signals.test.ts
    const signals = ["audioFeatures", "biquads", "decimate", "spectrum", "statistics"];
    // give anomaly scores: test/experiment/anomalies.test.ts
    const scores = ["kMeansDistance", "reconstructionError"];
    expect([...new Set([...kinds, ...own, trees, ...signals, ...scores])].sort()).toEqual(
      Object.keys(layerReaders),
    );
  });

  it("brings back a user's own function by its name only, which cannot run and is written again as it was", () => {
    const square = defineFunction({ name: "square", value: (x) => x * x });
    writeModel(path, { network: build([2], [dense(2), square()]), quantized: undefined });
    const written = readFileSync(path, "utf8");
    const { network } = readModel(path);
    writeModel(path, { network, quantized: undefined });
    expect(readFileSync(path, "utf8")).toBe(written);
    expect(network?.canRun).toBe(false);
    expect(() => network?.forward(Tensor.zeros([1, 2], "float32"))).toThrow(
      userError(
        'layer "square_1" is the experiment\'s own function "square": a model file has its table and not its code',
        "run the float network from the experiment",
      ),
    );
  });

  it("says what a layer takes only where it is not what comes before", () => {
    writeModel(path, { network: build([2], (x) => add(dense(2)(x), x)), quantized: undefined });
    const { network } = JSON.parse(readFileSync(path, "utf8"));
    expect(network.layers).toEqual([
      { kind: "dense", name: "dense_1", units: 2, bias: true },
      { kind: "add", name: "add_1", inputs: [1, 0] },
    ]);
  });

  it.each<[string, (layers: { [name: string]: unknown }[]) => unknown, string]>([
    [
      "an activation that comes later",
      (layers) => (layers[1].inputs = [1, 2]),
      "model.json.network.layers[1].inputs[1] must be an integer 0..1, found 2",
    ],
    [
      "two inputs of a layer that takes one",
      (layers) => (layers[0].inputs = [0, 0]),
      "model.json.network.layers[0].inputs must be the number of one activation, found an array of 2",
    ],
    [
      "one input of a sum",
      (layers) => (layers[1].inputs = [0]),
      'layer "add_1" takes two inputs or more, found 1',
    ],
  ])("refuses %s", (_, damage, message) => {
    writeModel(path, { network: build([2], (x) => add(dense(2)(x), x)), quantized: undefined });
    const model = JSON.parse(readFileSync(path, "utf8"));
    damage(model.network.layers);
    writeFileSync(path, JSON.stringify(model));
    expect(() => readModel(path)).toThrow(userError(message));
  });
});
