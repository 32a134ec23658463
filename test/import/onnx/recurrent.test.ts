import { describe, expect, it } from "vitest";
import { Tensor } from "../../../src/base/tensor.js";
import { importOnnx } from "../../../src/import/onnx/importOnnx.js";
import { elementType } from "../../../src/import/onnx/onnxSchema.js";
import { type AttributeSpec, buildOnnx, type OnnxSpec, type TensorSpec } from "./buildOnnx.js";

const [steps, features, units] = [4, 3, 2];

/** sin(start + 1.7 k) to three digits. */
const wave = (count: number, start: number) =>
  Array.from({ length: count }, (_, k) => Math.round(Math.sin(start + 1.7 * k) * 1000) / 1000);

interface Given {
  readonly operator: string;
  readonly gates: number;
  readonly directions?: number;
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  readonly more?: Readonly<Record<string, TensorSpec>>;
  /** Inputs behind the biases. */
  readonly inputs?: readonly string[];
  /** 0: all steps as [batch, steps, directions, units]; 1: the last as [batch, directions, units]. */
  readonly output?: number;
}

function model({
  operator,
  gates,
  directions = 1,
  attributes,
  more,
  inputs = [],
  output = 0,
}: Given): OnnxSpec {
  const tensor = (dims: readonly number[], start: number): TensorSpec => ({
    dims,
    values: wave(
      dims.reduce((product, size) => product * size, 1),
      start,
    ),
  });
  return {
    inputs: { x: ["N", steps, features] },
    outputs: ["y"],
    constants: {
      w: tensor([directions, gates * units, features], 1),
      r: tensor([directions, gates * units, units], 2),
      b: tensor([directions, 2 * gates * units], 3),
      ...more,
    },
    nodes: [
      { op: "Transpose", inputs: ["x"], outputs: ["t"], attributes: { perm: [1, 0, 2] } },
      {
        ...{ op: operator, name: "/rnn", inputs: ["t", "w", "r", "b", ...inputs], outputs: ["all", "last"] },
        attributes: {
          hidden_size: units,
          ...(directions === 2 && { direction: "bidirectional" }),
          ...(operator === "GRU" && { linear_before_reset: 1 }),
          ...attributes,
        },
      },
      output === 0
        ? { op: "Transpose", inputs: ["all"], outputs: ["y"], attributes: { perm: [2, 0, 1, 3] } }
        : { op: "Transpose", inputs: ["last"], outputs: ["y"], attributes: { perm: [1, 0, 2] } },
    ],
  };
}

function outputs(given: Given): number[] {
  const { network } = importOnnx(buildOnnx(model(given)), "x.onnx", "x", {});
  const input = new Tensor([1, steps, features], Float32Array.from(wave(steps * features, 4)));
  return [...network.forward(input).data];
}

describe("recurrent operators of ONNX give PyTorch's outputs", () => {
  // torch.nn.LSTM, GRU and RNN of PyTorch 1.13 with these weights, its gates put into ONNX' order
  it.each<[string, Given, number[]]>([
    [
      "LSTM, all steps",
      { operator: "LSTM", gates: 4 },
      [0.03877, 0.098447, 0.111954, 0.012215, 0.206582, -0.047156, 0.422131, 0.018294],
    ],
    ["LSTM, the last step", { operator: "LSTM", gates: 4, output: 1 }, [0.422131, 0.018294]],
    [
      "LSTM both ways, the last step",
      { operator: "LSTM", gates: 4, directions: 2, output: 1 },
      [0.422131, 0.018294, 0.134794, -0.044148],
    ],
    [
      "GRU both ways, all steps",
      { operator: "GRU", gates: 3, directions: 2 },
      [
        ...[0.016419, -0.667242, -0.725203, -0.621106, 0.23533, -0.650645, -0.166391, -0.265516],
        ...[0.258916, 0.434951, 0.443734, 0.592685, 0.172435, 0.452035, -0.011508, 0.638309],
      ],
    ],
    [
      "RNN both ways, the last step",
      { operator: "RNN", gates: 1, directions: 2, output: 1 },
      [0.991156, -0.283014, 0.945036, 0.808072],
    ],
  ])("%s", (_, given, expected) => {
    const found = outputs(given);
    expect(found.length).toBe(expected.length);
    // float32, in another order of summation; PyTorch's were printed with six digits
    for (const [k, value] of found.entries()) expect(Math.abs(value - expected[k])).toBeLessThan(2e-6);
  });

  it("backwards alone, as the second of both ways", () => {
    const half = (values: readonly number[]) => values.slice(2);
    const { constants, ...spec } = model({ operator: "RNN", gates: 1, attributes: { direction: "reverse" } });
    const second = (name: string) => {
      const both = model({ operator: "RNN", gates: 1, directions: 2 }).constants![name];
      const values = Array.from(both.values);
      return { dims: [1, ...both.dims.slice(1)], values: values.slice(values.length / 2) };
    };
    const own = { w: second("w"), r: second("r"), b: second("b") };
    const { network } = importOnnx(buildOnnx({ ...spec, constants: { ...constants, ...own } }), "x", "x", {});
    const input = new Tensor([1, steps, features], Float32Array.from(wave(steps * features, 4)));
    const both = outputs({ operator: "RNN", gates: 1, directions: 2 });
    const expected = [0, 1, 2, 3].flatMap((t) => half(both.slice(4 * t, 4 * t + 4)));
    expect([...network.forward(input).data]).toEqual(expected);
  });
});

describe("recurrent operators of ONNX are refused", () => {
  const lstm = { operator: "LSTM", gates: 4 };
  const state: TensorSpec = { dims: [1, 1, units], values: [0, 1] };
  it.each<[string, Given, string]>([
    [
      "with other functions",
      { ...lstm, attributes: { activations: { texts: ["Relu", "Tanh", "Tanh"] } } },
      "has the activations Relu, Tanh, Tanh; Sigmoid, Tanh, Tanh are imported",
    ],
    [
      "with a reset before the product",
      { operator: "GRU", gates: 3, attributes: { linear_before_reset: 0 } },
      "resets before its product (linear_before_reset 0)",
    ],
    ["with coupled gates", { ...lstm, attributes: { input_forget: 1 } }, "couples input and forget gates"],
    ["with batches first", { ...lstm, attributes: { layout: 1 } }, "has batches before steps (layout 1)"],
    [
      "that clip",
      { ...lstm, attributes: { clip: { float: 3 } } },
      "clips its sums, which no layer of ours does",
    ],
    [
      "with another direction",
      { ...lstm, attributes: { direction: "sideways" } },
      'has the direction "sideways"; forward, reverse or bidirectional is expected',
    ],
    [
      "that begin elsewhere",
      { ...lstm, inputs: ["", "h"], more: { h: state } },
      "begins with a state that is not 0",
    ],
    [
      "with peepholes",
      { ...lstm, inputs: ["", "", "", "p"], more: { p: { dims: [1, 3 * units], values: wave(6, 0) } } },
      "has peepholes, which no layer of ours has",
    ],
    [
      "with sequences of their own lengths",
      {
        ...lstm,
        inputs: ["lengths"],
        more: { lengths: { dims: [1], values: [2], type: elementType.int32 } },
      },
      "has sequence_lens that leave steps out",
    ],
    [
      "with weights of another shape",
      { ...lstm, attributes: { hidden_size: 3 } },
      "has weights of [1, 8, 3], expected [1, 12, 3]",
    ],
  ])("%s", (_, given, message) => {
    expect(() => importOnnx(buildOnnx(model(given)), "x.onnx", "x", {})).toThrow(
      `node 1 ${given.operator} "/rnn" (operator set 13): ${message}`,
    );
  });
});
