import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { Optimize } from "../program/program.js";
import type { Target } from "../program/target.js";
import type { KernelChoice } from "./kernelChoice.js";
import { planLayers } from "./planLayers.js";
import { callBounds, type MemoryPlan, type PlannedLayer, planMemory } from "./planMemory.js";

/** What a network is planned for. */
interface Mode {
  readonly optimize: Optimize;
  readonly target: Target;
}

/** Kernels for all layers, and where everything lies. */
interface ModePlan {
  readonly planned: readonly PlannedLayer[];
  readonly memory: MemoryPlan;
  /** The least that one call takes, whatever kernels run: no plan of any mode has a smaller arena. */
  readonly lowerBoundBytes: number;
}

/** Each layer's kernels, faster ones first, and what a call takes with each. */
interface Alternatives {
  readonly choices: readonly (readonly KernelChoice[])[];
  /** Bytes of call `[call]` with its choice `[index]`, wherever they lie. */
  readonly bytes: readonly (readonly number[])[];
  readonly least: readonly number[];
}

function findAlternatives(network: QuantizedNetwork, planned: readonly PlannedLayer[]): Alternatives {
  const choices = planned.map(({ choice }) => [choice, ...(choice.leaner ?? [])]);
  const most = Math.max(0, ...choices.map(({ length }) => length));
  // a call's bytes depend on its own kernel alone, so that one pass tries one kernel for every layer
  const passes = Array.from({ length: most }, (_, index) =>
    callBounds(
      network,
      planned.map(({ layer }, call) => ({
        layer,
        choice: choices[call]!.at(index) ?? choices[call]!.at(-1)!,
      })),
    ),
  );
  const bytes = choices.map(({ length }, call) => passes.slice(0, length).map((bounds) => bounds[call]!));
  return { choices, bytes, least: bytes.map((some) => Math.min(...some)) };
}

/** Each layer with its fastest kernel that takes no more than its call may. */
function fastestWithin(
  planned: readonly PlannedLayer[],
  { choices, bytes }: Alternatives,
  mayTake: (call: number) => number,
): PlannedLayer[] {
  return planned.map(({ layer }, call) => {
    const index = bytes[call]!.findIndex((needed) => needed <= mayTake(call));
    return { layer, choice: choices[call]![index]! };
  });
}

/** All that the arena's layout depends on besides the network. */
function memoryNeeds(planned: readonly PlannedLayer[]): string {
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
  const place = (layers: readonly PlannedLayer[]): ModePlan => ({
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
  { choices, bytes }: Alternatives,
  place: (layers: readonly PlannedLayer[]) => ModePlan,
): ModePlan {
  let best = lean;
  for (const [call, { layer, choice }] of lean.planned.entries()) {
    const faster = choices[call]!.slice(0, Math.max(0, choices[call]!.indexOf(choice)));
    for (const [index, one] of faster.entries()) {
      if (bytes[call]![index]! > best.memory.bytes) continue;
      const plan = place(best.planned.with(call, { layer, choice: one }));
      if (plan.memory.bytes > best.memory.bytes) continue;
      best = plan;
      break;
    }
  }
  return best;
}
