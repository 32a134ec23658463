import { formatShape, isSameShape } from "../../base/tensor.js";
import { solveAddTable } from "../../plan/solveAddTable.js";
import { Activation } from "../onnx/graphValues.js";
import type { NodeContext, OnnxOperator } from "../onnx/nodeContext.js";
import { integerBuilder, readFormat, takeIntegers } from "./formats.js";
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
 * Sums of every two values as onnxruntime's x86 kernels make them in float32, at [b + 128][a + 128].
 *
 * Source: onnxruntime, core/mlas/lib/qladd.cpp, SSE2.
 */
function vectorSums(a: IntegerFormat, b: IntegerFormat, to: IntegerFormat): number[][] {
  const [factorA, factorB] = [a, b].map(({ quantization }) =>
    fround(quantization.scale / to.quantization.scale),
  );
  const zeros = fround(fround(factorA * rawZeroPoint(a)) + fround(factorB * rawZeroPoint(b)));
  const fixed = fround(rawZeroPoint(to) - zeros);
  const term = (value: number, factor: number, { isUnsigned }: IntegerFormat) =>
    fround((value + (isUnsigned ? 128 : 0)) * factor);
  return everyInt8.map((y) =>
    everyInt8.map((x) => {
      const sum = fround(fround(fixed + term(x, factorA, a)) + term(y, factorB, b));
      return stored(roundToEven(sum), to);
    }),
  );
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

/** Source: onnxruntime, docs/ContribOperators.md, QLinearAdd. */
function sum(context: NodeContext): Activation {
  const builder = integerBuilder(context);
  const [a, b] = operands(context);
  const to = readFormat(context, 6);
  const [first, second] = [a, b].map(({ number }) => builder.formatOf(number)!);
  const sums = vectorSums(first, second, to);
  const slope = first.quantization.scale / to.quantization.scale;
  const settled = solveAddTable(sums, slope, -128, 127);
  if (settled === undefined) {
    return context.fail(
      "has scales with which no table in integers gives onnxruntime's sums",
      "quantize the model again with other samples, or import the float model",
    );
  }
  const others = portableSums(first, second, to);
  const different = sums.flat().filter((value, k) => value !== others[k >> 8][k & 255]).length;
  if (different > 0) {
    builder.notes.push(
      `onnxruntime's own kernels differ in ${different} of the 65536 sums of node ${context.node.index}; ` +
        "the device gives those of x86 processors",
    );
  }
  const shape = builder.shapeOf(a.number);
  const settings = { kind: "add", ...noClamp, sum: settled } as const;
  const number = builder.putIntegers(settings, shape, [a.number, builder.view(b.number, shape)], to);
  return new Activation(number, a.layout, a.batch);
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
  const shape = builder.shapeOf(a.number);
  const settings = { kind: "multiply", ...noClamp, product: settled } as const;
  const number = builder.putIntegers(settings, shape, [a.number, builder.view(b.number, shape)], to);
  return new Activation(number, a.layout, a.batch);
}

/** Layers that make one value of two. */
export const pairOperators: Readonly<Record<string, OnnxOperator>> = {
  "com.microsoft.QLinearAdd": { attributes: [], apply: (context) => [sum(context)] },
  "com.microsoft.QLinearMul": { attributes: [], apply: (context) => [product(context)] },
};
