import { type FieldSpec, ModelBuilder, type ModelSpec } from "./buildTflite.js";
import { fused, valid } from "./everyOperator.js";

type Shape = readonly number[];

/** Scale and zero point. */
type Steps = readonly [number, number];

export const steps: Steps = [0.05, -7];

/** A model of one input, and of what is made of it. */
export function model(shape: Shape, fill: (model: ModelBuilder, input: number) => void, of: Steps = steps) {
  return (): ModelSpec => {
    const builder = new ModelBuilder();
    fill(builder, builder.activation(shape, ...of));
    return builder.spec();
  };
}

interface Options {
  readonly inputs?: (model: ModelBuilder) => readonly number[];
  readonly before?: (model: ModelBuilder) => readonly number[];
  readonly type?: number;
  readonly fields?: readonly FieldSpec[];
  readonly to?: Steps;
  readonly from?: Steps;
  readonly version?: number;
}

/** One operator that makes one tensor of one, and of constants. */
export function one(name: string, from: Shape, to: Shape, options: Options = {}) {
  const {
    inputs = () => [],
    before = () => [],
    type = 0,
    fields = [],
    to: toSteps,
    from: fromSteps,
  } = options;
  return model(
    from,
    (builder, input) => {
      const output = builder.activation(to, ...(toSteps ?? fromSteps ?? steps));
      builder.add({
        ...{ type: name, version: options.version ?? 1, outputs: [output] },
        inputs: [...before(builder), input, ...inputs(builder)],
        ...(type > 0 && { optionsType: type, options: fields }),
      });
    },
    fromSteps,
  );
}

function values(builder: ModelBuilder, shape: Shape, [scale, zeroPoint]: Steps): number {
  const length = shape.reduce((product, size) => product * size, 1);
  const data = Int8Array.from({ length }, (_, i) => ((i * 73 + 29) % 256) - 128);
  return builder.tensor({ shape, data, scales: [scale], zeroPoints: [zeroPoint] });
}

export const image: Shape = [1, 4, 5, 6];
export const numbers =
  (...list: readonly number[]) =>
  (builder: ModelBuilder) => [builder.integers(list)];

export function binary(
  name: string,
  shape: Shape,
  constant: Shape,
  options: Options & { first?: boolean; constantSteps?: Steps } = {},
) {
  const make = (builder: ModelBuilder) => [values(builder, constant, options.constantSteps ?? [0.021, 11])];
  return one(name, shape, shape, { ...options, ...(options.first ? { before: make } : { inputs: make }) });
}

export function reduce(
  name: string,
  shape: Shape,
  axes: readonly number[],
  to: Shape,
  keeps = false,
  toSteps?: Steps,
) {
  const fields: FieldSpec[] = [[0, "int8", Number(keeps)]];
  return one(name, shape, to, {
    inputs: numbers(...axes),
    type: 27,
    fields,
    ...(toSteps && { to: toSteps }),
  });
}

export function resize(
  name: string,
  from: Shape,
  to: Shape,
  flags: readonly [corners: boolean, centers: boolean] = [false, false],
) {
  const [type, first] = name === "RESIZE_BILINEAR" ? [15, 2] : [74, 0];
  const fields = flags.map((flag, i): FieldSpec => [first + i, "int8", Number(flag)]);
  return one(name, from, to, { inputs: numbers(to[1]!, to[2]!), type, fields });
}

export function transposed(
  from: Shape,
  to: Shape,
  window: Shape,
  stride: Shape,
  padding: number,
  biased = true,
) {
  const channels = to[3]!;
  const scales = Array.from({ length: channels }, (_, o) => 0.004 + o * 0.0007);
  return one("TRANSPOSE_CONV", from, to, {
    before: (builder) => [builder.integers(to), builder.weights([channels, ...window, from[3]!], scales)],
    inputs: (builder) => (biased ? [builder.bias(scales.map((_, o) => 900 * o - 700))] : []),
    type: 49,
    fields: [
      [0, "int8", padding],
      [1, "int32", stride[1]!],
      [2, "int32", stride[0]!],
      [3, "int8", biased ? fused.relu : fused.none],
    ],
    to: [0.9, -20],
    version: biased ? 3 : 1,
  });
}

/** What an operator cuts, and joins in another order. */
export function cut(name: string, shape: Shape, parts: readonly Shape[], axis: number, options: Options) {
  return model(shape, (builder, input) => {
    const outputs = parts.map((part) => builder.activation(part, ...steps));
    builder.add({
      ...{ type: name, version: 1, outputs },
      inputs: [...(options.before?.(builder) ?? []), input, ...(options.inputs?.(builder) ?? [])],
      ...(options.type && { optionsType: options.type, options: options.fields ?? [] }),
    });
    const isPacked = parts[0]!.length < shape.length;
    const total = parts.reduce((sum, part) => sum + (part[axis] ?? 0), 0);
    const joined = isPacked ? parts[0]!.toSpliced(2, 0, parts.length) : parts[0]!.toSpliced(axis, 1, total);
    builder.add({
      ...{ type: isPacked ? "PACK" : "CONCATENATION", version: 1, inputs: outputs.toReversed() },
      outputs: [builder.activation(joined, ...steps)],
      ...(isPacked
        ? {
            optionsType: 59,
            options: [
              [0, "int32", parts.length],
              [1, "int32", 2],
            ],
          }
        : { optionsType: 10, options: [[0, "int32", axis]] }),
    });
  });
}

/** Of which TFLM's SPACE_TO_BATCH_ND pads with a real 0, as TensorFlow Lite does: it never sets the value. */
const centred: Steps = [0.05, 0];

/** SPACE_TO_BATCH_ND, a convolution, BATCH_TO_SPACE_ND: what a converter makes of dilations. */
export function dilated(kind: "CONV_2D" | "DEPTHWISE_CONV_2D", block: Shape, pads: Shape, crops: Shape) {
  return model(
    [1, 7, 9, 4],
    (builder, input) => {
      const [down, across] = [7 + pads[0]! + pads[1]!, 9 + pads[2]! + pads[3]!].map(
        (size, i) => size / block[i]!,
      );
      const batch = block[0]! * block[1]!;
      const inside = [batch, down! - 2, across! - 1];
      const outside = [7 + pads[0]! + pads[1]! - 2 * block[0]! - crops[0]! - crops[1]!].concat(
        9 + pads[2]! + pads[3]! - block[1]! - crops[2]! - crops[3]!,
      );
      const cut = builder.activation([batch, down!, across!, 4], ...centred);
      const made = builder.activation([...inside, 4], 0.37, 9);
      const output = builder.activation([1, ...outside, 4], 0.37, 9);
      const list = (values: Shape, shape: Shape) => builder.integers(values, shape);
      const isDeep = kind === "DEPTHWISE_CONV_2D";
      const weights = builder.weights(
        isDeep ? [1, 3, 2, 4] : [4, 3, 2, 4],
        [0.011, 0.007, 0.013, 0.009],
        isDeep ? 3 : 0,
      );
      const bias = builder.bias([500, -900, 0, 77]);
      const [blocks, around] = [list(block, [2]), list(pads, [2, 2])];
      builder.add({ type: "SPACE_TO_BATCH_ND", inputs: [input, blocks, around], outputs: [cut] });
      builder.add({
        ...{ type: kind, inputs: [cut, weights, bias], outputs: [made], optionsType: isDeep ? 2 : 1 },
        options: [
          [0, "int8", valid],
          [1, "int32", 1],
          [2, "int32", 1],
          ...(isDeep ? [[3, "int32", 1] as FieldSpec, [4, "int8", fused.relu] as FieldSpec] : []),
        ],
      });
      const inputs = [made, list(block, [2]), list(crops, [2, 2])];
      builder.add({ type: "BATCH_TO_SPACE_ND", inputs, outputs: [output] });
    },
    centred,
  );
}

/** The same over a series, which a converter lays in the one row of an image. */
export function dilatedSeries() {
  return model(
    [1, 10, 3],
    (builder, input) => {
      const cut = builder.activation([3, 4, 3], ...centred);
      const row = builder.activation([3, 1, 4, 3], ...centred);
      const made = builder.activation([3, 1, 3, 5], 0.21, -4);
      const series = builder.activation([3, 3, 5], 0.21, -4);
      const output = builder.activation([1, 9, 5], 0.21, -4);
      const weights = builder.weights([5, 1, 2, 3], [0.01]);
      const [block, pads] = [builder.integers([3]), builder.integers([2, 0], [1, 2])];
      builder.add({ type: "SPACE_TO_BATCH_ND", inputs: [input, block, pads], outputs: [cut] });
      builder.add({ type: "EXPAND_DIMS", inputs: [cut, builder.integers([1], [])], outputs: [row] });
      builder.add({
        ...{ type: "CONV_2D", inputs: [row, weights, builder.bias([1, 2, 3, 4, 5])], outputs: [made] },
        ...{ optionsType: 1 },
        options: [
          [0, "int8", valid],
          [1, "int32", 1],
          [2, "int32", 1],
        ],
      });
      builder.add({
        ...{ type: "SQUEEZE", inputs: [made], outputs: [series], optionsType: 30 },
        options: [[0, "int32s", [1]]],
      });
      const crops = builder.integers([0, 0], [1, 2]);
      builder.add({ type: "BATCH_TO_SPACE_ND", inputs: [series, block, crops], outputs: [output] });
    },
    centred,
  );
}

/** @param cell its scale; `clip` is real */
export function lstm(steps: number, units: number, hidden: Steps, cell: number, clip: number) {
  return model([1, steps, 4], (builder) => {
    const weights = (features: number, from: number) =>
      Array.from({ length: 4 }, (_, g) => {
        const length = units * features;
        const data = Int8Array.from({ length }, (_, i) => ((i * 73 + 29 * (g + from)) % 255) - 127);
        const scales = [0.006 + 0.003 * g];
        return builder.tensor({ shape: [units, features], data, scales, zeroPoints: [0] });
      });
    const biases = Array.from({ length: 4 }, (_, g) =>
      builder.bias(Array.from({ length: units }, (_, u) => 700 * u - 1000 * g)),
    );
    const variable = (type: string, scale: number, zeroPoint: number) =>
      builder.tensor({ shape: [1, units], type, isVariable: true, scales: [scale], zeroPoints: [zeroPoint] });
    const [none, own, recurrent] = [-1, weights(4, 0), weights(units, 5)];
    builder.add({
      ...{ type: "UNIDIRECTIONAL_SEQUENCE_LSTM", optionsType: 71 },
      inputs: [
        ...[0, ...own, ...recurrent, none, none, none, ...biases, none, none],
        ...[variable("int8", ...hidden), variable("int16", cell, 0), none, none, none, none],
      ],
      outputs: [builder.activation([1, steps, units], ...hidden)],
      options: [
        [0, "int8", fused.tanh],
        [1, "float32", clip],
      ],
    });
  });
}

export interface SvdfSettings {
  readonly type: "int8" | "int16";
  readonly filters: number;
  readonly memory: number;
  readonly rank: number;
  readonly state: Steps;
  readonly output: Steps;
  /** Scales of the weights. */
  readonly features: number;
  readonly time: number;
}

/** An SVDF of six inputs. */
export function svdf({ type, filters, memory, rank, state, output, features, time }: SvdfSettings) {
  return model([1, 6], (builder, input) => {
    const units = filters / rank;
    const spread = (length: number, factor: number, most: number) =>
      Array.from({ length }, (_, i) => ((i * factor + 29) % (2 * most + 1)) - most);
    const weights = (shape: Shape, data: Int8Array | Int16Array, ofType: "int8" | "int16", scale: number) =>
      builder.tensor({ shape, data, type: ofType, scales: [scale], zeroPoints: [0] });
    const inTime = spread(filters * memory, type === "int8" ? 61 : 20771, type === "int8" ? 127 : 32767);
    builder.add({
      ...{ type: "SVDF", version: 3, optionsType: 6 },
      inputs: [
        input,
        weights([filters, 6], Int8Array.from(spread(filters * 6, 73, 127)), "int8", features),
        weights(
          [filters, memory],
          type === "int8" ? Int8Array.from(inTime) : Int16Array.from(inTime),
          type,
          time,
        ),
        builder.tensor({
          ...{
            shape: [units],
            type: "int32",
            data: Int32Array.from({ length: units }, (_, u) => 900 * u - 700),
          },
          ...{ scales: [Math.fround(state[0] * time)], zeroPoints: [0] },
        }),
        builder.tensor({
          ...{ shape: [1, filters * memory], type, isVariable: true },
          ...{ scales: [state[0]], zeroPoints: [state[1]] },
        }),
      ],
      outputs: [builder.activation([1, units], ...output)],
      options: [
        [0, "int32", rank],
        [1, "int8", fused.relu],
      ],
    });
  });
}

export const axisOptions = (axis: number): Options => ({ type: 23, fields: [[0, "int32", axis]] });
