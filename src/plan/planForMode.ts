import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { Optimize } from "../program/program.js";
import type { Target } from "../program/target.js";
import { type LayerChoice, planLayers } from "./planLayers.js";
import { callBounds, type MemoryPlan, planMemory } from "./planMemory.js";

/** What a network is planned for. */
interface Mode {
  readonly optimize: Optimize;
  readonly target: Target;
}

/** Kernels for all layers, and where everything lies. */
interface ModePlan {
  readonly planned: readonly LayerChoice[];
  readonly memory: MemoryPlan;
  /** The least that one call takes, whatever kernels run: no plan of any mode has a smaller arena. */
  readonly lowerBoundBytes: number;
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
function memoryNeeds(planned: readonly LayerChoice[]): string {
  return JSON.stringify(
    planned.map(({ choice: { scratch, inPlace, overlaps } }) => [scratch, inPlace, overlaps]),
  );
}

/**
 * Chooses the kernels and lays out the arena.
 *
 * For RAM the smallest arena of four, the first one where several are as small: speed's kernels; each layer's fastest
 * kernel within the bound that no plan undercuts; each layer's leanest; size's kernels. With speed's and size's plans
 * among them neither ever takes less, though layouts are found by search. Then layers get faster kernels back, one after
 * the other, where the arena does not grow.
 */
export function planForMode(network: QuantizedNetwork, { optimize, target }: Mode): ModePlan {
  const planned = planLayers(network, { optimize: optimize === "ram" ? "speed" : optimize, target });
  const alternatives = findAlternatives(network, planned);
  const lowerBoundBytes = Math.max(0, ...alternatives.least);
  const place = (layers: readonly LayerChoice[]): ModePlan => ({
    planned: layers,
    memory: planMemory(network, layers),
    lowerBoundBytes,
  });
  const fast = place(planned);
  if (optimize !== "ram") return fast;
  const others = [
    () => fastestWithin(planned, alternatives, () => lowerBoundBytes),
    () => fastestWithin(planned, alternatives, (call) => alternatives.least[call]!),
    () => planLayers(network, { optimize: "size", target }),
  ];
  let best = fast;
  const tried = new Set([memoryNeeds(planned)]);
  for (const choose of others) {
    if (best.memory.bytes === lowerBoundBytes) break;
    const layers = choose();
    const needs = memoryNeeds(layers);
    // layers that need the same get the same places
    if (tried.has(needs)) continue;
    tried.add(needs);
    const plan = place(layers);
    if (plan.memory.bytes < best.memory.bytes) best = plan;
  }
  return best === fast ? fast : giveBack(best, alternatives, place);
}

/** Faster kernels for single layers where the arena is no larger with them. */
function giveBack(
  lean: ModePlan,
  { bytes }: Alternatives,
  place: (layers: readonly LayerChoice[]) => ModePlan,
): ModePlan {
  let best = lean;
  for (const [call, { candidates, ...one }] of lean.planned.entries()) {
    // -1 where it is size's
    const faster = candidates.slice(0, Math.max(0, candidates.indexOf(one.choice)));
    for (const [index, choice] of faster.entries()) {
      if (bytes[call]![index]! > best.memory.bytes) continue;
      const plan = place(best.planned.with(call, { ...one, choice, candidates }));
      if (plan.memory.bytes > best.memory.bytes) continue;
      best = plan;
      break;
    }
  }
  return best;
}
