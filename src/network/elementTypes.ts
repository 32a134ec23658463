import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import { quantizationOf } from "./quantization.js";
import type {
  ActivationData,
  ElementType,
  Quantized,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "./quantizedNetwork.js";

/** Of one value. */
export const elementBytes: Readonly<Record<ElementType, number>> = { int8: 1, int16: 2, int32: 4 };

/** Values an element type holds. */
export const integerRanges: Readonly<Record<ElementType, readonly [min: number, max: number]>> = {
  int8: [-128, 127],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

const arrays = { int8: Int8Array, int16: Int16Array, int32: Int32Array } as const;

/** Zeros of an element type. */
export function createActivation(elementType: ElementType, length: number): ActivationData {
  return new arrays[elementType](length);
}

/** Values that stand in a memory from a byte on, which is a multiple of their size. */
export function viewActivation(
  memory: ArrayBuffer,
  elementType: ElementType,
  start: number,
  length: number,
): ActivationData {
  return new arrays[elementType](memory, start, length);
}

/** Values behind each other. */
export function joinValues(parts: readonly ActivationData[], elementType: ElementType): ActivationData {
  const all = createActivation(
    elementType,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether values are of an element type. */
export function isOfType(values: unknown, elementType: ElementType): values is ActivationData {
  return values instanceof arrays[elementType];
}

/** The bytes of values, without a copy. */
export function bytesOfValues({ buffer, byteOffset, byteLength }: ActivationData): Int8Array {
  return new Int8Array(buffer, byteOffset, byteLength);
}

/** What bytes stand for: the values themselves where they are int8, else a copy, since bytes may lie anywhere. */
export function valuesOfBytes(bytes: Int8Array, elementType: ElementType): ActivationData {
  return elementType === "int8"
    ? bytes
    : viewActivation(bytes.slice().buffer, elementType, 0, bytes.length / elementBytes[elementType]);
}

type Typed = Quantized & { readonly elementType: ElementType };

/**
 * Whether a softmax gives a tensor: scale 1/256 and zero point −128 in int8; in int16, within a thousandth, 1/65536 and −32768
 * of int8, 1/32768 and 0 of int16.
 *
 * Source: TFLM softmax_common.cc CalculateSoftmaxParams.
 */
export function isSoftmaxOutput(input: Pick<Typed, "elementType">, output: Typed): boolean {
  const { scale, zeroPoint } = quantizationOf(output);
  if (output.elementType === "int8") return scale === 1 / 256 && zeroPoint === -128;
  const [steps, least] = input.elementType === "int16" ? [32768, 0] : [65536, -32768];
  return Math.abs(steps * scale - 1) <= 0.001 && zeroPoint === least;
}

/** What it should be, for messages. */
export function softmaxOutputText(input: Pick<Typed, "elementType">, output: Typed): string {
  if (output.elementType === "int8") return "scale 1/256 and zero point -128";
  return input.elementType === "int16"
    ? "scale 1/32768 and zero point 0"
    : "scale 1/65536 and zero point -32768";
}

type Types = readonly (readonly [input: ElementType, output: ElementType])[];

/** int8 to int8, or int16 to int16. */
const sameOfBoth: Types = [
  ["int8", "int8"],
  ["int16", "int16"],
];

/** Of the first input and of the output, where a layer is not of int8 alone; other inputs, but a state, are of the first one's. */
const wideTypes: Partial<Record<QuantizedLayer["kind"], Types>> = {
  audioFeatures: [["int16", "int8"]],
  audioStream: [["int16", "int8"]],
  averagePool: sameOfBoth,
  convolution: sameOfBoth,
  depthwiseConvolution: sameOfBoth,
  fullyConnected: sameOfBoth,
  maxPool: sameOfBoth,
  lookup: sameOfBoth,
  nearestCentroid: [["int8", "int32"]],
  normalization: [
    ["int16", "int8"],
    ["int16", "int16"],
  ],
  biquads: [["int16", "int16"]],
  decimate: [["int16", "int16"]],
  requantize: [
    ["int8", "int8"],
    ["int8", "int16"],
    ["int16", "int8"],
    ["int16", "int16"],
    ["int16", "int32"],
  ],
  reshape: [
    ["int8", "int8"],
    ["int16", "int16"],
    ["int32", "int32"],
  ],
  softmax: [
    ["int8", "int8"],
    ["int8", "int16"],
    ["int16", "int16"],
  ],
  svdfFeatures: [
    ["int8", "int8"],
    ["int8", "int16"],
  ],
  svdfTime: [
    ["int8", "int8"],
    ["int16", "int8"],
  ],
  spectrum: [["int16", "int16"]],
  squaredDistance: [["int8", "int32"]],
  statistics: [["int16", "int16"]],
  treeEnsemble: [["int16", "int8"]],
};

const onlyInt8: Types = [["int8", "int8"]];

/** @throws UserError where a layer takes or gives what its kind does not */
export function expectElementTypes({ name, layers, tensors }: QuantizedNetwork): void {
  for (const layer of layers) {
    const wrong = wrongElementType(layer, tensors);
    if (wrong === undefined) continue;
    const found = (wrong.of === "inputs" ? layer.inputs : [layer.output]).map(
      (index) => tensors[index]!.elementType,
    );
    throw new UserError(
      oneLine`network "${name}", layer "${layer.name}" of kind ${layer.kind}: its ${wrong.of} should be ${wrong.expected}, found ${found.join(", ")}`,
    );
  }
}

/** What is wrong with the element types of a layer's tensors; undefined where nothing is. */
export function wrongElementType(
  { kind, inputs, output }: Pick<QuantizedLayer, "kind" | "inputs" | "output">,
  tensors: readonly QuantizedTensor[],
): { readonly of: "inputs" | "output"; readonly expected: string } | undefined {
  const types = wideTypes[kind] ?? onlyInt8;
  const [first = types[0]![0], ...others] = inputs
    .filter((index) => index !== output)
    .map((index) => tensors[index]!.elementType);
  const given = tensors[output]!.elementType;
  const fitting = types.filter(([input]) => input === first);
  if (fitting.length === 0 || others.some((other) => other !== first)) {
    const expected = [...new Set(types.map(([input]) => input))].join(" or ");
    return { of: "inputs", expected: `tensors of element type ${expected}` };
  }
  if (fitting.some(([, type]) => type === given)) return undefined;
  const expected = fitting.map(([, type]) => type).join(" or ");
  return { of: "output", expected: `a tensor of element type ${expected}` };
}
