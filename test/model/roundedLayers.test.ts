import { describe, expect, it } from "vitest";
import { Fields } from "../../src/base/fields.js";
import { importOnnxIntegers } from "../../src/import/onnxIntegers/importIntegers.js";
import { describeQuantizedNetwork, readQuantizedNetwork } from "../../src/model/quantizedNetworkFormat.js";
import { StoredTensors, TensorsToStore } from "../../src/model/storedTensors.js";
import { buildOnnx } from "../import/onnx/buildOnnx.js";
import { integerModel } from "../import/onnx/integerModels.js";

const { network } = importOnnxIntegers(buildOnnx(integerModel("QOperator")), "model.onnx", "model");
const tensors = new TensorsToStore();
const written = JSON.stringify(describeQuantizedNetwork(network, tensors));

type Description = { layers: Record<string, unknown>[] };

function readBack(change: (layers: Record<string, unknown>[]) => void = () => undefined) {
  const description = JSON.parse(written) as Description;
  change(description.layers);
  return readQuantizedNetwork(new Fields("model", description), new StoredTensors("model", tensors.all), 2);
}

const ofKind = (layers: Record<string, unknown>[], kind: string) =>
  layers.find((layer) => layer.kind === kind)!;

describe("layers that round as their file's runtime does", () => {
  it("come back from a model file as they were", () => {
    expect(readBack()).toEqual(network);
    const rounded = network.layers.filter((layer) => "rounding" in layer);
    expect(rounded.map(({ kind }) => kind)).toEqual([
      ...["convolution", "depthwiseConvolution", "mean", "fullyConnected"],
    ]);
  });

  it.each<[what: string, change: (layers: Record<string, unknown>[]) => void, complaint: string]>([
    [
      "another rounding",
      (layers) => {
        ofKind(layers, "convolution").rounding = "up";
      },
      'rounding must be "nearestEven"',
    ],
    [
      "a factor below its range",
      (layers) => {
        ofKind(layers, "multiply").product = { multiplier: 5, leftShift: 0, rightShift: 0 };
      },
      "multiplier must be",
    ],
    [
      "a product shifted out of int32",
      (layers) => {
        ofKind(layers, "multiply").product = { multiplier: 2 ** 30, leftShift: 14, rightShift: 0 };
      },
      "leftShift must be",
    ],
    [
      "sums out of int32",
      (layers) => {
        ofKind(layers, "add").sum = { factor: 2 ** 24, fractionBits: 20 };
      },
      "sum must be a table whose sums fit int32",
    ],
  ])("are refused with %s", (_, change, complaint) => {
    expect(() => readBack(change)).toThrow(complaint);
  });
});
