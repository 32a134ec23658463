import { describe, expect, it } from "vitest";
import { dense } from "../../../src/train/layers/dense.js";
import * as functions from "../../../src/train/layers/elementWise.js";
import type { Activation } from "../../../src/train/layers/graph.js";
import { fixedWeights } from "../../../src/train/layers/initializers.js";
import { add, concatenate } from "../../../src/train/layers/merge.js";
import { flatten, reshape } from "../../../src/train/layers/reshape.js";
import { build, count, run } from "../runLayers.js";

describe("graphs", () => {
  it("run each layer after all it takes, named in that order", () => {
    const network = build([4], (x) => {
      const a = dense(4)(x);
      const b = functions.relu()(dense(4)(a));
      return dense(2)(concatenate(add(a, b), x));
    });
    expect(network.layers.map(({ name }, index) => [name, network.connections[index]])).toEqual([
      ["dense_1", [0]],
      ["dense_2", [1]],
      ["relu_1", [2]],
      ["add_1", [1, 3]],
      ["concatenate_1", [4, 0]],
      ["dense_3", [5]],
    ]);
    expect(network.outputShape).toEqual([2]);
  });

  it("add and join what they are given", () => {
    const twice = fixedWeights([[2]]);
    const graph = (x: Activation) => concatenate(add(dense(1, { weights: twice })(x), x), x);
    expect(run([1], graph, [5]).values).toEqual([15, 5]);
  });

  it("leave out what does not reach the output", () => {
    const network = build([2], (x) => {
      dense(100)(x);
      return dense(1)(x);
    });
    expect(network.parameterCount).toBe(3);
  });

  it("give a list's network for a list's layers", () => {
    const layers = [dense(3), functions.relu()] as const;
    const [list, graph] = [build([2], layers), build([2], (x) => layers[1](layers[0](x)))];
    expect(graph.parameters().map(({ value }) => value.data)).toEqual(
      list.parameters().map(({ value }) => value.data),
    );
  });

  it("reshape and flatten keep the order of numbers", () => {
    expect(run([6], [reshape([2, 3, 1]), flatten()], count(6))).toMatchObject({
      shape: [6],
      values: count(6),
    });
  });
});
