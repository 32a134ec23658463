import type { Fields } from "../base/fields.js";
import { isSameQuantization } from "../network/quantization.js";
import type {
  Padding,
  Pair,
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedPooling,
  QuantizedTensor,
  WindowSettings,
} from "../network/quantizedNetwork.js";
import { windowOutput } from "../network/windowGeometry.js";
import {
  type QuantizedLayerFormat,
  type QuantizedLayerSource,
  readClamp,
  readRounding,
  readScales,
  roundingFields,
} from "./quantizedLayerFormat.js";

/** Larger windows, steps and paddings than any image that fits a microcontroller. */
const largest = 65535;

function readPair(fields: Fields, name: string): Pair {
  const values = fields.integers(name, 1, largest);
  return values.length === 2
    ? [values[0], values[1]]
    : fields.fail(name, "two numbers: vertical, horizontal");
}

function readPadding(fields: Fields): Padding {
  const padding = fields.object("padding");
  const side = (name: string) => padding.integer(name, 0, largest);
  return { top: side("top"), bottom: side("bottom"), left: side("left"), right: side("right") };
}

/** [height, width, channels] */
function imageShape(
  fields: Fields,
  field: string,
  { shape }: QuantizedTensor,
): readonly [number, number, number] {
  return shape.length === 3
    ? (shape as readonly [number, number, number])
    : fields.fail(field, "a tensor of shape [height, width, channels]");
}

/** Reads how the window moves, and holds the output's rows and columns to it. */
function readWindow({ fields, inputs, output }: QuantizedLayerSource, dilations: Pair): WindowSettings {
  const settings = {
    kernelSize: readPair(fields, "kernelSize"),
    strides: readPair(fields, "strides"),
    padding: readPadding(fields),
  };
  const [height, width] = imageShape(fields, "inputs", inputs[0]);
  const expected = windowOutput([height, width], settings, dilations);
  const [outHeight, outWidth] = imageShape(fields, "output", output);
  if (expected[0] !== outHeight || expected[1] !== outWidth) {
    fields.fail("output", `a tensor of ${expected.join(" x ")} positions`);
  }
  return settings;
}

const windowFields = ({ kernelSize, strides, padding }: WindowSettings) => ({
  kernelSize,
  strides,
  padding: { ...padding },
});

const pooling: QuantizedLayerFormat<QuantizedPooling> = {
  arity: 1,
  write: (layer) => ({
    ...windowFields(layer),
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  }),
  read(source) {
    const { fields, inputs, output } = source;
    const settings = readWindow(source, [1, 1]);
    if (inputs[0].shape[2] !== output.shape[2]) fields.fail("output", "a tensor of the input's channels");
    if (!isSameQuantization(inputs[0], output)) {
      fields.fail("output", "a tensor of the input's scale and zero point");
    }
    return { ...settings, ...readClamp(fields, output) };
  },
};

/** How layers with a moving window stand in a model file. */
export const windowLayerFormats = {
  convolution: {
    arity: 1,
    write(layer, put) {
      const { weights, bias, kernelSize, dilations, weightScales, activationMin, activationMax } = layer;
      const [kernelHeight, kernelWidth] = kernelSize;
      const inChannels = weights.length / (bias.length * kernelHeight * kernelWidth);
      put("weights", [bias.length, kernelHeight, kernelWidth, inChannels], weights);
      put("bias", [bias.length], bias);
      const clamp = { activationMin, activationMax };
      return { ...windowFields(layer), dilations, weightScales, ...clamp, ...roundingFields(layer) };
    },
    read(source) {
      const { fields, inputs, output, int8, int32 } = source;
      const dilations = readPair(fields, "dilations");
      const settings = readWindow(source, dilations);
      const [inChannels, outChannels] = [inputs[0].shape[2], output.shape[2]];
      return {
        ...settings,
        dilations,
        weights: int8("weights", [outChannels, ...settings.kernelSize, inChannels]),
        weightScales: readScales(fields, "weightScales", outChannels),
        bias: int32("bias", [outChannels]),
        ...readClamp(fields, output),
        ...readRounding(fields),
      };
    },
  } satisfies QuantizedLayerFormat<QuantizedConvolution>,
  depthwiseConvolution: {
    arity: 1,
    write(layer, put) {
      const { weights, bias, kernelSize, dilations, weightScales, activationMin, activationMax } = layer;
      put("weights", [...kernelSize, bias.length], weights);
      put("bias", [bias.length], bias);
      const clamp = { activationMin, activationMax };
      return { ...windowFields(layer), dilations, weightScales, ...clamp, ...roundingFields(layer) };
    },
    read(source) {
      const { fields, inputs, output, int8, int32 } = source;
      const dilations = readPair(fields, "dilations");
      const settings = readWindow(source, dilations);
      const [inChannels, outChannels] = [inputs[0].shape[2], output.shape[2]];
      if (outChannels % inChannels !== 0) {
        fields.fail("output", `a tensor whose channels are a multiple of ${inChannels}`);
      }
      return {
        ...settings,
        dilations,
        weights: int8("weights", [...settings.kernelSize, outChannels]),
        weightScales: readScales(fields, "weightScales", outChannels),
        bias: int32("bias", [outChannels]),
        ...readClamp(fields, output),
        ...readRounding(fields),
      };
    },
  } satisfies QuantizedLayerFormat<QuantizedDepthwiseConvolution>,
  averagePool: pooling as QuantizedLayerFormat<QuantizedPooling<"averagePool">>,
  maxPool: pooling as QuantizedLayerFormat<QuantizedPooling<"maxPool">>,
};
