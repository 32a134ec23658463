import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.js";
import { importOnnx } from "../../../src/import/onnx/importOnnx.js";
import type { OnnxOptions } from "../../../src/import/onnx/inputPlan.js";
import { elementType } from "../../../src/import/onnx/onnxSchema.js";
import { buildOnnx, type NodeSpec, numbers, type OnnxSpec } from "./buildOnnx.js";
import { smallCnn, smallCnnBytes } from "./smallCnn.js";

function complaint(
  spec: OnnxSpec | Uint8Array,
  options: OnnxOptions = {},
): { message: string; hint?: string } {
  const bytes = spec instanceof Uint8Array ? spec : buildOnnx(spec);
  try {
    importOnnx(bytes, "x.onnx", "x", options);
  } catch (error) {
    if (error instanceof UserError)
      return { message: error.message, ...(error.hint && { hint: error.hint }) };
    throw error;
  }
  throw new Error("it was imported");
}

/** A model of single nodes on [batch, …shape]. */
function model(
  shape: readonly (number | string)[],
  nodes: readonly NodeSpec[],
  more: Partial<OnnxSpec> = {},
): OnnxSpec {
  return { inputs: { x: ["N", ...shape] }, outputs: ["y"], nodes, ...more };
}
const one = (op: string, attributes: NodeSpec["attributes"] = {}, ...inputs: string[]): NodeSpec[] => [
  { op, name: `/${op}`, inputs: ["x", ...inputs], outputs: ["y"], attributes },
];

describe("importOnnx refuses", () => {
  it("all that it cannot import at once, each by number, name, operator set and what to do", () => {
    const nodes: NodeSpec[] = [
      { op: "Attention", name: "/attention", inputs: ["x"], outputs: ["a"] },
      { op: "Einsum", inputs: ["a"], outputs: ["b"] },
      { op: "MyOp", domain: "com.acme", inputs: ["b"], outputs: ["y"] },
    ];
    expect(complaint(model([4], nodes))).toEqual({
      message:
        "x.onnx cannot be imported:\n" +
        '  node 0 Attention "/attention" (operator set 13): no way: attention, which no layer does\n' +
        "  node 1 Einsum (operator set 13): the operator is not imported\n" +
        '  node 2 com.acme.MyOp: the operator is of "com.acme", not ONNX\'s own',
      hint:
        "use convolutions instead; docs/onnx.md lists the operators that are; " +
        "export the model without operators of other makers",
    });
  });

  it.each<[string, OnnxSpec, string]>([
    [
      "nothing joined",
      model([4], [{ op: "Concat", inputs: [], outputs: ["y"], attributes: { axis: 0 } }]),
      "node 0 Concat (operator set 13): has no input 0",
    ],
    [
      "a sum of nothing",
      model([4], [{ op: "Sum", inputs: [], outputs: ["y"] }]),
      "node 0 Sum (operator set 13): has no input 0",
    ],
    [
      "attention",
      model([4, 4], [{ op: "MatMul", inputs: ["x", "x"], outputs: ["y"] }]),
      "node 0 MatMul (operator set 13): multiplies two values that the network computes, as attention does",
    ],
    [
      "control flow",
      model([4], one("If")),
      'node 0 If "/If" (operator set 13): no way: control flow: the device runs every layer of a network in one order',
    ],
    [
      "strings",
      model([4], one("StringNormalizer")),
      'node 0 StringNormalizer "/StringNormalizer" (operator set 13): no way: strings, which no device of ours holds',
    ],
    [
      "sequences",
      model([4], one("SequenceConstruct")),
      'node 0 SequenceConstruct "/SequenceConstruct" (operator set 13): no way: a sequence, which is no tensor',
    ],
    [
      "models that are quantized",
      model([4], one("QuantizeLinear")),
      `node 0 QuantizeLinear "/QuantizeLinear" (operator set 13): no way: a model that is quantized already, whose rounding is onnxruntime's own`,
    ],
    [
      "attributes that it does not know",
      model([4], one("Relu", { consumed_inputs: [0] })),
      'node 0 Relu "/Relu" (operator set 13): has the attribute "consumed_inputs", which is not known',
    ],
    [
      "a newer operator set",
      model([4], one("Relu"), { opset: 23 }),
      "operator set 23 is newer than 22, the newest that was checked",
    ],
    [
      "an axis that is free",
      model([3, "height", "width"], one("Relu")),
      'its input "x" has the shape ["N", 3, "height", "width"]',
    ],
    [
      "doubles",
      model([4], one("Relu"), { inputType: elementType.double }),
      'its input "x" is double; float32 is imported',
    ],
    [
      "samples that are mixed",
      model([4], one("Softmax", { axis: 0 })),
      'node 0 Softmax "/Softmax" (operator set 13): works along the axis of the samples, and so mixes them',
    ],
    [
      "samples that become positions",
      model([4], [{ op: "Reshape", inputs: ["x", "s"], outputs: ["y"] }], {
        constants: { s: { dims: [2], values: [-1, 2], type: elementType.int64 } },
      }),
      "node 0 Reshape (operator set 13): makes [2, 2] of [1, 4], which joins the axis of the samples to another",
    ],
    [
      "constants that differ between samples",
      {
        inputs: { x: [3, 4] },
        outputs: ["y"],
        nodes: one("Add", {}, "c"),
        constants: { c: { dims: [3, 1], values: [1, 2, 3] } },
      },
      'node 0 Add "/Add" (operator set 13): takes a constant of shape [3, 1], which differs between samples',
    ],
    [
      "logarithms of probabilities",
      model([4], one("LogSoftmax", { axis: 1 })),
      'node 0 LogSoftmax "/LogSoftmax" (operator set 13): is a logarithm of probabilities, which no layer gives',
    ],
    [
      "means on which frameworks differ",
      model(
        [1, 5, 5],
        one("AveragePool", { kernel_shape: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1, count_include_pad: 1 }),
      ),
      'node 0 AveragePool "/AveragePool" (operator set 13): has ceil_mode with count_include_pad, of which PyTorch and onnxruntime make different means',
    ],
    [
      "a cycle",
      model([4], [{ op: "Relu", inputs: ["y"], outputs: ["y"] }]),
      "node 0 Relu takes what comes of itself",
    ],
    [
      "values that nothing gives",
      model([4], one("Add", {}, "nowhere")),
      'no node and no constant gives "nowhere"',
    ],
    [
      "a constant network",
      model([4], [{ op: "Identity", inputs: ["c"], outputs: ["y"] }], {
        constants: { c: { dims: [1], values: [1] } },
      }),
      'its output "y" does not depend on its input',
    ],
    [
      "weights that do not fit",
      {
        ...smallCnn,
        constants: { ...smallCnn.constants, "conv.weight": { dims: [3, 1, 3, 3], values: numbers(27) } },
      },
      'node 0 Conv "/conv/Conv" (operator set 13): has weights [3, 1, 3, 3] in 1 groups for [1, 2, 6, 5]',
    ],
    [
      "tensors of fewer bytes than their shape takes",
      {
        ...smallCnn,
        constants: { ...smallCnn.constants, "fc.weight": { dims: [4, 90], values: numbers(359) } },
      },
      'node 3 Gemm (operator set 13): tensor "fc.weight" has the shape [4, 90], which takes 1440 B; the file holds 1436',
    ],
  ])("%s", (_, spec, message) => {
    expect(complaint(spec).message).toBe(`x.onnx: ${message}`);
  });

  it("--without-softmax where there is none, and --shape for no axis of the input", () => {
    expect(complaint(smallCnn, { withoutSoftmax: true })).toEqual({
      message: "x.onnx: no softmax gives its output",
      hint: "leave out --without-softmax",
    });
    expect(complaint(smallCnn, { shapes: new Map([["length", [80]]]) }).message).toBe(
      'x.onnx: --shape names "length", which its input has no axis of',
    );
  });

  it("bytes that end too early, or are no model", () => {
    const bytes = smallCnnBytes();
    expect(complaint(bytes.subarray(0, bytes.length - 5)).message).toMatch(/^x\.onnx is damaged: model: /);
    expect(complaint(Uint8Array.of(8, 8)).message).toBe("x.onnx is no ONNX model: it has no graph");
  });

  it("functions that call themselves", () => {
    const nodes: NodeSpec[] = [{ op: "f", domain: "own", inputs: ["x"], outputs: ["y"] }];
    const functions = [{ name: "f", domain: "own", inputs: ["x"], outputs: ["y"], nodes }];
    expect(complaint(model([4], nodes, { functions })).message).toBe(
      "x.onnx: functions call each other 8 deep or more",
    );
  });
});
