import type { Fields } from "../base/fields.js";
import type { Shape } from "../base/tensor.js";
import {
  decimatedSteps,
  type SignalBlock,
  type SignalKind,
  type StatisticName,
  spectrumFrames,
  statisticNames,
} from "./signalBlocks.js";

/** Bounds of what blocks have room for: sums of int16 and their powers stay within the words that kernels keep. */
export const signalLimits = {
  statisticsSteps: 2048,
  steps: 65535,
  axes: 256,
  fractionBits: 8,
  shortestFrame: 16,
  longestFrame: 2048,
  frames: 4096,
  sections: 8,
  factor: 64,
  taps: 2049,
} as const;

/** The values of a table, by its name and shape in the file. */
type TableReader = (name: string, shape: Shape) => ArrayLike<number>;

/**
 * A block from a file's numbers and tables, each within what its arithmetic has room for.
 *
 * @param input shape of the series that it takes
 * @throws UserError naming what is out of range
 */
export function readSignalBlock(
  kind: SignalKind,
  input: Shape,
  fields: Fields,
  table: TableReader,
): SignalBlock {
  const [steps = 0, axes = 0] = input;
  const longest = kind === "statistics" ? signalLimits.statisticsSteps : signalLimits.steps;
  if (input.length !== 2 || steps < 2 || steps > longest || axes < 1 || axes > signalLimits.axes)
    fields.fail(
      "inputs",
      `a tensor [steps, axes] of 2 to ${longest} steps and up to ${signalLimits.axes} axes`,
    );
  switch (kind) {
    case "statistics": {
      const chosen = fields.string("chosen").split(" ") as StatisticName[];
      const isRight = chosen.every((name) => statisticNames.includes(name));
      if (!isRight || new Set(chosen).size !== chosen.length)
        fields.fail("chosen", `names of ${statisticNames.join(", ")}, each once`);
      return {
        kind,
        steps,
        axes,
        chosen,
        fractionBits: fields.integer("fractionBits", 0, signalLimits.fractionBits),
      };
    }
    case "spectrum":
      return readSpectrum({ steps, axes }, fields, table);
    case "biquads": {
      const type = fields.oneOf<"lowPass" | "highPass">("type", ["lowPass", "highPass"]);
      const sections = fields.integer("sections", 1, signalLimits.sections);
      const halves = integersOf(fields, "coefficients", table("coefficients", [sections, 5, 2]), 2 ** 16);
      const coefficients = Int32Array.from({ length: 5 * sections }, (_, i) => joinHalves(fields, halves, i));
      for (let section = 0; section < sections; section++) {
        const own = coefficients.subarray(5 * section, 5 * section + 5);
        if (own.reduce((sum, coefficient) => sum + Math.abs(coefficient), 0) > 7 * 2 ** 30)
          fields.refuse("coefficients of a section must be 7 · 2^30 at most together");
      }
      return { kind, steps, axes, type, coefficients };
    }
    case "decimate": {
      const factor = fields.integer("factor", 2, signalLimits.factor);
      const taps = fields.integer("taps", 1, Math.min(steps, signalLimits.taps));
      const weights = Int16Array.from(integersOf(fields, "weights", table("weights", [taps]), 2 ** 15));
      if (weights.reduce((sum, weight) => sum + Math.abs(weight), 0) >= 2 ** 16)
        fields.refuse("weights must be below 2^16 together");
      const block = { kind, steps, axes, factor, weights } as const;
      if (decimatedSteps(block) < 2) fields.fail("factor", "one that leaves 2 steps or more");
      return block;
    }
  }
}

function readSpectrum(
  { steps, axes }: { readonly steps: number; readonly axes: number },
  fields: Fields,
  table: TableReader,
): SignalBlock {
  const { shortestFrame, longestFrame, frames } = signalLimits;
  const length = fields.integer("length", shortestFrame, Math.min(longestFrame, steps));
  if (!Number.isInteger(Math.log2(length))) fields.fail("length", "a power of two");
  const hop = fields.integer("hop", 1, steps);
  const bands = fields.integer("bands", 1, length / 2);
  const read = (name: string, shape: Shape, size: number) =>
    Int16Array.from(integersOf(fields, name, table(name, shape), size));
  const window = fields.boolean("hasWindow") ? read("window", [length], 2 ** 15) : undefined;
  const edges = read("edges", [bands + 1], 2 ** 15);
  const isRising = edges.every((edge, i) => (i === 0 ? edge >= 1 : edge > edges[i - 1]!));
  if (!isRising || edges[bands]! > length / 2 + 1)
    fields.refuse(`edges must rise from 1 or more to ${length / 2 + 1} at most`);
  const twiddles = read("twiddles", [length / 2, 2], 2 ** 15);
  for (let k = 0; k < length; k += 2) {
    if (Math.hypot(twiddles[k]!, twiddles[k + 1]!) > 32768)
      fields.refuse("twiddles must be of magnitudes up to 2^15");
  }
  const logarithms = read("logarithms", [129], 2 ** 15);
  if (logarithms.some((value) => value < 0)) fields.refuse("logarithms must be 0 or more");
  const combine = fields.oneOf<"max" | "mean">("combine", ["max", "mean"]);
  const block = {
    kind: "spectrum",
    steps,
    axes,
    length,
    hop,
    combine,
    window,
    edges,
    twiddles,
    logarithms,
  } as const;
  if (spectrumFrames(block) > frames) fields.fail("hop", `one that gives ${frames} frames at most`);
  return block;
}

/** A coefficient of its halves, see signalTables. */
function joinHalves(fields: Fields, halves: readonly number[], index: number): number {
  const [high, low] = [halves[2 * index]!, halves[2 * index + 1]!];
  if (low < 0 || low > 32767)
    fields.refuse(`coefficients must have lower halves of 0 to 32767, found ${low}`);
  return high * 2 ** 15 + low;
}

/** Whole numbers of −size..size − 1. */
function integersOf(
  fields: Fields,
  name: string,
  values: ArrayLike<number>,
  size: number,
): readonly number[] {
  const all = Array.from(values);
  const wrong = all.find((value) => !(Number.isInteger(value) && value >= -size && value < size));
  if (wrong !== undefined)
    fields.refuse(`${name} must be whole numbers from ${-size} to ${size - 1}, found ${wrong}`);
  return all;
}
