import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { removeConstantChannels } from "./constantChannels.js";
import { networkCost } from "./networkCost.js";
import type { NetworkPass, PassReport } from "./networkPass.js";
import { mergePads, viewReshapes } from "./shapeLayers.js";
import { dropUnreadLayers } from "./unreadLayers.js";
import { composeTables, fuseActivations } from "./valueFunctions.js";

/** What a pass looks at: another training of the same layers has the same shapes, and other weights. */
export type PassScope = "shapes" | "weights";

/** In the order in which they run: each may leave more to do for those behind it. */
const passes: readonly (readonly [name: string, pass: NetworkPass, scope: PassScope])[] = [
  ["unread layers", dropUnreadLayers, "shapes"],
  ["reshapes", viewReshapes, "shapes"],
  ["padding", mergePads, "shapes"],
  ["activations", fuseActivations, "weights"], // ranges of values
  ["tables", composeTables, "shapes"],
  ["constant channels", removeConstantChannels, "weights"],
];

export interface PassedNetwork {
  readonly network: QuantizedNetwork;
  /** One for each pass, in their order. */
  readonly reports: readonly PassReport[];
}

/**
 * Rewrites a network so that it computes the same bytes with less.
 *
 * @param only "shapes": what all trainings of the same layers have in common stays so
 */
export function applyPasses(network: QuantizedNetwork, only?: "shapes"): PassedNetwork {
  const reports: PassReport[] = [];
  let current = network;
  for (const [pass, run, scope] of passes) {
    if (only !== undefined && scope !== only) continue;
    const { network: next, changes } = run(current);
    reports.push({ pass, before: networkCost(current), after: networkCost(next), changes });
    current = next;
  }
  return { network: current, reports };
}
