import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";

/** What a network is planned for: kernels may count on what the core has. Outputs are the same bytes on every one. */
export interface Target {
  /** As gcc's -mcpu says it; "any" for none in particular. */
  readonly id: string;
  /** Two 16-bit multiply-accumulates in one instruction: SMLAD and what belongs to it, `__ARM_FEATURE_DSP` in C. */
  readonly dsp: boolean;
}

/** Plain C, as fast as it gets without knowing where it will run. */
export const anyTarget: Target = { id: "any", dsp: false };

/** All that networks can be planned for. */
export const targets: readonly Target[] = [
  anyTarget,
  { id: "cortex-m0", dsp: false },
  { id: "cortex-m0plus", dsp: false },
  { id: "cortex-m3", dsp: false },
  { id: "cortex-m4", dsp: true },
  { id: "cortex-m7", dsp: true },
  { id: "cortex-m33", dsp: true },
  { id: "cortex-m55", dsp: true },
  { id: "rv32imc", dsp: false },
];

/** One target for each plan that a network can get: targets with the same features get the same C. */
export const planningTargets: readonly Target[] = targets.filter(
  ({ dsp }, index) => targets.findIndex((target) => target.dsp === dsp) === index,
);

/** @throws UserError when there is none of that name */
export function findTarget(id: string): Target {
  const target = targets.find((one) => one.id === id);
  if (target) return target;
  throw new UserError(
    `no target is called ${quoted(id)}`,
    `targets: ${targets.map((one) => one.id).join(", ")}`,
  );
}
