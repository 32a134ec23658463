import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { Optimize } from "../program/program.js";
import { anyTarget, type Target } from "../program/target.js";
import { type MeasuredTimes, orderCandidates, type PricedChoice, type PricedLayer } from "./chooseKernels.js";
import { findCandidates, type Refusal } from "./planLayers.js";
import { callBounds, type MemoryPlan, planMemory } from "./planMemory.js";

/** What a network is planned for. */
interface Mode {
  readonly optimize: Optimize;
  readonly target: Target;
  /** What was measured of this target for speed. */
  readonly measured?: MeasuredTimes | undefined;
}

/** A layer with what can run it, the best first, and what does. */
export interface LayerChoice extends PricedLayer {
  readonly choice: PricedChoice;
}

/** Kernels for all layers, and where everything lies. */
export interface ModePlan {
  readonly planned: readonly LayerChoice[];
  readonly memory: MemoryPlan;
  /** The least that one call takes, whatever kernels run: no plan of any mode has a smaller arena. */
  readonly lowerBoundBytes: number;
  /** All that could run each layer, best first; what could not. */
  readonly ordered: readonly PricedLayer[];
  readonly refused: readonly (readonly Refusal[])[];
}

/** What a call takes with each of its layer's candidates. */
interface Alternatives {
  /** Bytes of call `[call]` with its candidate `[index]`, wherever they lie. */
  readonly bytes: readonly (readonly number[])[];
  readonly least: readonly number[];
}

function findAlternatives(network: QuantizedNetwork, planned: readonly LayerChoice[]): Alternatives {
  const most = Math.max(0, ...planned.map(({ candidates }) => candidates.length));
  // a call's bytes depend on its own kernel alone, so that one pass tries one kernel for every layer
  const passes = Array.from({ length: most }, (_, index) =>
    callBounds(
      network,
      planned.map((one) => ({ ...one, choice: one.candidates.at(index) ?? one.candidates.at(-1)! })),
    ),
  );
  const bytes = planned.map(({ candidates }, call) =>
    passes.slice(0, candidates.length).map((bounds) => bounds[call]!),
  );
  return { bytes, least: bytes.map((some) => Math.min(...some)) };
}

/** Each layer with its first candidate that takes no more than its call may. */
function fastestWithin(
  planned: readonly LayerChoice[],
  { bytes }: Alternatives,
  mayTake: (call: number) => number,
): LayerChoice[] {
  return planned.map((one, call) => {
    const index = bytes[call]!.findIndex((needed) => needed <= mayTake(call));
    return { ...one, choice: one.candidates[index]! };
  });
}

/** All that the arena's layout depends on besides the network. */
function memoryNeeds(choices: readonly PricedChoice[]): string {
  return JSON.stringify(choices.map(({ scratch, inPlace, overlaps }) => [scratch, inPlace, overlaps]));
}

/** Of candidates that need the same memory the best. */
function withoutTwins(planned: LayerChoice): LayerChoice {
  const seen = new Set<string>();
  const candidates = planned.candidates.filter((one) => {
    const needs = memoryNeeds([one]);
    return !seen.has(needs) && seen.add(needs);
  });
  return { ...planned, candidates };
}

/**
 * Chooses the kernels and lays out the arena.
 *
 * For RAM the smallest arena of four, the first one where several are as small: speed's kernels; each layer's fastest
 * kernel within the bound that no plan undercuts; each layer's leanest; size's kernels. With speed's and size's plans
 * among them neither ever takes less, though layouts are found by search. Then layers get faster kernels back, one after
 * the other, where the arena does not grow.
 */
export function planForMode(network: QuantizedNetwork, { optimize, target, measured }: Mode): ModePlan {
  const planFor = (mode: "speed" | "size") => {
    const found = findCandidates(network, { optimize: mode, target });
    const ordered = orderCandidates(found, { optimize: mode, target }, measured);
    return { found, planned: ordered.map((one): LayerChoice => ({ ...one, choice: one.candidates[0]! })) };
  };
  const { found, planned } = planFor(optimize === "size" ? "size" : "speed");
  const slim = planned.map(withoutTwins);
  const alternatives = findAlternatives(network, slim);
  const lowerBoundBytes = Math.max(0, ...alternatives.least);
  const place = (layers: readonly LayerChoice[]): ModePlan => ({
    planned: layers,
    memory: planMemory(network, layers),
    lowerBoundBytes,
    ordered: planned,
    refused: found.map(({ refused }) => refused),
  });
  const fast = place(planned);
  if (optimize !== "ram") return fast;
  const others = [
    () => fastestWithin(slim, alternatives, () => lowerBoundBytes),
    () => fastestWithin(slim, alternatives, (call) => alternatives.least[call]!),
    () => planFor("size").planned,
  ];
  let best = fast;
  const tried = new Set([memoryNeeds(planned.map(({ choice }) => choice))]);
  for (const choose of others) {
    if (best.memory.bytes === lowerBoundBytes) break;
    const layers = choose();
    const needs = memoryNeeds(layers.map(({ choice }) => choice));
    // layers that need the same get the same places
    if (tried.has(needs)) continue;
    tried.add(needs);
    const plan = place(layers);
    if (plan.memory.bytes < best.memory.bytes) best = plan;
  }
  return best === fast
    ? fast
    : giveBack(best, fasterKernels(network, target, slim, best.planned), slim, alternatives, place);
}

/**
 * Indices of what is faster than the kernel each layer has. Instead of one that is size's alone, for which no model has a
 * time, it is all; but nothing plain where there is packed arithmetic, as that one may be packed.
 */
function fasterKernels(
  network: QuantizedNetwork,
  target: Target,
  slim: readonly LayerChoice[],
  lean: readonly LayerChoice[],
): number[][] {
  const plain = target.dsp ? findCandidates(network, { optimize: "speed", target: anyTarget }) : [];
  return slim.map(({ candidates }, call) => {
    const { kernel, shape } = lean[call]!.choice;
    const at = candidates.findIndex((one) => one.kernel === kernel && one.shape === shape);
    const all = [...candidates.keys()];
    if (at >= 0) return all.slice(0, at);
    const isPlain = new Set(plain[call]?.candidates.map((one) => one.kernel));
    return all.filter((index) => !isPlain.has(candidates[index]!.kernel));
  });
}

/** Faster kernels for single layers where the arena is no larger with them. */
function giveBack(
  lean: ModePlan,
  faster: readonly (readonly number[])[],
  slim: readonly LayerChoice[],
  { bytes }: Alternatives,
  place: (layers: readonly LayerChoice[]) => ModePlan,
): ModePlan {
  let best = lean;
  for (const [call, { candidates, ...one }] of slim.entries()) {
    for (const index of faster[call]!) {
      if (bytes[call]![index]! > best.memory.bytes) continue;
      const choice = candidates[index]!;
      const plan = place(best.planned.with(call, { ...one, choice, candidates }));
      if (plan.memory.bytes > best.memory.bytes) continue;
      best = plan;
      break;
    }
  }
  return best;
}
