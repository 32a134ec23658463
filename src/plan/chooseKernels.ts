import { modelCost } from "../costs/costModel.js";
import type { QuantizedLayer } from "../network/quantizedNetwork.js";
import { scratchBytes } from "../program/scratch.js";
import type { Target } from "../program/target.js";
import type { Candidates, KernelChoice, LayerContext } from "./kernelChoice.js";

/** What a candidate is modelled to take. */
export interface Costs {
  /** Cycles, or instructions where there is no model of cycles; undefined where nothing was measured. */
  readonly time: number | undefined;
  /** The time is no model's: it was measured for this layer. */
  readonly isMeasured: boolean;
  readonly tableBytes: number;
  /** Its share where layers have code in common; undefined where nothing was measured. */
  readonly codeBytes: number | undefined;
  readonly scratchBytes: number;
}

/** What candidates of a network's layers took, by `measuredKey`. */
export type MeasuredTimes = ReadonlyMap<string, number>;

/** A layer's candidate among all of the network. */
export function measuredKey(
  layer: string,
  { kernel, shape = "" }: Pick<KernelChoice, "kernel" | "shape">,
): string {
  return JSON.stringify([layer, kernel, shape]);
}

/** A candidate with its costs. */
export interface PricedChoice extends KernelChoice {
  readonly costs: Costs;
}

/** A layer with what can run it, the best first. */
export interface PricedLayer {
  readonly layer: QuantizedLayer;
  readonly candidates: readonly PricedChoice[];
}

/**
 * What 1 KB of flash is worth for speed, as a part of the whole network's time: without packed arithmetic next to nothing.
 * With it a loop takes a half of the time and twice the code, and writing it out once more costs much flash for little.
 */
const worthOfKilobyte = { packed: 0.006, plain: 0.00002 };

function tableBytesOf({ layer }: KernelChoice): number {
  return Object.values(layer).reduce<number>(
    (sum, value) => sum + (typeof value === "number" ? 0 : value.byteLength),
    0,
  );
}

/** Layers that agree in a kernel's numbers have one function. */
function codeKey({ kernel, layer }: KernelChoice): string {
  return JSON.stringify([kernel, Object.entries(layer).filter(([, value]) => typeof value === "number")]);
}

interface LayerAndCandidates {
  readonly layer: QuantizedLayer;
  readonly candidates: Candidates;
}

/** Candidates of all layers with what they cost: those that differ in nothing once. */
function priceAll(
  layers: readonly LayerAndCandidates[],
  target: Target,
  measured: MeasuredTimes,
): PricedChoice[][] {
  const found = layers.map(({ candidates }) => {
    const choices = new Map<string, KernelChoice>();
    for (const choice of candidates) {
      const key = codeKey(choice);
      if (!choices.has(key)) choices.set(key, choice);
    }
    return choices;
  });
  const layersWith = new Map<string, number>();
  for (const key of found.flatMap((choices) => [...choices.keys()]))
    layersWith.set(key, (layersWith.get(key) ?? 0) + 1);
  return found.map((choices, index) =>
    [...choices].map(([key, choice]) => {
      const model = modelCost(choice.kernel, choice.layer, target);
      const time = measured.get(measuredKey(layers[index]!.layer.name, choice));
      return {
        ...choice,
        costs: {
          time: time ?? model?.time,
          isMeasured: time !== undefined,
          tableBytes: tableBytesOf(choice),
          codeBytes: model && Math.round(model.codeBytes / layersWith.get(key)!),
          scratchBytes: (choice.scratch ?? []).reduce((sum, need) => sum + scratchBytes(need), 0),
        },
      };
    }),
  );
}

export function flashBytes({ tableBytes, codeBytes = 0 }: Costs): number {
  return tableBytes + codeBytes;
}

/** True where the one's output may lie wherever the other's may. */
function liesAsFreely(one: KernelChoice, other: KernelChoice): boolean {
  const reach = ({ overlaps = [] }: KernelChoice, input: number) =>
    overlaps.find((overlap) => overlap.input === input)?.distance ?? Number.POSITIVE_INFINITY;
  return (
    (other.inPlace ?? []).every((input) => one.inPlace?.includes(input) || reach(one, input) <= 0) &&
    (other.overlaps ?? []).every(({ input, distance }) => reach(one, input) <= distance)
  );
}

/** True where the one costs no more in anything, and less in something or comes first. */
function beats(one: PricedChoice, other: PricedChoice): boolean {
  if (one.costs.time === undefined || other.costs.time === undefined) return false;
  if (one.costs.isMeasured !== other.costs.isMeasured) return false;
  return (
    one.costs.time <= other.costs.time &&
    flashBytes(one.costs) <= flashBytes(other.costs) &&
    one.costs.scratchBytes <= other.costs.scratchBytes &&
    liesAsFreely(one, other)
  );
}

/** Those that no other one beats. */
function unbeaten(candidates: readonly PricedChoice[]): PricedChoice[] {
  return candidates.reduce<PricedChoice[]>(
    (kept, one) =>
      kept.some((other) => beats(other, one)) ? kept : [...kept.filter((other) => !beats(one, other)), one],
    [],
  );
}

/**
 * Puts each layer's candidates in order, best first: for speed by modelled or measured time and flash, without those that are
 * worse in everything than another one; for size they are in order.
 */
export function orderCandidates(
  layers: readonly LayerAndCandidates[],
  { optimize, target }: Pick<LayerContext, "optimize" | "target">,
  measured: MeasuredTimes = new Map(),
): PricedLayer[] {
  const all = priceAll(layers, target, measured);
  if (optimize === "size")
    return layers.map(({ layer }, index) => ({ layer, candidates: withoutModel(all[index]!) }));
  const priced = all.map(unbeaten);
  const least = priced.map((candidates) => Math.min(...candidates.flatMap(({ costs }) => costs.time ?? [])));
  const total = least.reduce((sum, time) => sum + (Number.isFinite(time) ? time : 0), 0);
  const perByte = (worthOfKilobyte[target.dsp ? "packed" : "plain"] / 1024) * total;
  const score = ({ costs }: PricedChoice) =>
    (costs.time ?? Number.MAX_SAFE_INTEGER) + flashBytes(costs) * perByte;
  // what a model says of others is not held against what was measured
  const rank = ({ costs }: PricedChoice) => Number(!costs.isMeasured);
  return layers.map(({ layer }, index) => ({
    layer,
    candidates: priced[index]!.toSorted((one, other) => rank(one) - rank(other) || score(one) - score(other)),
  }));
}

/** The model is of code that is compiled for speed. */
function withoutModel(candidates: readonly PricedChoice[]): PricedChoice[] {
  return candidates.map((one) => ({
    ...one,
    costs: { ...one.costs, time: undefined, codeBytes: undefined },
  }));
}
