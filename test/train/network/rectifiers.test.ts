import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { type DType, Tensor } from "../../../src/base/tensor.js";
import type { EngineName } from "../../../src/train/engine/openEngine.js";
import { trainedTensors } from "../../../src/train/fitting/checkpoint.js";
import { fit as fitNetwork } from "../../../src/train/fitting/fit.js";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { dense } from "../../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import type { Activation, NetworkSpec } from "../../../src/train/layers/graph.js";
import { add } from "../../../src/train/layers/merge.js";
import { averagePool2d, maxPool2d } from "../../../src/train/layers/pooling.js";
import { flatten } from "../../../src/train/layers/reshape.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import type { PassTransform } from "../../../src/train/network/passTransform.js";
import { findRectifiers } from "../../../src/train/network/rectifiers.js";
import { adam } from "../../../src/train/optimizers/adam.js";

const classify = [flatten(), dense(12), relu(), dense(3), softmax()];

/** A ReLU whose input another layer uses too, and one that two layers use. */
function branches(input: Activation): Activation {
  const before = conv2d(4, 3)(input);
  const rectified = relu()(before);
  const shared = relu()(conv2d(4, 3)(rectified));
  const sum = add(before, maxPool2d(3, { stride: 1, padding: "same" })(shared), shared);
  return classify.reduce((activation, layer) => layer(activation), sum);
}

const networks: Readonly<Record<string, NetworkSpec>> = {
  "convolutions and poolings": [
    ...[conv2d(8, 3), relu(), maxPool2d(2), conv2d(8, 3), relu(), maxPool2d(2)],
    ...classify,
  ],
  "batch normalizations": [
    ...[conv2d(8, 3, { stride: 2 }), batchNorm(), relu(), depthwiseConv2d(3), batchNorm(), relu()],
    ...[conv2d(6, 1), batchNorm(), relu(), averagePool2d(2)],
    ...classify,
  ],
  branches,
  "a ReLU at the end": [...classify.slice(0, 4), relu()],
};

const shape = [12, 12, 1];
const count = 24;

function build(spec: NetworkSpec, dtype: DType = "float32") {
  return buildNetwork("test", shape, spec, new Random(3), dtype);
}

/** Lets everything pass as it is, and yet keeps layers apart. */
const nothing: PassTransform = { begin() {}, activation() {}, gradient() {}, end() {}, stepped() {} };

async function train(spec: NetworkSpec, dtype: DType, engine: EngineName, transform?: PassTransform) {
  const network = build(spec, dtype);
  const random = new Random(4);
  const inputs = Tensor.zeros([count, ...shape], "float32");
  for (let k = 0; k < inputs.data.length; k++) inputs.data[k] = 2 * random.uniform() - 1;
  const targets = Int32Array.from({ length: count }, (_, k) => k % 3);
  const options = { epochs: 3, batchSize: 8, random, engine, ...(transform && { transform }) };
  const loss = softmaxCrossEntropy();
  await fitNetwork(
    network,
    { inputs, targets },
    { loss, optimizer: adam({ learningRate: 0.01 }), ...options },
  );
  return trainedTensors(network).map(({ value }) => Buffer.from(value.data.slice().buffer).toString("hex"));
}

describe.each(Object.entries(networks))("training %s", (_, spec) => {
  it.each([
    ["float32", "fast"],
    ["float32", "plain"],
    ["float64", "fast"],
  ] as const)("gives the same bits when layers do the work of ReLUs: %s, %s", async (dtype, engine) => {
    const together = await train(spec, dtype, engine);
    expect(together).toEqual(await train(spec, dtype, engine, nothing));
  });
});

describe("the work of a ReLU", () => {
  const found = (spec: NetworkSpec) => {
    const { layers, connections } = build(spec);
    const { absorbed, absorbedBackward, deriving } = findRectifiers(layers, connections);
    const names = (numbers: ReadonlySet<number>) => [...numbers].map((k) => layers[k].name);
    return { forward: names(absorbed), backward: names(absorbedBackward), deriving: names(deriving) };
  };

  it("is done by the convolution before it and the max pooling behind it", () => {
    expect(found(networks["convolutions and poolings"])).toEqual({
      forward: ["relu_1", "relu_2", "relu_3"],
      backward: ["relu_1", "relu_2"],
      deriving: ["maxPool2d_1", "maxPool2d_2"],
    });
  });

  it("is done by the batch normalization before it, both ways", () => {
    expect(found(networks["batch normalizations"])).toEqual({
      forward: ["relu_1", "relu_2", "relu_3", "relu_4"],
      backward: ["relu_1", "relu_2", "relu_3"],
      deriving: [],
    });
  });

  it("stays its own where others use its input, and on the way back where others use its output", () => {
    expect(found(networks.branches)).toEqual({
      forward: ["relu_2", "relu_3"],
      backward: [],
      deriving: [],
    });
  });

  it("stays its own at the end of a network", () => {
    expect(found(networks["a ReLU at the end"]).forward).toEqual(["relu_1"]);
  });
});
