import { elementCount, isSameShape } from "../base/tensor.js";
import { isSoftmaxOutput, softmaxOutputText } from "../network/elementTypes.js";
import type { QuantizedLayer, QuantizedTensor } from "../network/quantizedNetwork.js";
import { audioLayerFormat, audioStreamFormat } from "./audioLayerFormat.js";
import { detectionFormat } from "./detectionFormat.js";
import { nearestCentroidFormat, squaredDistanceFormat } from "./distanceLayerFormats.js";
import { lstmFormat } from "./lstmFormat.js";
import { ownLayerFormat } from "./ownLayerFormat.js";
import {
  type QuantizedLayerFormat,
  readClamp,
  readRounding,
  readScales,
  roundingFields,
} from "./quantizedLayerFormat.js";
import { recurrentFormat } from "./recurrentFormat.js";
import { shapeLayerFormats } from "./shapeLayerFormats.js";
import { signalLayerFormat } from "./signalLayerFormat.js";
import { svdfFeaturesFormat, svdfTimeFormat } from "./svdfFormats.js";
import { treeLayerFormat } from "./treeLayerFormat.js";
import { windowLayerFormats } from "./windowLayerFormats.js";

/** How each kind of integer layer stands in a model file. A new kind is a row here. */
export const quantizedLayerFormats: {
  readonly [Kind in QuantizedLayer["kind"]]: QuantizedLayerFormat<Extract<QuantizedLayer, { kind: Kind }>>;
} = {
  ...shapeLayerFormats,
  ...windowLayerFormats,
  audioFeatures: audioLayerFormat,
  audioStream: audioStreamFormat,
  biquads: signalLayerFormat("biquads"),
  decimate: signalLayerFormat("decimate"),
  spectrum: signalLayerFormat("spectrum"),
  statistics: signalLayerFormat("statistics"),
  fullyConnected: {
    arity: 1,
    write(layer, put) {
      const { rows, weights, weightScales, bias, activationMin, activationMax } = layer;
      put("weights", [bias.length, weights.length / bias.length], weights);
      put("bias", [bias.length], bias);
      const clamp = { activationMin, activationMax };
      return { ...(rows !== undefined && { rows }), weightScales, ...clamp, ...roundingFields(layer) };
    },
    read({ fields, inputs, output, int8, int32 }) {
      const rows = fields.has("rows") ? fields.integer("rows", 2, 2 ** 24) : undefined;
      const [inFeatures, outFeatures] = [inputs[0], output].map(
        ({ shape }) => elementCount(shape) / (rows ?? 1),
      );
      const isRow = ({ shape }: QuantizedTensor, features: number) =>
        rows === undefined || shape.at(-1) === features;
      if (!isRow(inputs[0], inFeatures) || !isRow(output, outFeatures)) {
        fields.fail("rows", "as many rows as input and output have");
      }
      return {
        ...(rows !== undefined && { rows }),
        weights: int8("weights", [outFeatures, inFeatures]),
        weightScales: readScales(fields, "weightScales", outFeatures),
        bias: int32("bias", [outFeatures]),
        ...readClamp(fields, output),
        ...readRounding(fields),
      };
    },
  },
  lookup: {
    arity: 1,
    write({ activation, table }, put) {
      put("table", [table.length], table instanceof Int8Array ? table : Int32Array.from(table));
      return { activation };
    },
    read({ fields, inputs, output, int8, int32 }) {
      if (!isSameShape(inputs[0].shape, output.shape)) fields.fail("output", "a tensor of the input's shape");
      const activation = fields.string("activation");
      if (output.elementType === "int8") return { activation, table: int8("table", [256]) };
      const table = Int16Array.from(int32("table", [513]));
      return { activation, table };
    },
  },
  detection: detectionFormat,
  lstm: lstmFormat,
  normalization: {
    arity: 1,
    write({ offsets, factors }, put) {
      put("offsets", [offsets.length], offsets);
      return { factors };
    },
    read({ fields, inputs, output, int32 }) {
      const features = output.shape.at(-1) ?? 1;
      if (!isSameShape(inputs[0].shape, output.shape)) fields.fail("output", "a tensor of the input's shape");
      if (inputs[0].elementType !== "int16") fields.fail("inputs", "a tensor of element type int16");
      const factors = fields.array("factors");
      const isRight = (factor: unknown) =>
        typeof factor === "number" && factor > 0 && Number.isFinite(factor);
      if (factors.length !== features || !factors.every(isRight)) {
        fields.fail("factors", `${features} numbers above 0`);
      }
      return { offsets: int32("offsets", [features]), factors: factors as readonly number[] };
    },
  },
  nearestCentroid: nearestCentroidFormat,
  own: ownLayerFormat,
  recurrent: recurrentFormat,
  softmax: {
    arity: 1,
    write: ({ beta }) => ({ beta }),
    read({ fields, inputs, output }) {
      if (!isSameShape(inputs[0].shape, output.shape)) fields.fail("output", "a tensor of the input's shape");
      if (!isSoftmaxOutput(inputs[0], output)) {
        fields.fail("output", `a tensor of ${softmaxOutputText(inputs[0], output)}`);
      }
      const beta = fields.number("beta");
      return { beta: beta > 0 ? beta : fields.fail("beta", "a number above 0") };
    },
  },
  svdfFeatures: svdfFeaturesFormat,
  svdfTime: svdfTimeFormat,
  squaredDistance: squaredDistanceFormat,
  treeEnsemble: treeLayerFormat,
};
