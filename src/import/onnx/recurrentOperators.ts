import { formatShape, isSameShape, Tensor } from "../../base/tensor.js";
import { Concatenate } from "../../train/layers/merge.js";
import { gateCounts, Recurrent, type RecurrentKind } from "../../train/layers/recurrent.js";
import { Activation } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";

/** A recurrent operator of ONNX. */
interface RecurrentForm {
  readonly kind: RecurrentKind;
  /** What its functions are called, for one direction. */
  readonly functions: readonly string[];
  /** For each gate of ours: which of the file's it is. */
  readonly gates: readonly number[];
  /** Which inputs hold what comes before the first step. */
  readonly states: readonly number[];
}

// Source: ONNX operators, LSTM, GRU and RNN: gates stand as input, output, forget, cell; update, reset, hidden.
const forms: Readonly<Record<string, RecurrentForm>> = {
  LSTM: { kind: "lstm", functions: ["Sigmoid", "Tanh", "Tanh"], gates: [0, 2, 3, 1], states: [5, 6] },
  GRU: { kind: "gru", functions: ["Sigmoid", "Tanh"], gates: [0, 1, 2], states: [5] },
  RNN: { kind: "simpleRnn", functions: ["Tanh"], gates: [0], states: [5] },
};

const sequenceLengths = 4;
const peepholes = 7;

/** @returns Y [steps, directions, batch, units] and Y_h [directions, batch, units]; what nobody takes is left out later */
function recurrent(context: NodeContext, form: RecurrentForm): Activation[] {
  const { builder } = context;
  const value = context.computed();
  const { shape, batch } = value;
  const directions = directionsOf(context);
  expectPlain(context, form, directions.length);
  if (shape.length !== 3 || (batch ?? 1) !== 1 || value.layout.shape[1] !== 1) {
    context.fail(
      `works on ${formatShape(context.shapeOf(value))}; series [steps, batch, features] are imported`,
      "export the model for samples whose first axis is the batch: batch_first=True",
    );
  }
  const [steps, , features] = value.layout.shape;
  const series = builder.arrange(value, Layout.of(value.layout.shape));
  const from = builder.view(series.number, [steps, features]);
  const units = context.integer("hidden_size", 0);
  const tensors = directions.map((_, d) => tensorsOf(context, form, d, directions.length, features, units));
  const joined = (returnsAll: boolean): number => {
    const parts = directions.map((isBackwards, d) => {
      const layer = new Recurrent(
        form.kind,
        builder.name(),
        [steps, features],
        { returnsAll, isBackwards },
        tensors[d],
      );
      return builder.put(layer, [from]);
    });
    if (parts.length === 1) return parts[0];
    const shapes = parts.map((number) => builder.shapeOf(number));
    return builder.put(new Concatenate(builder.name(), shapes), parts);
  };
  const count = directions.length;
  const given = (axis: number) => (batch === undefined ? undefined : axis);
  return [
    new Activation(joined(true), Layout.of([steps, count, 1, units]), given(2)),
    new Activation(joined(false), Layout.of([count, 1, units]), given(1)),
  ];
}

/** For each direction: whether it is the one from the last step to the first. */
function directionsOf(context: NodeContext): readonly boolean[] {
  const direction = context.text("direction", "forward");
  switch (direction) {
    case "forward":
      return [false];
    case "reverse":
      return [true];
    case "bidirectional":
      return [false, true];
    default:
      return context.fail(`has the direction "${direction}"; forward, reverse or bidirectional is expected`);
  }
}

/** Refuses what a layer of ours does not do. */
function expectPlain(context: NodeContext, form: RecurrentForm, directions: number): void {
  const functions = context.attribute("activations")?.texts ?? [];
  const expected = Array.from({ length: directions }, () => form.functions).flat();
  const isStandard =
    functions.length === 0 ||
    (functions.length === expected.length &&
      functions.every((name, k) => name.toLowerCase() === expected[k].toLowerCase()));
  context.expect(
    isStandard,
    `has the activations ${functions.slice(0, 6).join(", ")}; ${form.functions.join(", ")} are imported`,
  );
  context.expect(
    context.integer("layout", 0) === 0,
    "has batches before steps (layout 1)",
    "export it with layout 0",
  );
  context.expect(context.attribute("clip") === undefined, "clips its sums, which no layer of ours does");
  context.expect(context.integer("input_forget", 0) === 0, "couples input and forget gates");
  context.expect(!context.has(peepholes), "has peepholes, which no layer of ours has");
  context.expect(
    form.kind !== "gru" || context.integer("linear_before_reset", 0) === 1,
    "resets before its product (linear_before_reset 0)",
    "train it with the reset after: Keras' GRU(reset_after=True), PyTorch's GRU",
  );
  for (const input of form.states) {
    const isZero = !context.has(input) || context.constant(input, "a state").values.every((x) => x === 0);
    context.expect(isZero, "begins with a state that is not 0", "begin with zeros");
  }
  if (context.has(sequenceLengths)) {
    const [steps] = context.shapeOf(context.activation());
    const lengths = context.constant(sequenceLengths, "sequence_lens").values;
    context.expect(
      lengths.every((length) => length === steps),
      "has sequence_lens that leave steps out",
      "export it without them",
    );
  }
}

/** A direction's weights and biases, gates in our order. */
function tensorsOf(
  context: NodeContext,
  { kind, gates }: RecurrentForm,
  direction: number,
  directions: number,
  features: number,
  units: number,
) {
  const count = gateCounts[kind];
  const part = (input: number, what: string, rows: number, columns: readonly number[]): Float32Array => {
    const constant = context.constant(input, what);
    const expected = [directions, rows, ...columns];
    if (!isSameShape(constant.shape, expected)) {
      context.fail(`has ${what} of ${formatShape(constant.shape)}, expected ${formatShape(expected)}`);
    }
    const size = constant.values.length / directions;
    return Float32Array.from(constant.values.slice(direction * size, (direction + 1) * size));
  };
  /** [count · units, columns], gate by gate. */
  const inOrder = (values: Float32Array): Float32Array => {
    const size = values.length / count;
    const result = new Float32Array(values.length);
    for (const [own, theirs] of gates.entries()) {
      result.set(values.subarray(theirs * size, (theirs + 1) * size), own * size);
    }
    return result;
  };
  const sums = count * units;
  context.expect(units > 0, `has a hidden_size of ${units}`);
  const weights = inOrder(part(1, "weights", sums, [features]));
  const recurrentWeights = inOrder(part(2, "recurrent weights", sums, [units]));
  const biases = context.has(3) ? part(3, "biases", 2 * sums, []) : new Float32Array(2 * sums);
  const [bias, own] = [0, sums].map((start) => inOrder(biases.subarray(start, start + sums)));
  const isJoined = kind !== "gru";
  return {
    weights: new Tensor([sums, features], weights),
    recurrentWeights: new Tensor([sums, units], recurrentWeights),
    bias: new Tensor([sums], isJoined ? bias.map((value, o) => value + own[o]) : bias),
    recurrentBias: isJoined ? undefined : new Tensor([sums], own),
  };
}

const attributes = [
  ...[
    "activations",
    "activation_alpha",
    "activation_beta",
    "clip",
    "direction",
    "hidden_size",
    "input_forget",
  ],
  ...["layout", "linear_before_reset", "output_sequence"],
];

/** Layers that go through a series step by step. */
export const recurrentOperators: Readonly<Record<string, OnnxOperator>> = Object.fromEntries(
  Object.entries(forms).map(([name, form]) => [
    name,
    {
      attributes,
      apply: (context: NodeContext) => recurrent(context, form),
    },
  ]),
);
