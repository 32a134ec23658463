import { modelledCore } from "../costs/costModel.js";
import type { Target } from "../program/target.js";
import type { ModePlan } from "./planForMode.js";
import type { Refusal } from "./planLayers.js";

/** One way to run a layer, and what it is modelled, or was measured, to take. */
export interface Reason {
  readonly kernel: string;
  /** What tells it from others of its kernel; "" where there is one. */
  readonly shape: string;
  /** null where the model knows nothing of the kernel: no other one can run the layer. */
  readonly time: number | null;
  readonly isMeasured: boolean;
  readonly tableBytes: number;
  /** Its share where layers have code in common. */
  readonly codeBytes: number | null;
  readonly scratchBytes: number;
  readonly isTaken: boolean;
}

/** Why a layer's kernel was taken. */
export interface LayerReasons {
  readonly name: string;
  /** Best first; for RAM one behind may be taken. Those that are worse in everything than another one are left out. */
  readonly candidates: readonly Reason[];
  readonly refused: readonly Refusal[];
}

/** Why a network's kernels were taken. */
export interface PlanReasons {
  /** What was measured for the model. */
  readonly core: "cortex-m4" | "cortex-m3";
  readonly unit: "modelled cycles" | "modelled instructions";
  readonly layers: readonly LayerReasons[];
}

export function explainChoices({ planned, ordered, refused }: ModePlan, target: Target): PlanReasons {
  const core = modelledCore(target);
  return {
    core,
    unit: core === "cortex-m4" ? "modelled cycles" : "modelled instructions",
    layers: ordered.map(({ layer, candidates }, index) => ({
      name: layer.name,
      candidates: candidates.map((one) => ({
        ...{ kernel: one.kernel, shape: one.shape ?? "", time: one.costs.time ?? null },
        isMeasured: one.costs.isMeasured,
        ...{ tableBytes: one.costs.tableBytes, codeBytes: one.costs.codeBytes ?? null },
        scratchBytes: one.costs.scratchBytes,
        isTaken: isSame(one, planned[index]!.choice),
      })),
      refused: refused[index]!,
    })),
  };
}

function isSame(
  one: { readonly kernel: string; readonly shape?: string },
  other: { readonly kernel: string; readonly shape?: string },
): boolean {
  return one.kernel === other.kernel && one.shape === other.shape;
}
