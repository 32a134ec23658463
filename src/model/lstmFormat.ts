import type { QuantizedLstm } from "../network/quantizedNetwork.js";
import { type QuantizedLayerFormat, readScale, readScales } from "./quantizedLayerFormat.js";

export const lstmFormat: QuantizedLayerFormat<QuantizedLstm> = {
  arity: 2,
  write({ inputWeights, recurrentWeights, bias, weightScales, recurrentScales, cellScale, cellClip }, put) {
    const units = bias.length / 4;
    put("inputWeights", [4, units, inputWeights.length / bias.length], inputWeights);
    put("recurrentWeights", [4, units, units], recurrentWeights);
    put("bias", [4, units], bias);
    return { weightScales, recurrentScales, cellScale, ...(cellClip !== undefined && { cellClip }) };
  },
  read({ fields, inputs: [input, before], output, int8, int32 }) {
    const [steps, inFeatures] = input!.shape;
    const [rows, units] = output.shape;
    const isRight = before === output && input!.shape.length === 2 && output.shape.length === 2;
    if (!isRight || rows !== steps! + 2)
      fields.fail("output", "the second input, of two more rows than the first");
    const scales = (name: string) => {
      const read = readScales(fields, name, 4);
      return read.length === 4 ? read : fields.fail(name, "4 float32 numbers above 0");
    };
    return {
      inputWeights: int8("inputWeights", [4, units!, inFeatures!]),
      recurrentWeights: int8("recurrentWeights", [4, units!, units!]),
      bias: int32("bias", [4, units!]),
      weightScales: scales("weightScales"),
      recurrentScales: scales("recurrentScales"),
      cellScale: readScale(fields, "cellScale"),
      ...(fields.has("cellClip") && { cellClip: fields.integer("cellClip", 1, 32767) }),
    };
  },
};
