import { formatShape, isSameShape } from "../../base/tensor.js";
import { solveAddTable } from "../../plan/solveAddTable.js";
import { Activation } from "../onnx/graphValues.js";
import type { NodeContext, OnnxOperator } from "../onnx/nodeContext.js";
import { selectOperators } from "../onnx/selectOperators.js";
import { integerBuilder, readFormat, takeIntegers } from "./formats.js";
import type { IntegerBuilder } from "./integerBuilder.js";
import type { IntegerFormat } from "./integerLayer.js";
import { roundToEven } from "./integerTables.js";
import { solveProduct } from "./solveProduct.js";

const { fround } = Math;
const noClamp = { activationMin: -128, activationMax: 127 };
const rawZeroPoint = ({ quantization, isUnsigned }: IntegerFormat): number =>
  quantization.zeroPoint + (isUnsigned ? 128 : 0);

/** Of a value that the file's own type has: the int8. */
const stored = (value: number, { isUnsigned }: IntegerFormat): number =>
  Math.min(127, Math.max(-128, value - (isUnsigned ? 128 : 0)));

const everyInt8 = Array.from({ length: 256 }, (_, index) => index - 128);

/**
 * a · b + c in float32, rounded once. The product of two float32 values is exact in double precision, and what their sum with
 * c loses there (Knuth's two-sum) matters where the sum lies in the middle of two float32 values.
 */
export function fused(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const added = sum - product;
  const lost = product - (sum - added) + (c - added);
  const near = fround(sum);
  const across = sum + (sum - near);
  if (lost === 0 || near === sum || fround(across) !== across) return near;
  return lost > 0 ? Math.max(near, across) : Math.min(near, across);
}

/**
 * Sums of every two values as onnxruntime's kernels for x86 processors with AVX2 make them in float32, at [b + 128][a + 128].
 *
 * Source: onnxruntime, core/mlas/lib/intrinsics/avx2/qladd_avx2.cpp, which is compiled with fused products and sums.
 */
function vectorSums(a: IntegerFormat, b: IntegerFormat, to: IntegerFormat): number[][] {
  const [factorA, factorB] = [a, b].map(({ quantization }) =>
    fround(quantization.scale / to.quantization.scale),
  );
  const zeros = fused(factorA, rawZeroPoint(a), fround(factorB * rawZeroPoint(b)));
  const fixed = fround(rawZeroPoint(to) - zeros);
  const raw = (value: number, { isUnsigned }: IntegerFormat) => value + (isUnsigned ? 128 : 0);
  return everyInt8.map((y) => {
    const second = fused(raw(y, b), factorB, fixed);
    return everyInt8.map((x) => stored(roundToEven(fused(raw(x, a), factorA, second)), to));
  });
}

/** The same as its portable kernels, which WebAssembly has, make them. Source: MlasQLinearAddKernelRawHelper there. */
function portableSums(a: IntegerFormat, b: IntegerFormat, to: IntegerFormat): number[][] {
  const real = (value: number, { quantization: { scale, zeroPoint } }: IntegerFormat) =>
    fround(scale * (value - zeroPoint));
  const zeroPoint = rawZeroPoint(to);
  const low = (to.isUnsigned ? 0 : -128) - zeroPoint;
  return everyInt8.map((y) =>
    everyInt8.map((x) => {
      const steps = fround(fround(real(x, a) + real(y, b)) / to.quantization.scale);
      const clamped = Math.min(Math.max(steps, low), low + 255);
      return stored(roundToEven(fround(clamped + zeroPoint)), to);
    }),
  );
}

/** Two activations of one shape and order in memory. */
function operands(context: NodeContext): [Activation, Activation] {
  const [a, b] = [takeIntegers(context, 0), takeIntegers(context, 3)];
  context.expect(
    isSameShape(a.shape, b.shape) && a.batch === b.batch,
    `joins ${formatShape(context.shapeOf(a))} and ${formatShape(context.shapeOf(b))}; two of one shape are imported`,
  );
  return [a, context.builder.arrange(b, a.layout)];
}

function putPair(
  context: NodeContext,
  settings: Parameters<IntegerBuilder["putIntegers"]>[0],
  a: Activation,
  b: Activation,
  to: IntegerFormat,
): Activation {
  const builder = integerBuilder(context);
  const shape = builder.shapeOf(a.number);
  const number = builder.putIntegers(settings, shape, [a.number, builder.view(b.number, shape)], to);
  return new Activation(number, a.layout, a.batch);
}

/** A table that gives every sum; `different` of them are others in onnxruntime's portable kernels. */
export function solvedSum(first: IntegerFormat, second: IntegerFormat, to: IntegerFormat) {
  const sums = vectorSums(first, second, to);
  const others = portableSums(first, second, to);
  const slope = first.quantization.scale / to.quantization.scale;
  return {
    settled: solveAddTable(sums, slope, -128, 127),
    different: sums.flat().filter((value, k) => value !== others[k >> 8][k & 255]).length,
  };
}

/** Source: onnxruntime, docs/ContribOperators.md, QLinearAdd. */
function sum(context: NodeContext): Activation {
  const builder = integerBuilder(context);
  const [a, b] = operands(context);
  const to = readFormat(context, 6);
  const [first, second] = [a, b].map(({ number }) => builder.formatOf(number)!);
  const { settled, different } = solvedSum(first, second, to);
  if (settled === undefined) {
    return context.fail(
      "has scales with which no table in integers gives onnxruntime's sums",
      "quantize the model again with other samples, or import the float model",
    );
  }
  if (different > 0) {
    builder.notes.push(
      `onnxruntime's own kernels differ in ${different} of the 65536 sums of node ${context.node.index}; ` +
        "the device gives those of x86 processors with AVX2",
    );
  }
  return putPair(context, { kind: "add", ...noClamp, sum: settled }, a, b, to);
}

/** Source: onnxruntime, docs/ContribOperators.md, QLinearMul; core/mlas/lib/qlmul.cpp. */
function product(context: NodeContext): Activation {
  const builder = integerBuilder(context);
  const [a, b] = operands(context);
  const to = readFormat(context, 6);
  const [first, second] = [a, b].map(({ number }) => builder.formatOf(number)!.quantization);
  const factor = fround(fround(first.scale * second.scale) / to.quantization.scale);
  const result = (value: number) =>
    stored(roundToEven(fround(fround(value * factor) + rawZeroPoint(to))), to);
  const settled = solveProduct(factor, result, to.quantization.zeroPoint);
  if (settled === undefined) {
    return context.fail(
      "has scales with which no factor in integers gives onnxruntime's products",
      "quantize the model again with other samples, or import the float model",
    );
  }
  return putPair(context, { kind: "multiply", ...noClamp, product: settled }, a, b, to);
}

/** Source: onnxruntime, docs/ContribOperators.md, QLinearConcat: inputs of other scales go through a table. */
function concatenated(context: NodeContext): Activation {
  const builder = integerBuilder(context);
  const to = readFormat(context, 0);
  const count = (context.inputs.length - 2) / 3;
  context.expect(Number.isInteger(count) && count > 0, `has ${context.inputs.length} inputs`);
  const inputs = Array.from({ length: count }, (_, k) => {
    const { number, layout, batch } = takeIntegers(context, 2 + 3 * k);
    return new Activation(builder.requantize(number, to), layout, batch);
  });
  const [result] = selectOperators.Concat.apply!(context.of(context.node, inputs)) as [Activation];
  if (builder.formatOf(result.number) === undefined) builder.setFormat(result.number, to);
  return result;
}

/** Layers that make one value of several. */
export const pairOperators: Readonly<Record<string, OnnxOperator>> = {
  "com.microsoft.QLinearAdd": { attributes: [], apply: (context) => [sum(context)] },
  "com.microsoft.QLinearConcat": { attributes: ["axis"], apply: (context) => [concatenated(context)] },
  "com.microsoft.QLinearMul": { attributes: [], apply: (context) => [product(context)] },
};
