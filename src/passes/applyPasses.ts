import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { removeConstantChannels } from "./constantChannels.js";
import { networkCost } from "./networkCost.js";
import type { NetworkPass, PassReport } from "./networkPass.js";
import { mergePads, viewReshapes } from "./shapeLayers.js";
import { dropUnreadLayers } from "./unreadLayers.js";
import { composeTables, fuseActivations } from "./valueFunctions.js";

/** In the order in which they run: each may leave more to do for those behind it. */
const passes: readonly (readonly [name: string, pass: NetworkPass])[] = [
  ["unread layers", dropUnreadLayers],
  ["reshapes", viewReshapes],
  ["padding", mergePads],
  ["activations", fuseActivations],
  ["tables", composeTables],
  ["constant channels", removeConstantChannels],
];

export interface PassedNetwork {
  readonly network: QuantizedNetwork;
  /** One for each pass, in their order. */
  readonly reports: readonly PassReport[];
}

/** Rewrites a network so that it computes the same bytes with less. */
export function applyPasses(network: QuantizedNetwork): PassedNetwork {
  const reports: PassReport[] = [];
  let current = network;
  for (const [pass, run] of passes) {
    const { network: next, changes } = run(current);
    reports.push({ pass, before: networkCost(current), after: networkCost(next), changes });
    current = next;
  }
  return { network: current, reports };
}
