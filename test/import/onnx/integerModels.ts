import { elementType } from "../../../src/import/onnx/onnxSchema.js";
import type { NodeSpec, OnnxSpec, TensorSpec } from "./buildOnnx.js";

const { float, int8, int32, int64, uint8 } = elementType;

/** Whole numbers that are neither regular nor small. */
function whole(count: number, largest: number, seed: number): number[] {
  return Array.from({ length: count }, (_, k) => Math.round(largest * Math.sin(1.7 * k + seed)));
}

/** Bytes of a model's samples, each its own sort of noise. */
export const bytesOf = (count: number, sample: number): Uint8Array =>
  Uint8Array.from(
    { length: count },
    (_, k) => ((k + 1) * (2654435761 + 2 * sample * 40503)) >>> (sample + 9),
  );

/** An activation's scale and zero point. */
interface Format {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A layer between two formats. */
interface Step {
  readonly op: "Conv" | "Gemm" | "Add" | "GlobalAveragePool" | "Sigmoid" | "LeakyRelu" | "Mul";
  readonly to: Format;
  readonly attributes?: NodeSpec["attributes"];
  readonly weights?: {
    readonly dims: readonly number[];
    readonly scales: readonly number[];
    readonly bias: readonly number[];
  };
  /** How many steps before lies the second input. */
  readonly back?: number;
}

/**
 * A scale that is a power of two makes halves of many sums; others are as calibration gives them. The layers keep most
 * values between the ends of uint8.
 */
const steps: readonly Step[] = [
  {
    op: "Conv",
    to: { scale: 0.0625, zeroPoint: 117 },
    attributes: { pads: [1, 1, 1, 1] },
    weights: {
      dims: [4, 2, 3, 3],
      scales: [0.0078125, 0.00390625, 0.0061, 0.0049],
      bias: [900, -1300, 40, 0],
    },
  },
  {
    op: "Conv",
    to: { scale: 0.051, zeroPoint: 140 },
    attributes: { group: 4, strides: [2, 1], pads: [0, 1, 1, 0] },
    weights: { dims: [4, 1, 2, 2], scales: [0.01, 0.0078125, 0.013, 0.009], bias: [-80, 500, 3, 11] },
  },
  { op: "LeakyRelu", to: { scale: 0.047, zeroPoint: 100 }, attributes: { alpha: { float: 0.1 } } },
  { op: "Sigmoid", to: { scale: 0.0041, zeroPoint: 3 } },
  { op: "Mul", to: { scale: 0.031, zeroPoint: 90 }, back: 2 },
  { op: "Add", to: { scale: 0.055, zeroPoint: 121 }, back: 3 },
  { op: "GlobalAveragePool", to: { scale: 0.03125, zeroPoint: 128 } },
  {
    op: "Gemm",
    to: { scale: 0.0171, zeroPoint: 99 },
    attributes: { transB: 1 },
    weights: { dims: [6, 4], scales: [0.011, 0.02, 0.007, 0.03, 0.015, 0.01], bias: [100, -200, 0, 7, 8, 9] },
  },
];

/** uint8 [1, 2, 6, 5] → uint8 [1, 6] */
export const inputFormat: Format = { scale: 0.0313725508749485, zeroPoint: 121 };
export const inputShape = [1, 2, 6, 5];

/** The network in QLinear operators, or as float ones between QuantizeLinear and DequantizeLinear. */
export function integerModel(form: "QOperator" | "QDQ", last = steps.length): OnnxSpec {
  const constants: Record<string, TensorSpec> = {};
  const nodes: NodeSpec[] = [];
  const put = (name: string, type: number, dims: readonly number[], values: readonly number[]): string => {
    constants[name] = { dims, values, type };
    return name;
  };
  const formatNames = (name: string, { scale, zeroPoint }: Format) => [
    put(`${name}_scale`, float, [], [scale]),
    put(`${name}_zero`, uint8, [], [zeroPoint]),
  ];
  let [values, scales] = [["x"], [inputFormat.scale]];
  let formats = [formatNames("x", inputFormat)];
  for (const [k, { op, to, attributes = {}, weights, back }] of steps.slice(0, last).entries()) {
    const out = `v${k}`;
    const toNames = formatNames(out, to);
    const [from, fromFormat] = [values[0]!, formats[0]!];
    const second = back === undefined ? [] : [values[back]!, ...formats[back]!];
    const flat = op === "Gemm" ? [`${from}_flat`] : [];
    if (flat[0] !== undefined) {
      put("flat", int64, [2], [1, -1]);
      nodes.push({ op: "Reshape", inputs: [from, "flat"], outputs: flat });
    }
    const inputs = [[flat[0] ?? from, ...fromFormat], second];
    if (weights !== undefined) {
      const { dims, bias } = weights;
      const count = dims.reduce((product, size) => product * size, 1);
      inputs[1] = [
        put(`w${k}`, int8, dims, whole(count, 127, k)),
        put(`w${k}_scale`, float, [dims[0]!], weights.scales),
        put(
          `w${k}_zero`,
          int8,
          [dims[0]!],
          bias.map(() => 0),
        ),
      ];
      inputs.push([put(`b${k}`, int32, [dims[0]!], bias)]);
      if (form === "QDQ") {
        const products = weights.scales.map((scale) =>
          Math.fround(Math.fround(scales[0]!) * Math.fround(scale)),
        );
        inputs[2]!.push(
          put(`b${k}_scale`, float, [dims[0]!], products),
          put(
            `b${k}_zero`,
            int32,
            [dims[0]!],
            bias.map(() => 0),
          ),
        );
      }
    }
    if (form === "QOperator") nodes.push(qOperator(op, inputs, toNames, out, attributes));
    else
      nodes.push(
        ...qdq(
          op,
          inputs.filter((triple) => triple.length > 0),
          toNames,
          out,
          attributes,
        ),
      );
    values = [out, ...values];
    scales = [to.scale, ...scales];
    formats = [toNames, ...formats];
  }
  return {
    nodes,
    constants,
    inputs: { x: inputShape },
    outputs: [values[0]!],
    inputType: uint8,
    outputType: uint8,
    opset: 13,
  };
}

function qOperator(
  op: Step["op"],
  [first, second, bias = []]: readonly string[][],
  to: readonly string[],
  out: string,
  attributes: NonNullable<NodeSpec["attributes"]>,
): NodeSpec {
  const isOwn = op === "Conv";
  const inputs =
    op === "Gemm" ? [...first!, ...second!, ...bias, ...to] : [...first!, ...second!, ...to, ...bias];
  return {
    op: op === "Gemm" ? "QGemm" : `QLinear${op}`,
    ...{ inputs, outputs: [out], attributes, domain: isOwn ? "" : "com.microsoft" },
  };
}

function qdq(
  op: Step["op"],
  inputs: readonly string[][],
  to: readonly string[],
  out: string,
  attributes: NonNullable<NodeSpec["attributes"]>,
): NodeSpec[] {
  const names = inputs.map((_, k) => `${out}_in${k}`);
  return [
    ...inputs.map((triple, k) => ({
      ...{ op: "DequantizeLinear", inputs: triple, outputs: [names[k]!] },
      ...(k > 0 && op !== "Add" && op !== "Mul" && { attributes: { axis: 0 } }),
    })),
    { op, inputs: names, outputs: [`${out}_real`], attributes },
    { op: "QuantizeLinear", inputs: [`${out}_real`, ...to], outputs: [out] },
  ];
}
