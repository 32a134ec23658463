import type { ModelSpec, TensorSpec } from "../buildTflite.js";

/** The float32 model of an int8 one: the same operators on the values that its integers stand for. */
export function asFloats(spec: ModelSpec): ModelSpec {
  const biasScales = scalesOfBiases(spec);
  const tensors = spec.tensors.map((tensor, index): TensorSpec => {
    const { name = "", shape, data, type = "int8" } = tensor;
    const scales = type === "int8" ? tensor.scales : biasScales.get(index);
    if (scales === undefined) return tensor;
    const integers = data as Int8Array | Int32Array | undefined;
    if (integers === undefined)
      return { name, shape, type: "float32", isVariable: tensor.isVariable ?? false };
    const { zeroPoints = [], quantizedDimension = 0 } = tensor;
    const inner = shape.slice(quantizedDimension + 1).reduce((product, size) => product * size, 1);
    const values = Float32Array.from(integers, (value, i) => {
      const channel = scales.length === 1 ? 0 : Math.floor(i / inner) % shape[quantizedDimension]!;
      return Math.fround(scales[channel]!) * (value - (zeroPoints[channel] ?? 0));
    });
    return { name, shape, type: "float32", data: values };
  });
  return { ...spec, tensors };
}

/** The same with int8 weights left, as dynamic range quantization has them. */
export function asFloatsOfIntegers(spec: ModelSpec): ModelSpec {
  const isWeight = ({ data, scales, type = "int8" }: TensorSpec) =>
    data !== undefined && type === "int8" && scales !== undefined;
  const { tensors } = asFloats(spec);
  return {
    ...spec,
    tensors: tensors.map((tensor, i) => (isWeight(spec.tensors[i]!) ? spec.tensors[i]! : tensor)),
  };
}

/** Input scale · weight scale, for the biases of layers with weights. */
function scalesOfBiases({ tensors, operators }: ModelSpec): Map<number, readonly number[]> {
  const found = new Map<number, readonly number[]>();
  for (const { type, inputs } of operators) {
    const position = type === "TRANSPOSE_CONV" ? 3 : 2;
    const bias = inputs[position];
    const isWeighted = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"].includes(
      `${type}`,
    );
    if (!isWeighted || bias === undefined || bias < 0) continue;
    const [scale] = tensors[inputs[position === 3 ? 2 : 0]!]!.scales!;
    const { scales } = tensors[inputs[1]!]!;
    found.set(
      bias,
      scales!.map((one) => one * scale!),
    );
  }
  return found;
}
