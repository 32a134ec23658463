import { quantizationOf } from "../network/quantization.js";
import type { QuantizedRecurrent } from "../network/quantizedNetwork.js";
import { cellGates, type RecurrentCell } from "../network/quantizedStateLayers.js";
import { type QuantizedLayerFormat, readScale, readScales } from "./quantizedLayerFormat.js";

export const recurrentFormat: QuantizedLayerFormat<QuantizedRecurrent> = {
  arity: 1,
  write(layer, put) {
    const { cell, isBackwards, inputWeights, recurrentWeights, bias, recurrentBias } = layer;
    const { weightScales, recurrentScales, cellScale } = layer;
    const gates = cellGates[cell];
    const units = bias.length / gates;
    put("inputWeights", [gates, units, inputWeights.length / bias.length], inputWeights);
    put("recurrentWeights", [gates, units, units], recurrentWeights);
    put("bias", [gates, units], bias);
    if (recurrentBias !== undefined) put("recurrentBias", [units], recurrentBias);
    const scales = { weightScales, recurrentScales, ...(cellScale !== undefined && { cellScale }) };
    return { cell, isBackwards, ...scales };
  },
  read({ fields, inputs: [input], output, int8, int32 }) {
    const cell = fields.string("cell");
    if (!isCell(cell)) return fields.fail("cell", Object.keys(cellGates).join(", "));
    const gates = cellGates[cell];
    const [steps, inFeatures] = input!.shape;
    const units = output.shape.at(-1);
    if (input!.shape.length !== 2 || input!.elementType !== "int8") {
      fields.fail("inputs", "a tensor of element type int8 and shape [steps, features]");
    }
    const isAll = output.shape.length === 2 && output.shape[0] === steps;
    if (!isAll && output.shape.length !== 1)
      fields.fail("output", "a tensor of shape [steps, units] or [units]");
    const { scale, zeroPoint } = quantizationOf(output);
    if (cell !== "lstm" && (scale !== 1 / 128 || zeroPoint !== 0)) {
      fields.fail("output", "a tensor of scale 1/128 and zero point 0");
    }
    const scales = (name: string) => {
      const read = readScales(fields, name, gates);
      return read.length === gates ? read : fields.fail(name, `${gates} float32 numbers above 0`);
    };
    return {
      ...{ cell, isBackwards: fields.boolean("isBackwards") },
      inputWeights: int8("inputWeights", [gates, units!, inFeatures!]),
      recurrentWeights: int8("recurrentWeights", [gates, units!, units!]),
      bias: int32("bias", [gates, units!]),
      ...(cell === "gru" && { recurrentBias: int32("recurrentBias", [units!]) }),
      weightScales: scales("weightScales"),
      recurrentScales: scales("recurrentScales"),
      ...(cell === "lstm" && { cellScale: readScale(fields, "cellScale") }),
    };
  },
};

function isCell(name: string): name is RecurrentCell {
  return Object.hasOwn(cellGates, name);
}
