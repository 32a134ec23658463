import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { elementCount } from "../../src/base/tensor.js";
import { importTflite } from "../../src/import/importTflite.js";
import { layerCosts } from "../../src/import/layerCosts.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { QuantizedLayer } from "../../src/network/quantizedNetwork.js";
import {
  type GraphOperator,
  hasMlperfTiny,
  mlperfTinyNames,
  readGraph,
  readModelFile,
} from "./mlperfTiny.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-import-"));
afterAll(() => rmSync(folder, { recursive: true }));

const kinds: Readonly<Record<string, QuantizedLayer["kind"]>> = {
  ...{ CONV_2D: "convolution", DEPTHWISE_CONV_2D: "depthwiseConvolution", FULLY_CONNECTED: "fullyConnected" },
  ...{ AVERAGE_POOL_2D: "averagePool", ADD: "add", RESHAPE: "reshape", SOFTMAX: "softmax" },
};

/** A layer's settings as the other reader writes an operator's options. */
function optionsOf(layer: QuantizedLayer): GraphOperator["options"] {
  switch (layer.kind) {
    case "convolution":
    case "depthwiseConvolution":
      return {
        ...{ strideH: layer.strides[0], strideW: layer.strides[1] },
        ...{ dilationHFactor: layer.dilations[0], dilationWFactor: layer.dilations[1] },
      };
    case "averagePool":
      return {
        ...{ strideH: layer.strides[0], strideW: layer.strides[1] },
        ...{ filterHeight: layer.kernelSize[0], filterWidth: layer.kernelSize[1] },
      };
    case "softmax":
      return { beta: layer.beta };
    default:
      return {};
  }
}

describe.skipIf(!hasMlperfTiny)("MLPerf Tiny's models", () => {
  it.each(mlperfTinyNames)("%s has the graph that another reader found", (name) => {
    const graph = readGraph(name);
    const { network, origins } = importTflite(readModelFile(name), "model.tflite", name);
    expect(origins.map(({ type, version, tensor }) => [type, version, tensor])).toEqual(
      graph.ops.map(({ op, version, outputs }) => [op, version, outputs[0].name]),
    );

    const costs = layerCosts(network);
    expect(costs.map(({ macs }) => macs)).toEqual(graph.ops.map(({ macs }) => macs));
    expect(costs.reduce((sum, { macs }) => sum + macs, 0)).toBe(graph.total_macs);

    const networkIndex = new Map([[graph.inputs[0].index, onlyInput(network).tensor]]);
    const expectTensor = ({ index, shape, scale, zero_point }: GraphOperator["inputs"][number]) => {
      const found = network.tensors[networkIndex.get(index)!];
      expect([1, ...found.shape]).toEqual(shape);
      expect(found.quantization).toEqual({ scale: scale?.[0], zeroPoint: zero_point?.[0] });
    };
    expectTensor(graph.inputs[0]);
    for (const [index, operator] of graph.ops.entries()) {
      const layer = network.layers[index];
      expect(layer.kind).toBe(kinds[operator.op]);
      networkIndex.set(operator.outputs[0].index, layer.output);
      expectTensor(operator.outputs[0]);
      const taken = operator.inputs.filter((input) => networkIndex.has(input.index));
      expect(layer.inputs).toEqual(taken.map((input) => networkIndex.get(input.index)));
      expect(operator.options).toMatchObject(optionsOf(layer));
      if ("weights" in layer) {
        const [, weights, bias] = operator.inputs;
        expect(layer.weights.length).toBe(elementCount(weights.shape));
        expect(layer.bias.length).toBe(elementCount(bias.shape));
        expect(layer.weightScales).toEqual(weights.scale);
      }
      if ("activationMin" in layer) {
        const { zeroPoint } = quantizationOf(network.tensors[layer.output]);
        const isRelu = operator.options.fusedActivationFunction === "RELU";
        expect([layer.activationMin, layer.activationMax]).toEqual([isRelu ? zeroPoint : -128, 127]);
      }
    }
    expect(onlyOutput(network).tensor).toBe(networkIndex.get(graph.outputs[0].index));
  });

  it.each(mlperfTinyNames)("%s stays the same through a model file", (name) => {
    const { network } = importTflite(readModelFile(name), "model.tflite", name);
    const path = join(folder, `${name}.json`);
    writeModel(path, { network: undefined, quantized: network, imported: { file: "model.tflite" } });
    expect(readModel(path)).toEqual({
      network: undefined,
      quantized: network,
      imported: { file: "model.tflite" },
    });
  });

  it("keywords' first convolution is padded more below and at the right, by hand", () => {
    const { network } = importTflite(readModelFile("kws"), "model.tflite", "kws");
    // 49 x 10, window 10 x 4, stride 2: 25 rows need (25 − 1) · 2 + 10 − 49 = 9, 5 columns (5 − 1) · 2 + 4 − 10 = 2
    expect(network.layers[0]).toMatchObject({ padding: { top: 4, bottom: 5, left: 1, right: 1 } });
  });
});
