import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork, QuantizedTrees } from "../../src/network/quantizedNetwork.js";
import { TreeEnsemble } from "../../src/train/layers/treeEnsemble.js";
import { Network } from "../../src/train/network/network.js";
import { treeNetwork } from "../support/treeNetwork.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-trees-"));
const path = join(folder, "model.json");
afterAll(() => rmSync(folder, { recursive: true }));

const votes = [10, 0, 0, 0, 20, 0, 0, 0, 40, 2, 2, 2];

/** What was written and read. */
function kept(quantized: QuantizedNetwork, network?: Network) {
  writeModel(path, { network, quantized });
  return readModel(path);
}

/** A network whose trees have a change. */
function changed(change: Partial<QuantizedTrees>): QuantizedNetwork {
  const network = treeNetwork(votes);
  return { ...network, layers: network.layers.map((layer) => ({ ...layer, ...change }) as QuantizedTrees) };
}

const floatTrees = (nodes: readonly number[]) =>
  new TreeEnsemble(
    "trees",
    2,
    {
      nodes: Tensor.from([nodes.length / 4, 4], nodes),
      roots: Tensor.from([1], [0]),
      leaves: Tensor.from([2, 1], [0.25, 0.5]),
      base: Tensor.from([1], [1]),
    },
    false,
  );

describe("a model file with trees", () => {
  it("gives them back, in integers and in floats", () => {
    const integers = treeNetwork(votes, { base: [1, -2, 3], factor: 0.25, isRanked: true });
    const float = new Network("forest", [2], "float32", [floatTrees([1, 0.1, -1, -2])]);
    const { quantized, network } = kept(integers, float);
    expect(quantized).toEqual(integers);
    expect([...network!.forward(Tensor.from([2, 2], [0, 0, 0, 1])).data]).toEqual([1.25, 1.5]);
  });

  it("is refused where a walk would not end in a leaf, or a number has no place", () => {
    const place = "model.json.quantized.layers[0]";
    const refused = (change: Partial<QuantizedTrees>) => () => kept(changed(change));
    const nodes = (index: number, value: number) => {
      const [layer] = treeNetwork(votes).layers as QuantizedTrees[];
      return { nodes: layer!.nodes.with(index, value) };
    };
    expect(refused(nodes(3, 0))).toThrow(
      `${place}.nodes must be a later node of its tree, or a leaf, behind node 0`,
    );
    expect(refused(nodes(3, 2))).toThrow("a later node of its tree, or a leaf, behind node 0");
    expect(refused(nodes(2, -5))).toThrow("a later node of its tree, or a leaf, behind node 0");
    expect(refused(nodes(4, 2))).toThrow("a feature of 0 to 1 in node 1");
    expect(refused(nodes(5, 32768))).toThrow("thresholds of int16");
    expect(refused({ roots: Int32Array.of(0, 3) })).toThrow("tree 1 with nodes of its own");
    expect(refused({ roots: Int32Array.of(1, 2) })).toThrow("trees whose first begins at node 0");
    expect(refused({ base: Int32Array.of(2 ** 31 - 1, 0, 0) })).toThrow(
      `${place}.leaves must be sums within int32`,
    );
    expect(refused({ factor: 1 })).toThrow(`${place}.factor must be a number between 0 and 1`);
    const network = treeNetwork(votes);
    const tensors = network.tensors.map((tensor) => ({
      ...tensor,
      elementType: "int8" as const,
      quantization: { scale: 1, zeroPoint: 0 },
    }));
    expect(() => kept({ ...network, tensors })).toThrow(
      `${place}.inputs must be a tensor of element type int16 with one axis`,
    );
  });
});

describe("trees in floats", () => {
  it("are refused where a walk would not end in a leaf", () => {
    expect(() => floatTrees([1, 0.1, 0, -2])).toThrow(
      'layer "trees" is expected to have a later node of its tree, or a leaf, behind node 0',
    );
  });

  it("are not trained", () => {
    expect(() => floatTrees([1, 0.1, -1, -2]).backward()).toThrow(
      'layer "trees" has decision trees, which gradients do not train',
    );
  });
});
