import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, formatShape, type Shape } from "../../base/tensor.js";
import { batchNorm } from "../../train/layers/batchNorm.js";
import { dropout } from "../../train/layers/dropout.js";
import { standardize } from "../../train/layers/normalization.js";
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  maxPool1d,
  maxPool2d,
} from "../../train/layers/pooling.js";
import { flatten, reshape } from "../../train/layers/reshape.js";
import {
  expectOneOf,
  type LayerContext,
  type LayerImporter,
  readSizes,
  takeWeights,
  type Value,
} from "./layerContext.js";

function readPool({ config }: LayerContext, axes: 1 | 2) {
  expectOneOf(config, "data_format", ["channels_last"]);
  const size = readSizes(config, "pool_size", axes);
  const strides = config.value("strides");
  const stride = strides === undefined || strides === null ? size : readSizes(config, "strides", axes);
  const padding = config.has("padding") ? config.oneOf("padding", ["valid", "same"] as const) : "valid";
  return { size, stride, padding };
}

const importPool2d =
  (pool: typeof maxPool2d | typeof averagePool2d): LayerImporter =>
  (context, input) => {
    const { size, stride, padding } = readPool(context, 2);
    const options = { stride: [stride[0], stride[1]] as const, padding, name: context.name };
    return context.put(pool([size[0], size[1]], options), [input]);
  };

const importPool1d =
  (pool: typeof maxPool1d | typeof averagePool1d): LayerImporter =>
  (context, input) => {
    const { size, stride, padding } = readPool(context, 1);
    return context.put(pool(size[0], { stride: stride[0], padding, name: context.name }), [input]);
  };

/** `keepdims` leaves axes of one element. */
function withKeptAxes({ config, name, put }: LayerContext, input: Value, value: Value): Value {
  const channels = input.shape.at(-1)!;
  const isKept = config.value("keepdims") === true;
  const shape = isKept ? [...input.shape.slice(0, -1).map(() => 1), channels] : [channels];
  if (value.shape.length === shape.length) return value;
  return put(reshape(shape, { name: `${name}: shape` }), [value]);
}

const importGlobalMean =
  (pool: typeof globalAveragePool1d | typeof globalAveragePool2d): LayerImporter =>
  (context, input) => {
    expectOneOf(context.config, "data_format", ["channels_last"]);
    return withKeptAxes(context, input, context.put(pool({ name: context.name }), [input]));
  };

const importGlobalMax: LayerImporter = (context, input) => {
  const { config, name, put, className } = context;
  expectOneOf(config, "data_format", ["channels_last"]);
  const [height, width] = input.shape;
  const isImage = className.endsWith("2D");
  const spec = isImage ? maxPool2d([height, width], { name }) : maxPool1d(height, { name });
  return withKeptAxes(context, input, put(spec, [input]));
};

const importBatchNormalization: LayerImporter = (context, input) => {
  const { config, name, put } = context;
  const rank = input.shape.length;
  const axis = config.value("axis");
  const last = Array.isArray(axis) && axis.length === 1 ? axis[0] : (axis ?? -1);
  if (last !== -1 && last !== rank) config.fail("axis", `-1 or ${rank}, the channels'`);
  const channels = [input.shape[rank - 1]];
  const [hasScale, hasCenter] = ["scale", "center"].map((field) => config.value(field) !== false);
  const wanted = [
    ...(hasScale ? ["gamma"] : []),
    ...(hasCenter ? ["beta"] : []),
    "moving_mean",
    "moving_variance",
  ];
  const found = takeWeights(
    context,
    wanted.map((weight) => ({ names: [weight], shape: channels })),
  );
  const [mean, variance] = found.slice(-2);
  const momentum = config.has("momentum") ? config.number("momentum") : 0.99;
  const epsilon = config.has("epsilon") ? config.number("epsilon") : 0.001;
  return put(batchNorm({ epsilon, momentum, name }), [input], (layer) => {
    const [gamma, beta] = layer.parameters;
    if (hasScale) gamma.value.data.set(found[0]);
    if (hasCenter) beta.value.data.set(found[hasScale ? 1 : 0]);
    layer.runningMean.data.set(mean);
    layer.runningVariance.data.set(variance);
  });
};

/** factor · input + offset as batch normalization, whose mean is 0 and whose variance is 1. */
const importRescaling: LayerImporter = ({ config, name, put }, input) => {
  const numbers = (field: string, standard: number): number[] => {
    if (!config.has(field)) return [standard];
    const value = config.value(field);
    if (!Array.isArray(value)) return [config.number(field)];
    const channels = input.shape.at(-1);
    const isRight = value.length === channels && value.every((one) => Number.isFinite(one));
    return isRight ? value : config.fail(field, `a number or ${channels}`);
  };
  const [scale, offset] = [numbers("scale", 1), numbers("offset", 0)];
  const epsilon = 2 ** -60; // 1 + epsilon is 1
  return put(batchNorm({ epsilon, name }), [input], ({ parameters: [gamma, beta] }) => {
    gamma.value.data.forEach((_, c, data) => {
      data[c] = scale[c % scale.length];
    });
    beta.value.data.forEach((_, c, data) => {
      data[c] = offset[c % offset.length];
    });
  });
};

/** Source: Keras, layers/preprocessing/normalization.py: (input − mean) / max(√variance, 1e-7). */
const importNormalization: LayerImporter = (context, input) => {
  const { config, name, put, weights } = context;
  const axis = config.value("axis");
  const last = Array.isArray(axis) && axis.length === 1 ? axis[0] : (axis ?? -1);
  if (last !== -1 && last !== input.shape.length) config.fail("axis", "-1, the features'");
  if (config.value("invert") === true) config.fail("invert", "false");
  const features = input.shape.at(-1)!;
  // a count of the samples stands behind them, for adapting further
  const [mean, variance] = takeWeights({ weights: weights.slice(0, 2) }, [
    { names: ["mean"], shape: [features] },
    { names: ["variance"], shape: [features] },
  ]);
  return put(standardize({ name }), [input], (layer) => {
    layer.offsets.data.set(mean);
    layer.factors.data.set(variance.map((one) => 1 / Math.max(Math.sqrt(one), 1e-7)));
  });
};

const importFlatten: LayerImporter = (context, input) => {
  expectOneOf(context.config, "data_format", ["channels_last"]);
  return input.shape.length === 1 ? input : context.put(flatten({ name: context.name }), [input]);
};

/** −1 stands for what is left. */
function readTargetShape(config: Fields, input: Shape): Shape {
  // TensorFlow.js writes null for −1
  const target = config.array("target_shape").map((size) => (size === null ? -1 : Number(size)));
  const free = target.indexOf(-1);
  const known = elementCount(target.filter((size) => size !== -1));
  const shape = free === -1 ? target : target.with(free, elementCount(input) / known);
  const isRight =
    shape.length >= 1 &&
    shape.every((size) => Number.isInteger(size) && size >= 1) &&
    elementCount(shape) === elementCount(input);
  return isRight ? shape : config.fail("target_shape", `a shape of ${formatShape(input)}'s elements`);
}

const importReshape: LayerImporter = (context, input) => {
  const { config, name, put } = context;
  return put(reshape(readTargetShape(config, input.shape), { name }), [input]);
};

/** [[top, bottom], [left, right]], [rows, columns] or one number. */
const importZeroPadding: LayerImporter = ({ config, className }, input) => {
  const axes = className.endsWith("2D") ? 2 : 1;
  if (input.shape.length !== axes + 1) {
    throw new UserError(`takes ${axes + 1} axes, found ${formatShape(input.shape)}`);
  }
  expectOneOf(config, "data_format", ["channels_last"]);
  const given = config.value("padding");
  const isCount = (value: unknown): value is number =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 20;
  const pair = (value: unknown): readonly number[] | undefined => {
    if (isCount(value)) return [value, value];
    return Array.isArray(value) && value.length === 2 && value.every(isCount) ? value : undefined;
  };
  const isPerAxis = axes === 2 && Array.isArray(given) && given.length === 2;
  const [rows, columns] = isPerAxis
    ? given.map(pair)
    : axes === 2
      ? [pair(given), pair(given)]
      : [[0, 0], pair(given)];
  if (rows === undefined || columns === undefined) {
    return config.fail("padding", "numbers of rows and columns");
  }
  const margin = { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] };
  return { ...input, margin };
};

const importDropout: LayerImporter = ({ config, name, put }, input) =>
  put(dropout(config.number("rate"), { name }), [input]);

/** What does something while training only. */
const leaveOut: LayerImporter = ({ className, name, note }, input) => {
  note(`${className} "${name}" changes nothing after training and is left out`);
  return input;
};

export const shapeImporters: Readonly<Record<string, LayerImporter>> = {
  AveragePooling1D: importPool1d(averagePool1d),
  AveragePooling2D: importPool2d(averagePool2d),
  BatchNormalization: importBatchNormalization,
  Dropout: importDropout,
  Flatten: importFlatten,
  GlobalAveragePooling1D: importGlobalMean(globalAveragePool1d),
  GlobalAveragePooling2D: importGlobalMean(globalAveragePool2d),
  GlobalMaxPooling1D: importGlobalMax,
  GlobalMaxPooling2D: importGlobalMax,
  MaxPooling1D: importPool1d(maxPool1d),
  MaxPooling2D: importPool2d(maxPool2d),
  Normalization: importNormalization,
  Rescaling: importRescaling,
  Reshape: importReshape,
  ZeroPadding1D: importZeroPadding,
  ZeroPadding2D: importZeroPadding,
  ...Object.fromEntries(
    [
      "ActivityRegularization",
      "AlphaDropout",
      "GaussianDropout",
      "GaussianNoise",
      "RandomBrightness",
      "RandomContrast",
      "RandomFlip",
      "RandomRotation",
      "RandomTranslation",
      "RandomZoom",
      "SpatialDropout1D",
      "SpatialDropout2D",
    ].map((className) => [className, leaveOut]),
  ),
};
