import type { Fields } from "../base/fields.js";
import { elementCount, isSameShape } from "../base/tensor.js";
import { isSameQuantization } from "../network/quantization.js";
import type {
  QuantizedArithmetic,
  QuantizedConcatenation,
  QuantizedConstant,
  QuantizedCopy,
  QuantizedMean,
  QuantizedPad,
  QuantizedRequantize,
  QuantizedReshape,
  QuantizedResize,
  QuantizedStreamWindow,
  QuantizedTensor,
} from "../network/quantizedNetwork.js";
import { fillingStrides, viewBounds } from "../network/stridedView.js";
import {
  type QuantizedLayerFormat,
  type QuantizedLayerSource,
  readClamp,
  readRounding,
  roundingFields,
} from "./quantizedLayerFormat.js";

/** @throws UserError where an input has another scale or zero point than the output */
export function expectSameQuantization(
  fields: Fields,
  inputs: readonly QuantizedTensor[],
  output: QuantizedTensor,
): void {
  if (!inputs.every((input) => isSameQuantization(input, output)))
    fields.fail("output", "a tensor of the inputs' scale and zero point");
}

const arithmetic: QuantizedLayerFormat<QuantizedArithmetic> = {
  arity: 2,
  write: ({ activationMin, activationMax }) => ({ activationMin, activationMax }),
  read({ fields, inputs, output }) {
    if (!inputs.every((input) => fillingStrides(input.shape, output.shape))) {
      fields.fail("output", "a tensor of the inputs' shape, or of one that both fill by repeating");
    }
    return readClamp(fields, output);
  },
};

function expectOneShape({ fields, inputs, output }: QuantizedLayerSource): void {
  const isRight = inputs.every(({ shape }) => isSameShape(shape, output.shape));
  if (!isRight) fields.fail("output", "a tensor of the inputs' one shape");
}

/** A sum, also as a table of its own. */
const sum: QuantizedLayerFormat<QuantizedArithmetic<"add">> = {
  arity: 2,
  write({ sum: settled, ...layer }, put) {
    if (settled !== undefined) put("sum", [256], settled.table);
    const { factor, fractionBits } = settled ?? {};
    return { ...arithmetic.write(layer, put), ...(settled && { sum: { factor, fractionBits } }) };
  },
  read(source) {
    const { fields, int32 } = source;
    const clamp = arithmetic.read(source);
    if (!fields.has("sum")) return clamp;
    expectOneShape(source);
    const settled = fields.object("sum");
    const factor = settled.integer("factor", 0, 2 ** 24);
    const table = int32("sum", [256]);
    const isBounded = table.every((entry) => Math.abs(entry) + 128 * factor < 2 ** 31);
    if (!isBounded) fields.fail("sum", "a table whose sums fit int32");
    return { ...clamp, sum: { factor, fractionBits: settled.integer("fractionBits", 0, 31), table } };
  },
};

/** A product, also with a factor of its own. */
const product: QuantizedLayerFormat<QuantizedArithmetic<"multiply">> = {
  arity: 2,
  write: ({ product: settled, ...layer }, put) => ({
    ...arithmetic.write(layer, put),
    ...(settled && { product: { ...settled } }),
  }),
  read(source) {
    const { fields } = source;
    const clamp = arithmetic.read(source);
    if (!fields.has("product")) return clamp;
    expectOneShape(source);
    const settled = fields.object("product");
    const multiplier = settled.integer("multiplier", 2 ** 30, 2 ** 31 - 1);
    // products of differences have 16 bits
    const leftShift = settled.integer("leftShift", 0, 13);
    return { ...clamp, product: { multiplier, leftShift, rightShift: settled.integer("rightShift", 0, 31) } };
  },
};

/** The larger or the smaller of two. */
const selection: QuantizedLayerFormat<QuantizedArithmetic> = {
  ...arithmetic,
  read(source) {
    expectSameQuantization(source.fields, source.inputs, source.output);
    return arithmetic.read(source);
  },
};

const reduction: QuantizedLayerFormat<QuantizedMean> = {
  arity: 1,
  write: roundingFields,
  read({ fields, inputs, output }) {
    const channels = inputs[0].shape.at(-1);
    if (inputs[0].shape.length !== 3 || elementCount(output.shape) !== channels) {
      fields.fail("output", "a tensor with one value for each channel of [height, width, channels]");
    }
    return readRounding(fields);
  },
};

/** How layers that move or join values stand in a model file. */
export const shapeLayerFormats = {
  add: sum,
  multiply: product,
  prelu: arithmetic as QuantizedLayerFormat<QuantizedArithmetic<"prelu">>,
  subtract: arithmetic as QuantizedLayerFormat<QuantizedArithmetic<"subtract">>,
  maximum: selection as QuantizedLayerFormat<QuantizedArithmetic<"maximum">>,
  minimum: selection as QuantizedLayerFormat<QuantizedArithmetic<"minimum">>,
  constant: {
    arity: 0,
    write({ values }, put) {
      put("values", [values.length], values);
      return {};
    },
    read: ({ output, int8 }) => ({ values: int8("values", [elementCount(output.shape)]) }),
  } satisfies QuantizedLayerFormat<QuantizedConstant>,
  concatenation: {
    arity: "any",
    write: ({ axis }) => ({ axis }),
    read({ fields, inputs, output }) {
      const axis = fields.integer("axis", 0, output.shape.length - 1);
      const joined = inputs.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
      const rest = (shape: readonly number[]) => shape.toSpliced(axis, 1, 0);
      const fits =
        joined === output.shape[axis] &&
        inputs.every(({ shape }) => isSameShape(rest(shape), rest(output.shape)));
      if (!fits) fields.fail("output", "a tensor of the inputs' shape, joined along the axis");
      expectSameQuantization(fields, inputs, output);
      return { axis };
    },
  } satisfies QuantizedLayerFormat<QuantizedConcatenation>,
  copy: {
    arity: 1,
    write: ({ start, sizes, strides }) => ({ start, sizes, strides }),
    read({ fields, inputs, output }) {
      const values = elementCount(inputs[0].shape);
      const sizes = fields.integers("sizes", 1, 2 ** 24);
      const strides = fields.integers("strides", -values, values);
      const view = { start: fields.integer("start", 0, values - 1), sizes, strides };
      if (elementCount(sizes) !== elementCount(output.shape))
        fields.fail("sizes", "those of as many values as the output has");
      if (strides.length !== sizes.length || sizes.length > 8)
        fields.fail("strides", "one for each of up to 8 sizes");
      const { least, most } = viewBounds(view);
      if (least < 0 || most >= values) fields.fail("strides", `places in the input's ${values} values`);
      expectSameQuantization(fields, inputs, output);
      return view;
    },
  } satisfies QuantizedLayerFormat<QuantizedCopy>,
  mean: reduction as QuantizedLayerFormat<QuantizedMean<"mean">>,
  sum: reduction as QuantizedLayerFormat<QuantizedMean<"sum">>,
  pad: {
    arity: 1,
    write: ({ before, after, value }) => ({ before, after, value }),
    read({ fields, inputs, output }) {
      const { shape } = inputs[0];
      const before = fields.integers("before", 0, 65535);
      const after = fields.integers("after", 0, 65535);
      const fits =
        before.length === shape.length &&
        after.length === shape.length &&
        isSameShape(
          shape.map((size, axis) => before[axis] + size + after[axis]),
          output.shape,
        );
      if (!fits) fields.fail("output", "a tensor of the input's shape with what is before and after it");
      expectSameQuantization(fields, inputs, output);
      return { before, after, value: fields.integer("value", -128, 127) };
    },
  } satisfies QuantizedLayerFormat<QuantizedPad>,
  requantize: {
    arity: 1,
    write: () => ({}),
    read({ fields, inputs, output }) {
      if (!isSameShape(inputs[0].shape, output.shape)) fields.fail("output", "a tensor of the input's shape");
      return {};
    },
  } satisfies QuantizedLayerFormat<QuantizedRequantize>,
  resize: {
    arity: 1,
    write: ({ method, alignCorners, halfPixelCenters }) => ({ method, alignCorners, halfPixelCenters }),
    read({ fields, inputs, output }) {
      const [from, to] = [inputs[0].shape, output.shape];
      if (from.length !== 3 || to.length !== 3 || from[2] !== to[2]) {
        fields.fail("output", "an image of the input's channels");
      }
      expectSameQuantization(fields, inputs, output);
      return {
        method: fields.oneOf("method", ["nearest", "bilinear"]),
        alignCorners: fields.boolean("alignCorners"),
        halfPixelCenters: fields.boolean("halfPixelCenters"),
      };
    },
  } satisfies QuantizedLayerFormat<QuantizedResize>,
  reshape: {
    arity: 1,
    write: () => ({}),
    read({ fields, inputs, output }) {
      if (elementCount(inputs[0].shape) !== elementCount(output.shape)) {
        fields.fail("output", "a tensor of as many values as the input");
      }
      expectSameQuantization(fields, inputs, output);
      return {};
    },
  } satisfies QuantizedLayerFormat<QuantizedReshape>,
  streamWindow: {
    arity: 2,
    write: () => ({}),
    read({ fields, inputs, output }) {
      const [{ shape }, before] = inputs;
      const isWindow =
        before === output &&
        isSameShape(shape.slice(1), output.shape.slice(1)) &&
        shape.length === output.shape.length &&
        (shape[0] ?? 1) <= (output.shape[0] ?? 0);
      if (!isWindow) fields.fail("output", "the second input, of the first one's rows or more");
      expectSameQuantization(fields, inputs, output);
      return {};
    },
  } satisfies QuantizedLayerFormat<QuantizedStreamWindow>,
};
