import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { gatherInputs } from "../../../src/train/data/dataset.js";
import { dense } from "../../../src/train/layers/dense.js";
import { ElementWise, relu, step } from "../../../src/train/layers/elementWise.js";
import { fixedWeights } from "../../../src/train/layers/initializers.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { buildNetwork, Network } from "../../../src/train/network/network.js";
import { Pass } from "../../../src/train/network/pass.js";
import { userError } from "../userError.js";

describe("Network", () => {
  it("names layers by kind and count, and takes the user's names", () => {
    const network = buildNetwork(
      "digits",
      [784],
      [dense(32), relu(), dense(10, { name: "scores" }), softmax()],
      new Random(1),
    );
    expect(network.layers.map(({ name }) => name)).toEqual(["dense_1", "relu_1", "scores", "softmax_1"]);
    expect(network.outputShape).toEqual([10]);
    expect(network.macs).toBe(784 * 32 + 32 * 10);
    expect(network.parameterCount).toBe(784 * 32 + 32 + 32 * 10 + 10);
  });

  it("gives every layer's output", () => {
    const network = buildNetwork(
      "small",
      [2],
      [dense(1, { weights: fixedWeights([[3, -2]]) }), relu()],
      new Random(1),
    );
    const outputs = network.forwardAll(Tensor.from([2, 2], [1, 1, 1, 2]));
    // 3·1 − 2·1 = 1; 3·1 − 2·2 = −1, which ReLU cuts
    expect(outputs.map(({ data }) => [...data])).toEqual([
      [1, -1],
      [1, 0],
    ]);
  });

  it("leaves earlier results alone when it runs again", () => {
    const network = buildNetwork("small", [1], [dense(1, { weights: fixedWeights([[2]]) })], new Random(1));
    const first = network.forward(Tensor.from([1, 1], [1]));
    network.forward(Tensor.from([1, 1], [5]));
    expect([...first.data]).toEqual([2]);
  });

  it("takes another input tensor for every pass", () => {
    const pass = new Pass(buildNetwork("n", [1], [relu()], new Random(1)), 1);
    const found = [3, 5].map((value) => [...pass.forward(Tensor.from([1, 1], [value])).data]);
    expect(found).toEqual([[3], [5]]);
  });

  it("trains what comes after a layer that has no derivative", () => {
    const network = buildNetwork("n", [2], [step(), dense(1)], new Random(1));
    const pass = new Pass(network, 1);
    pass.forward(Tensor.from([1, 2], [1, -1]));
    pass.backward(Tensor.from([1, 1], [1]));
    expect([...network.parameters()[0].gradient.data]).toEqual([1, 0]);
  });

  it("gives the same parameters for the same seed", () => {
    const build = (seed: number) => buildNetwork("n", [3], [dense(4), relu(), dense(2)], new Random(seed));
    const values = (seed: number) =>
      build(seed)
        .parameters()
        .flatMap(({ value }) => [...value.data]);
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });

  it.each([
    [
      "an input of another shape",
      () => buildNetwork("n", [3], [dense(1)], new Random(1)).forward(new Tensor([1, 4])),
      "the network's input must have shape [any, 3], found [1, 4]",
    ],
    [
      "an image before a dense layer",
      () => buildNetwork("n", [28, 28], [dense(1)], new Random(1)),
      'layer "dense_1" takes a flat input [features], found [28, 28]',
    ],
    [
      "layers that do not fit each other",
      () =>
        new Network("n", [3], "float32", [
          new ElementWise("relu", "a", [3]),
          new ElementWise("relu", "b", [4]),
        ]),
      'layer "b" takes [4], found [3]',
    ],
    [
      "two layers of one name",
      () => buildNetwork("n", [3], [relu({ name: "a" }), relu({ name: "a" })], new Random(1)),
      'two layers are named "a"',
    ],
    ["no layers", () => buildNetwork("n", [3], [], new Random(1)), 'network "n" has no layers'],
    ["half a unit", () => dense(0.5), "dense(units): units must be an integer above 0, found 0.5"],
    [
      "fixed weights of another shape",
      () => buildNetwork("n", [3], [dense(1, { weights: fixedWeights([[1]]) })], new Random(1)),
      "fixed weights must be [1, 3], found [1, 1]",
    ],
    [
      "data that does not fill its shape",
      () => Tensor.from([2, 2], [1, 2, 3]),
      "a tensor of shape [2, 2] has 4 elements, found 3",
    ],
  ])("refuses %s", (_, run, message) => {
    expect(run).toThrow(userError(message));
  });
});

describe("samples are gathered into batches", () => {
  it.each([2, 64, 65, 200])("of %i numbers each", (size) => {
    const inputs = Tensor.from(
      [4, size],
      Array.from({ length: 4 * size }, (_, k) => k),
    );
    const batch = Tensor.zeros([3, size], "float64");
    gatherInputs(inputs, Int32Array.of(2, 0, 2), batch);
    const row = (sample: number) => [...inputs.data.subarray(sample * size, (sample + 1) * size)];
    expect([...batch.data]).toEqual([...row(2), ...row(0), ...row(2)]);
  });
});
