import { elementCount } from "../base/tensor.js";
import type { QuantizedSvdfFeatures, QuantizedSvdfTime } from "../network/quantizedStateLayers.js";
import { type QuantizedLayerFormat, readScale } from "./quantizedLayerFormat.js";

export const svdfFeaturesFormat: QuantizedLayerFormat<QuantizedSvdfFeatures> = {
  arity: 2,
  write({ featureWeights, weightScale }, put) {
    put("featureWeights", [featureWeights.length], featureWeights);
    return { weightScale };
  },
  read({ fields, inputs: [input, before], output, int8 }) {
    const [filters] = output.shape;
    if (before !== output || output.shape.length !== 2)
      fields.fail("output", "the second input, of two axes");
    return {
      featureWeights: int8("featureWeights", [filters! * elementCount(input!.shape)]),
      weightScale: readScale(fields, "weightScale"),
    };
  },
};

export const svdfTimeFormat: QuantizedLayerFormat<QuantizedSvdfTime> = {
  arity: 1,
  write({ timeWeights, weightScale, bias }, put) {
    put("timeWeights", [bias.length, timeWeights.length / bias.length], timeWeights);
    put("bias", [bias.length], bias);
    return { weightScale };
  },
  read({ fields, inputs: [state], output, int8, int16, int32 }) {
    const units = elementCount(output.shape);
    const taps = elementCount(state!.shape) / units;
    if (!Number.isInteger(taps) || state!.shape.length !== 2 || state!.shape[0]! % units !== 0)
      fields.fail("inputs", `a state of a number of filters for each of ${units} units`);
    const read = state!.elementType === "int8" ? int8 : int16;
    return {
      timeWeights: read("timeWeights", [units, taps]),
      weightScale: readScale(fields, "weightScale"),
      bias: int32("bias", [units]),
    };
  },
};
