import { describe, expect, it } from "vitest";
import { elementType } from "../../../src/import/onnx/onnxSchema.js";
import { importOnnxIntegers, isQuantizedOnnx } from "../../../src/import/onnxIntegers/importIntegers.js";
import { fromUserOrder, toUserOrder } from "../../../src/network/axisOrder.js";
import type { QuantizedNetwork } from "../../../src/network/quantizedNetwork.js";
import { planProgram } from "../../../src/plan/planProgram.js";
import { quantizeUint8 } from "../../../src/quantize/quantizeTensor.js";
import { runGenerated, runOracle } from "../../support/runGenerated.js";
import { buildOnnx, type OnnxSpec } from "./buildOnnx.js";
import { bytesOf, integerModel } from "./integerModels.js";
import { surviveOnnx } from "./surviveOnnx.js";

/** What onnxruntime 1.30 gives for the two models and four samples, on an x86 processor with VNNI. */
const onnxruntimes = [
  [161, 222, 140, 209, 107, 71],
  [99, 145, 133, 255, 175, 130],
  [102, 65, 82, 16, 61, 84],
  [105, 99, 101, 103, 97, 96],
];

/** The same up to the sum, for the second sample: all pixels of four channels. */
const onnxruntimesImage = [
  [107, 255, 255, 255, 0, 0, 0, 183, 255, 255, 212, 0, 0, 87, 247, 75, 255, 197, 255, 0],
  [107, 0, 255, 160, 255, 195, 68, 0, 103, 255, 0, 255, 164, 255, 0, 61, 0, 255, 87, 255],
  [255, 0, 0, 255, 255, 139, 255, 255, 26, 0, 0, 185, 255, 214, 187, 255, 0, 0, 255, 255],
].flat();

const read = (spec: OnnxSpec): QuantizedNetwork =>
  importOnnxIntegers(buildOnnx(spec), "model.onnx", "model").network;
const networks = { QOperator: read(integerModel("QOperator")), QDQ: read(integerModel("QDQ")) };

/** A sample as the device takes it. */
function sampleOf({ tensors, inputs: [input] }: QuantizedNetwork, sample: number): Int8Array {
  return fromUserOrder(quantizeUint8(bytesOf(60, sample)), tensors[input!.tensor]!.shape, input!.axes);
}

/** Bytes that the device gives, as the file's users hold them. */
function usersBytes({ tensors, outputs: [output] }: QuantizedNetwork, given: ArrayLike<number>): number[] {
  const raw = Uint8Array.from(given, (value) => value + 128);
  return [...toUserOrder(raw, tensors[output!.tensor]!.shape, output!.axes)];
}

function bytesGiven(network: QuantizedNetwork, sample: number): number[] {
  const all = runOracle(planProgram(network), [sampleOf(network, sample)]);
  const { tensors, outputs } = network;
  const size = tensors[outputs[0]!.tensor]!.shape.reduce((product, value) => product * value, 1);
  return usersBytes(network, all.slice(-size));
}

describe("a quantized ONNX model", () => {
  it.each(["QOperator", "QDQ"] as const)("gives onnxruntime's bytes: %s", (form) => {
    expect(onnxruntimes.map((_, sample) => bytesGiven(networks[form], sample))).toEqual(onnxruntimes);
    expect(bytesGiven(read(integerModel(form, 6)), 1)).toEqual(onnxruntimesImage);
  });

  it("is the same network in both forms, but for the names", () => {
    const nameless = ({ layers, tensors }: QuantizedNetwork) => [
      layers.map(({ name: _, ...layer }) => layer),
      tensors.map(({ name: _, ...tensor }) => tensor),
    ];
    expect(nameless(networks.QDQ)).toEqual(nameless(networks.QOperator));
  });

  it("gives the same bytes in C, under the sanitizers", () => {
    const network = networks.QOperator;
    const program = planProgram(network);
    expect(program.calls.map(({ kernel }) => kernel)).toEqual([
      ...["convolution", "depthwiseConvolution", "lookup", "multiply", "addTable", "mean"],
      "fullyConnected",
    ]);
    const inputs = [0, 1, 2, 3].map((sample) => sampleOf(network, sample));
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
  });

  it("is accepted by the model file's own checks, as its importer gives it", () => {
    for (const form of ["QOperator", "QDQ"] as const) {
      expect(surviveOnnx(buildOnnx(integerModel(form)), { plans: true })).toBeUndefined();
      expect(isQuantizedOnnx(buildOnnx(integerModel(form)), "model.onnx")).toBe(true);
    }
  });

  it("takes what its file's users hold", () => {
    const [input] = networks.QDQ.inputs;
    const [output] = networks.QDQ.outputs;
    expect([input!.border, input!.axes, output!.border]).toEqual(["uint8", [2, 0, 1], "uint8"]);
  });
});

describe("a quantized ONNX model is refused by name", () => {
  /** The model with another constant. */
  function changed(
    form: "QOperator" | "QDQ",
    name: string,
    values: readonly number[],
    type?: number,
  ): OnnxSpec {
    const spec = integerModel(form);
    const { dims, type: known } = spec.constants![name]!;
    return { ...spec, constants: { ...spec.constants, [name]: { dims, values, type: type ?? known! } } };
  }
  const first = integerModel("QDQ").constants!.w0!.values;

  it.each<[what: string, spec: OnnxSpec, complaint: string]>([
    [
      "whose sides of a value say different scales",
      {
        ...integerModel("QOperator"),
        nodes: integerModel("QOperator").nodes.map((node, k) =>
          k === 1 ? { ...node, inputs: node.inputs.with(1, "x_scale") } : node,
        ),
      },
      "node 1 QLinearConv (operator set 13): takes integers of scale 0.0313725508749485, zero point 117 (uint8), which are made as scale 0.0625, zero point 117 (uint8)",
    ],
    [
      "with a weight that is far from its zero point",
      changed("QOperator", "w0_zero", [0, -100, 0, 0]),
      "node 0 QLinearConv (operator set 13): has a weight that is 198 steps from its zero point",
    ],
    [
      "with a bias of a scale of its own",
      changed("QDQ", "b0_scale", [1, 1, 1, 1]),
      "node 3 QLinearConv (operator set 13): has biases of scale 1 in channel 0; input scale · weight scale = 0.00024509",
    ],
    [
      "with an operator in float32 between integers",
      {
        ...integerModel("QDQ"),
        nodes: integerModel("QDQ").nodes.map((node) =>
          node.op === "Sigmoid" ? { ...node, op: "Tanh" } : node,
        ),
      },
      "Tanh",
    ],
    [
      "with 16 bits",
      changed("QOperator", "x_zero", [121], elementType.int32),
      "node 0 QLinearConv (operator set 13): has a zero point of int32; uint8 and int8 are imported",
    ],
  ])("%s", (_, spec, complaint) => {
    expect(first.length).toBe(72);
    expect(() => read(spec)).toThrow(complaint);
  });
});

describe("a quantized ONNX model of two inputs", () => {
  const scalar = (value: number, type?: number) => ({ dims: [], values: [value], ...(type && { type }) });
  /** [N, 2, 1, 3] and [N, 2, 2, 3], one below the other. */
  const spec = (inputs: OnnxSpec["inputs"]): OnnxSpec => ({
    inputs,
    ...{ inputType: elementType.uint8, outputs: ["o"], outputType: elementType.uint8 },
    constants: { s: scalar(0.5), z: scalar(100, elementType.uint8) },
    nodes: [
      {
        ...{ op: "QLinearConcat", domain: "com.microsoft", attributes: { axis: 1 } },
        ...{ inputs: ["s", "z", "left", "s", "z", "right", "s", "z"], outputs: ["o"] },
      },
    ],
    domains: { "com.microsoft": 1 },
  });

  it("has them as ports of their own, each in the file's order of axes", () => {
    const network = read(spec({ left: ["N", 2, 3, 1], right: ["N", 1, 3, 1] }));
    expect(network.inputs.map(({ name, border }) => [name, border])).toEqual([
      ["left", "uint8"],
      ["right", "uint8"],
    ]);
    const samples = [bytesOf(6, 1), bytesOf(3, 2)];
    const own = samples.flatMap((bytes, k) => {
      const { tensor, axes } = network.inputs[k]!;
      return [...fromUserOrder(quantizeUint8(bytes), network.tensors[tensor]!.shape, axes)];
    });
    const all = runOracle(planProgram(network), [Int8Array.from(own)]);
    expect(usersBytes(network, all.slice(-9))).toEqual(samples.flatMap((bytes) => [...bytes]));
  });

  it("takes one sample of each at once", () => {
    expect(() => read(spec({ left: [1, 2, 3, 1], right: [4, 1, 3, 1] }))).toThrow(
      'its input "left" takes 1, "right" takes 4 samples at once',
    );
  });
});
