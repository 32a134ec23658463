import type { Fields } from "../../base/fields.js";
import type { Shape } from "../../base/tensor.js";
import { contiguousStrides } from "../../network/stridedView.js";
import { Copy } from "../../train/layers/copy.js";
import { defineLayer } from "../../train/layers/graph.js";
import { reshape } from "../../train/layers/reshape.js";
import { expectOneOf, type LayerContext, type LayerImporter, readSizes, type Value } from "./layerContext.js";

/** What a copy reads: from `start`, along axes of these sizes and strides. */
interface View {
  readonly start: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

function putCopy({ name, put }: LayerContext, input: Value, { start, shape, strides }: View): Value {
  return put(
    defineLayer("copy", { name }, ({ name: layer }) => new Copy(layer, input.shape, shape, start, strides)),
    [input],
  );
}

/** `dims` counts the axes from 1: the axis of the samples is 0. */
const importPermute: LayerImporter = (context, input) => {
  const { config } = context;
  const dims = config.integers("dims", 1, input.shape.length);
  if (new Set(dims).size !== input.shape.length || dims.length !== input.shape.length) {
    config.fail("dims", `each of 1 to ${input.shape.length} once`);
  }
  const strides = contiguousStrides(input.shape);
  return putCopy(context, input, {
    start: 0,
    shape: dims.map((axis) => input.shape[axis - 1]),
    strides: dims.map((axis) => strides[axis - 1]),
  });
};

/** [[top, bottom], [left, right]] or [left, right]; a single number is for all sides. */
function readCropping(config: Fields, axes: 1 | 2): readonly (readonly [number, number])[] {
  const given = config.value("cropping");
  const list = axes === 1 ? [given] : Array.isArray(given) ? given : [given, given];
  const pairs = list.map((pair) => (Array.isArray(pair) ? pair : [pair, pair]));
  const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;
  if (pairs.length !== axes || !pairs.every((pair) => pair.length === 2 && pair.every(isCount))) {
    return config.fail("cropping", "numbers of rows and columns");
  }
  return pairs as [number, number][];
}

const importCropping =
  (axes: 1 | 2): LayerImporter =>
  (context, input) => {
    const { config } = context;
    expectOneOf(config, "data_format", ["channels_last"]);
    const cut = readCropping(config, axes);
    const strides = contiguousStrides(input.shape);
    const shape = input.shape.map((size, axis) => size - (cut[axis]?.[0] ?? 0) - (cut[axis]?.[1] ?? 0));
    if (input.shape.length !== axes + 1 || shape.some((size) => size < 1)) {
      config.fail("cropping", `less than [${input.shape.join(", ")}] has`);
    }
    return putCopy(context, input, {
      start: cut.reduce((sum, [first], axis) => sum + first * strides[axis], 0),
      shape,
      strides,
    });
  };

/** Each row and column several times: a copy with axes of stride 0 between. */
const importUpSampling =
  (axes: 1 | 2): LayerImporter =>
  (context, input) => {
    const { config, name, put } = context;
    expectOneOf(config, "data_format", ["channels_last"]);
    expectOneOf(config, "interpolation", ["nearest"]);
    const times = readSizes(config, "size", axes);
    const strides = contiguousStrides(input.shape);
    const view = input.shape.flatMap((size, axis) =>
      axis < times.length
        ? [
            { size, stride: strides[axis] },
            { size: times[axis], stride: 0 },
          ]
        : [{ size, stride: strides[axis] }],
    );
    const copied = putCopy({ ...context, name: `${name}: repeated` }, input, {
      start: 0,
      shape: view.map(({ size }) => size),
      strides: view.map(({ stride }) => stride),
    });
    const shape = input.shape.map((size, axis) => size * (times[axis] ?? 1));
    return put(reshape(shape, { name }), [copied]);
  };

const importRepeatVector: LayerImporter = (context, input) => {
  const times = context.config.integer("n", 1, 2 ** 20);
  return putCopy(context, input, { start: 0, shape: [times, ...input.shape], strides: [0, 1] });
};

export const copyImporters: Readonly<Record<string, LayerImporter>> = {
  Cropping1D: importCropping(1),
  Cropping2D: importCropping(2),
  Permute: importPermute,
  RepeatVector: importRepeatVector,
  UpSampling1D: importUpSampling(1),
  UpSampling2D: importUpSampling(2),
};
