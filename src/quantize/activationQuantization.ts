import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { audioOutput } from "../network/audioFrontEnd.js";
import { quantizationOf, quantizationsOf } from "../network/quantization.js";
import type { ElementType, Quantization, Quantized } from "../network/quantizedNetwork.js";
import type { Layer } from "../train/layers/layerKinds.js";
import type { Normalization } from "../train/layers/normalization.js";
import { Signal } from "../train/layers/signal.js";
import { type RealRange, rawKinds } from "./calibrate.js";
import {
  type ActivationType,
  chooseInt16,
  expectInt16Form,
  fixedInt16Outputs,
  int16Saturation,
} from "./int16Formats.js";
import type { IntegerForm } from "./integerSteps.js";
import { chooseTreeInput } from "./quantizeTrees.js";
import { chooseRaw } from "./rawQuantization.js";
import { shareFormats } from "./sharedFormats.js";

/** int8 outputs whose quantization the function fixes. Source: TFLite int8 quantization specification; ESPHome for features. */
const fixedOutputs: Readonly<Record<string, Quantization>> = {
  audioFeatures: audioOutput,
  softmax: { scale: 1 / 256, zeroPoint: -128 },
  sigmoid: { scale: 1 / 256, zeroPoint: -128 },
  hardSigmoid: { scale: 1 / 256, zeroPoint: -128 },
  tanh: { scale: 1 / 128, zeroPoint: 0 },
  // outputs of recurrent layers lie in −1..1, and their kernels take them back as they are
  gru: { scale: 1 / 128, zeroPoint: 0 },
  simpleRnn: { scale: 1 / 128, zeroPoint: 0 },
};

/** Of an LSTM: the finest power of two that holds what was seen of its outputs, at all steps. */
function lstmOutput({ min, max, memory }: RealRange): Quantization {
  const largest = Math.max(-min, max, memory?.output ?? 1);
  return { scale: 2 ** -(7 + Math.min(7, Math.max(0, Math.floor(-Math.log2(largest))))), zeroPoint: 0 };
}

/** Where a function no longer changes in steps of its fixed output: what lies beyond needs no input steps. */
const saturation: Readonly<Record<string, number>> = {
  // 1 − sigmoid(x) < 1/512
  sigmoid: 6.24,
  hardSigmoid: 3,
  // 1 − tanh(x) < 1/256
  tanh: 3.13,
};

/**
 * Scale and zero point that spread 256 steps over a range.
 *
 * Source: Jacob et al. 2018, arXiv:1712.05877 §3.
 */
export function chooseQuantization({ min, max }: RealRange): Quantization {
  const scale = Math.fround((max - min) / 255);
  // an activation that is always 0 has no range, and any scale represents it
  if (scale === 0) return { scale: 1, zeroPoint: 0 };
  // + 0 makes −0 a 0: JSON knows no −0, and a network's hash tells them apart
  return { scale, zeroPoint: Math.min(127, Math.max(-128, Math.round(-128 - min / scale))) + 0 };
}

/** How an activation is represented. */
export interface ActivationFormat extends Quantized {
  readonly elementType: ElementType;
  /** Of the input that trees compare: the values of each column that were seen, rising. */
  readonly seen?: readonly (Float64Array | undefined)[];
  /** Of an LSTM's output: the largest magnitude of its cells that was seen. */
  readonly largestCell?: number;
}

/**
 * An output that is far from 0, over a range of its own: nothing pads an output, so nothing needs its 0, and the zero
 * point is an int32.
 */
function chooseAway({ min, max }: { readonly min: number; readonly max: number }): Quantization {
  // finer steps than the values themselves have would be no gain, and leave the zero point no int32
  const finest = Math.max(Math.abs(min), Math.abs(max)) * 2 ** -24;
  const scale = Math.fround(Math.max((max - min) / 255, finest));
  return { scale, zeroPoint: Math.round(-128 - min / scale) };
}

/** The steps' output that may lie away from 0: of a dense layer without a clamp, or of trees, which nothing else takes. */
function isFreeOutput({ steps, output }: IntegerForm, members: ReadonlySet<number>): boolean {
  const isTaken = steps.some(({ inputs }) => inputs.includes(output));
  const maker = steps.find((step) => step.output === output);
  return (
    members.size === 1 &&
    members.has(output) &&
    !isTaken &&
    (maker?.layer.kind === "dense" || maker?.layer.kind === "treeEnsemble") &&
    !maker.fused
  );
}

/**
 * How each activation of an integer network is quantized, by its number: fixed by the function that makes it, or
 * chosen from the range of its values (and of those that share its format), without what the functions that take it
 * cannot tell apart.
 *
 * @param ranges by number of the activation
 * @param elementType of activations; raw measurements are int16 in any case
 * @throws UserError naming a layer that has no form with int16
 */
export function quantizeActivations(
  form: IntegerForm,
  ranges: readonly RealRange[],
  elementType: ActivationType = "int8",
): Map<number, ActivationFormat> {
  const formats = new Map<number, ActivationFormat>();
  const isWide = elementType === "int16";
  if (isWide) expectInt16Form(form);
  const fixed = isWide ? fixedInt16Outputs : fixedOutputs;
  const shared = shareFormats(
    form,
    ({ layer, output }) => (layer.kind === "lstm" ? lstmOutput(ranges[output]) : fixed[layer.kind]),
    ranges,
  );
  for (const [number, { members, fixed }] of shared) {
    const away = !isWide && isFreeOutput(form, members) ? ranges.at(-1)?.away : undefined;
    const isAway = away !== undefined && away.max > away.min;
    const choose = isWide ? chooseInt16 : chooseQuantization;
    const limits = isWide ? int16Saturation : saturation;
    const quantization =
      fixed ?? (isAway ? chooseAway(away) : choose(usedRange(form, members, ranges, limits)));
    const largestCell = ranges[number].memory?.cell;
    formats.set(number, {
      ...{ quantization, elementType },
      ...(largestCell !== undefined && { largestCell }),
    });
  }
  for (const { layer, output } of form.steps) {
    if (layer instanceof Signal)
      formats.set(output, { quantization: layer.output.quantization, elementType: "int16" });
  }
  expectTakersOfSignals(form, formats);
  for (const { layer, inputs, output } of form.steps) {
    const steps = squaredSteps(layer);
    if (steps === undefined) continue;
    const { scale } = quantizationOf(formats.get(inputs.at(-1)!)!);
    const quantization = { scale: Math.fround((scale * scale) / steps), zeroPoint: 0 };
    formats.set(output, { quantization, elementType: "int32" });
  }
  const users = rawUsers(form);
  if (users.length > 0) {
    const quantization = rawQuantization(users, formats, ranges[0]);
    const seen = ranges[0].columns?.map(({ values }) => values);
    formats.set(0, { quantization, elementType: "int16", ...(seen && { seen }) });
  }
  return formats;
}

/** How many squared steps make a layer's unit; undefined where it gives no sum of squares. */
function squaredSteps(layer: Layer): number | undefined {
  if (layer.kind === "kMeansDistance") return 1;
  return layer.kind === "reconstructionError" ? elementCount(layer.inputShapes[0]) : undefined;
}

function rawQuantization(
  users: readonly RawStep[],
  formats: ReadonlyMap<number, ActivationFormat>,
  range: RealRange,
): ActivationFormat["quantization"] {
  const trees = users.flatMap(({ layer }) => (layer.kind === "treeEnsemble" ? [layer] : []));
  if (trees.length === 1) return chooseTreeInput(trees[0], range);
  const normalizations = users.flatMap(({ layer, output }) =>
    isNormalization(layer) ? [{ layer, output }] : [],
  );
  // front-ends take whole numbers
  if (normalizations.length < users.length) return { scale: 1, zeroPoint: 0 };
  const columns = range.columns?.length;
  const outputSteps = normalizations.flatMap(({ layer, output }) =>
    Array.from(layer.factors.data, (factor) => factor / quantizationOf(formats.get(output)!).scale),
  );
  return chooseRaw(
    range,
    outputSteps,
    normalizations.every(({ layer }) => layer.features === columns),
  );
}

/** The range of several activations, without what the functions that take them cannot tell apart. */
function usedRange(
  { steps, output }: IntegerForm,
  members: ReadonlySet<number>,
  ranges: readonly RealRange[],
  saturation: Readonly<Record<string, number>>,
): RealRange {
  const users = steps.filter(
    (step) => !members.has(step.output) && step.inputs.some((number) => members.has(number)),
  );
  const isBounded = users.length > 0 && !members.has(output);
  const limits = users.map(({ layer }) => saturation[layer.kind] ?? Number.POSITIVE_INFINITY);
  const limit = isBounded ? Math.max(...limits) : Number.POSITIVE_INFINITY;
  const all = [...members].map((number) => ranges[number]);
  return {
    min: Math.max(Math.min(...all.map(({ min }) => min)), -limit),
    max: Math.min(Math.max(...all.map(({ max }) => max)), limit),
  };
}

const isNormalization = (layer: Layer): layer is Normalization => layer.kind === "normalization";

/**
 * What a signal block gives is int16, often with a scale for each column: other blocks take it, or a normalization column by column.
 *
 * @throws UserError naming the layer that cannot, or the block whose columns nothing takes
 */
function expectTakersOfSignals(
  { steps, output }: IntegerForm,
  formats: ReadonlyMap<number, ActivationFormat>,
): void {
  for (const { layer: signal, output: given } of steps) {
    if (!(signal instanceof Signal)) continue;
    const columns = quantizationsOf(formats.get(given)!).length;
    const hint = "let standardize() stand behind it, which brings each column to int8";
    if (given === output && columns > 1) {
      throw new UserError(
        `layer "${signal.name}" gives columns with scales of their own, and is the last`,
        hint,
      );
    }
    for (const { layer, inputs } of steps) {
      const isRight = isNormalization(layer)
        ? columns === 1 || layer.features === columns
        : layer instanceof Signal && columns === 1;
      if (!inputs.includes(given) || isRight) continue;
      throw new UserError(
        `layer "${layer.name}" (${layer.kind}) takes what "${signal.name}" gives: int16${columns > 1 ? `, ${columns} columns with scales of their own` : ""}`,
        hint,
      );
    }
  }
}

interface RawStep {
  readonly layer: Layer;
  readonly output: number;
}

/**
 * The normalizations, front-ends, or the trees, that take the network's input.
 *
 * @throws UserError when one shares the input with another layer that is none, or trees with any
 */
function rawUsers({ steps }: IntegerForm): RawStep[] {
  const users = steps.filter(({ inputs }) => inputs.includes(0));
  const found = users.filter(({ layer }) => rawKinds.has(layer.kind));
  const areShared = found.length > 1 && found.some(({ layer }) => layer.kind === "treeEnsemble");
  if (areShared || (found.length > 0 && found.length < users.length)) {
    throw new UserError(
      `layer "${found[0].layer.name}" takes the raw input, and so does another layer that cannot`,
      "let the other layer take what this one gives",
    );
  }
  return found;
}
