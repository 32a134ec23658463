import type { Quantization } from "../network/quantizedNetwork.js";
import type { RealRange } from "./calibrate.js";
import { type IntegerForm, type IntegerStep, keepsFormat } from "./integerSteps.js";

/** Activations with one scale and zero point. */
export interface SharedFormat {
  /** Their numbers. */
  readonly members: ReadonlySet<number>;
  /** What a function that gives one of them fixes. */
  readonly fixed: Quantization | undefined;
}

/** How much wider a shared range may be than an activation's own, where others take the activation too: one bit. */
const widening = 2;

/**
 * Which activations share scale and zero point: what pooling takes and gives, and what a concatenation joins. So
 * pooling and joining move integers as they are.
 *
 * A joined activation keeps a format of its own (and is brought to the concatenation's by a layer of its own) where
 * its function fixes the format, or where sharing would cost others that take it more than a bit.
 *
 * A reconstruction shares those of what it is compared with under the same rule, else it is brought to them.
 *
 * @param fixedOf what a step's function fixes for its output
 * @param ranges by number of the activation
 * @returns by number of the activation
 */
export function shareFormats(
  { steps }: IntegerForm,
  fixedOf: (step: IntegerStep) => Quantization | undefined,
  ranges: readonly RealRange[],
): ReadonlyMap<number, SharedFormat> {
  const shared = new Map<number, SharedFormat>([[0, { members: new Set([0]), fixed: undefined }]]);
  const formatOf = (number: number): SharedFormat => shared.get(number)!;
  const join = (a: SharedFormat, b: SharedFormat): void => {
    const joined = { members: new Set([...a.members, ...b.members]), fixed: a.fixed };
    for (const member of joined.members) shared.set(member, joined);
  };
  const hasOtherUser = ({ members }: SharedFormat, step: IntegerStep): boolean =>
    steps.some(
      (other) => other !== step && !keepsFormat(other.layer) && other.inputs.some((n) => members.has(n)),
    );
  const span = (numbers: Iterable<number>): number => {
    const all = [...numbers].map((number) => ranges[number]!);
    return Math.max(...all.map(({ max }) => max)) - Math.min(...all.map(({ min }) => min));
  };
  for (const step of steps) {
    const { inputs, output } = step;
    shared.set(output, { members: new Set([output]), fixed: fixedOf(step) });
    if (step.layer.kind === "reconstructionError") {
      const [reconstruction, original] = inputs.map(formatOf);
      const isTooWide = span(inputs) > widening * span(original!.members);
      const isFixed = [reconstruction, original].some((format) => format!.fixed !== undefined);
      if (!isTooWide && !isFixed) join(original!, reconstruction!);
      continue;
    }
    if (!keepsFormat(step.layer)) continue;
    const given = inputs.map(formatOf);
    if (given.every(({ fixed }) => isSame(fixed, given[0]!.fixed) && fixed !== undefined)) {
      join(given[0]!, formatOf(output));
      for (const format of given) join(format, formatOf(output));
      continue;
    }
    const joinedSpan = span(inputs);
    for (const format of given) {
      const isTooNarrow = joinedSpan > widening * span(format.members);
      if (format.fixed !== undefined || (isTooNarrow && hasOtherUser(format, step))) continue;
      join(format, formatOf(output));
    }
  }
  return shared;
}

function isSame(a: Quantization | undefined, b: Quantization | undefined): boolean {
  return a?.scale === b?.scale && a?.zeroPoint === b?.zeroPoint;
}
