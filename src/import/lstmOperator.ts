import { elementCount, formatShape } from "../base/tensor.js";
import { readActivation } from "./activation.js";
import type { ImportedLayer, OperatorContext } from "./operatorContext.js";
import type { TfliteTensor } from "./readTflite.js";
import { activationNames, lstmOptions, tensorType } from "./tfliteSchema.js";
import { readBias, readWeights } from "./weights.js";

/** Positions of the inputs. Source: TFLM lstm_shared.h. */
const place = {
  weights: 1,
  recurrentWeights: 5,
  peepholes: 9,
  bias: 12,
  projection: 16,
  hidden: 18,
  cell: 19,
};
const allInputs = 24;

/** Inputs that an operator keeps its state in. */
export const lstmVariables: readonly number[] = [place.hidden, place.cell];

/** Parts of four gates behind each other. */
function joined<T extends Int8Array | Int32Array>(parts: readonly T[]): T {
  const [first] = parts;
  const all = first.constructor as new (length: number) => T;
  const result = new all(parts.length * first.length);
  for (const [g, part] of parts.entries()) result.set(part, g * first.length);
  return result;
}

function gates(context: OperatorContext, first: number, units: number, features: number) {
  const read = Array.from({ length: 4 }, (_, g) => readWeights(context, 2, 0, first + g));
  for (const { shape, scales } of read) {
    if (shape[0] !== units || shape[1] !== features || scales.length !== 1) {
      context.refuse(
        `has weights of shape ${formatShape(shape)} and ${scales.length} scales; [${units}, ${features}] and one are expected`,
      );
    }
  }
  return {
    weights: joined(read.map(({ values }) => values)),
    scales: read.map(({ scales: [scale] }) => scale),
  };
}

/** A state of the operator's own, of so many values. */
function variable(
  context: OperatorContext,
  position: number,
  type: number,
  units: number | undefined,
): TfliteTensor {
  const tensor = context.tensors[context.operator.inputs[position]];
  if (tensor?.isVariable !== true || tensor.type !== type || tensor.data !== undefined) {
    return context.refuse(`needs a variable of its own as input ${position}`);
  }
  const values = elementCount(tensor.shape);
  if (units !== undefined && values !== units) {
    context.fail(`has a state of ${values} values as input ${position}, expected ${units}`);
  }
  return tensor;
}

/** A layer that is a state, whose rows of outputs are copied from it. */
export function lstm(context: OperatorContext): ImportedLayer {
  context.expectInputs(allInputs);
  const { inputs } = context.operator;
  const isPlain = inputs.every((tensor, i) => {
    const isLeftOut = (i >= place.peepholes && i < place.bias) || (i >= place.projection && i < place.hidden);
    return tensor < 0 || !(isLeftOut || i > place.cell);
  });
  if (!isPlain) context.refuse("has peepholes, a projection or a normalization, which is not supported");
  const options = context.options(lstmOptions.type);
  const activation = activationNames[options.int8(lstmOptions.activation)];
  if (activation !== "TANH")
    context.refuse(`has the activation ${activation ?? "of another number"}; TANH is supported`);
  if (options.boolean(lstmOptions.timeMajor))
    context.refuse("has time before samples (time_major), which is not supported");
  const input = context.input();
  const hidden = readActivation(context, variable(context, place.hidden, tensorType.int8, undefined).index);
  const units = elementCount(hidden.shape);
  const cell = variable(context, place.cell, tensorType.int16, units);
  if (input.fileShape.length !== 3 || input.fileShape[0] !== 1) {
    context.refuse(`takes series [1, steps, features], found ${formatShape(input.fileShape)}`);
  }
  const [, steps, features] = input.fileShape;
  context.expectOutputShape([1, steps, units]);
  context.expectSameQuantization(hidden);
  const [cellScale] = cell.scales;
  if (cell.scales.length !== 1 || cell.zeroPoints[0] !== 0 || !(cellScale > 0)) {
    context.refuse(
      `has a cell of ${cell.scales.length} scales and zero point ${cell.zeroPoints[0]}; 0 is supported`,
    );
  }
  const clip = options.float32(lstmOptions.cellClip);
  if (!(clip >= 0)) context.fail(`has a cell_clip of ${clip}; a number of 0 and more is expected`);
  // an int16, cut off as TFLM cuts it
  const steepest = Math.trunc(Math.min(clip / cellScale, 32767));
  if (clip > 0 && steepest < 1)
    context.refuse(`clips its cell at ${clip}, which is less than a step of ${cellScale}`);
  const own = gates(context, place.weights, units, features);
  const recurrent = gates(context, place.recurrentWeights, units, units);
  const biases = Array.from({ length: 4 }, (_, g) => readBias(context, units, place.bias + g));
  const series = context.reshaped(input, [steps, features]);
  const state = context.stateStep(
    {
      ...{
        kind: "lstm",
        inputWeights: own.weights,
        recurrentWeights: recurrent.weights,
        bias: joined(biases),
      },
      ...{ weightScales: own.scales, recurrentScales: recurrent.scales, cellScale },
      ...(clip > 0 && { cellClip: steepest }),
    },
    [series],
    [steps + 2, units],
    hidden.quantization,
    // TFLM begins with a real 0, which the cell's bytes are
    Int8Array.from({ length: (steps + 2) * units }, (_, i) =>
      i < steps * units ? hidden.quantization.zeroPoint : 0,
    ),
  );
  return {
    settings: { kind: "copy", start: 0, sizes: [steps, units], strides: [units, 1] },
    inputs: [state],
  };
}
