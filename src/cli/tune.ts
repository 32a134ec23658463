import { existsSync } from "node:fs";
import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { MeasuredTimes } from "../plan/chooseKernels.js";
import type { Optimize } from "../program/program.js";
import { anyTarget, type Target } from "../program/target.js";
import { printWarning } from "./commandLine.js";
import { tellProgress } from "./progress.js";

interface TuneChoice {
  /** true for --tune, false for --no-tune. */
  readonly tune: boolean | undefined;
  readonly optimize: Optimize | undefined;
  readonly target: Target | undefined;
  readonly slots: boolean;
}

/** Measured times for a plan, and what to say of them. */
export interface FoundTuning {
  readonly measured?: MeasuredTimes;
  /** "tuned by model.tuning.json: …", where there is something to say. */
  readonly line?: string;
}

/** The target whose cycles are modelled. */
const tunedTarget = "cortex-m4";

/**
 * What was measured for a model, from the file beside it; with --tune it is measured first where it is not there.
 *
 * @throws UserError when the file is damaged, or nothing can be measured here
 */
export async function findTuning(
  model: string,
  network: QuantizedNetwork,
  { tune, optimize = "speed", target = anyTarget, slots }: TuneChoice,
): Promise<FoundTuning> {
  if (tune && optimize === "size") {
    throw new UserError(
      "--tune measures what is fast, and --optimize size takes what needs the least flash",
      "leave out one of the two",
    );
  }
  if (tune === false || optimize === "size") return {};
  if (tune && slots) {
    throw new UserError(
      "--tune and --slots do not go together: an update is planned without what was measured, and its tables must be laid out alike",
      "leave out one of the two",
    );
  }
  const { readTuning, tuningPath, writeTuning } = await import("../model/tuningFile.js");
  const { measuredKey } = await import("../plan/chooseKernels.js");
  const { networkHash } = await import("../network/networkHash.js");
  const path = tuningPath(model);
  const hash = networkHash(network);
  if (slots) {
    const line = oneLine`${path} is left aside: updates are planned without it`;
    return existsSync(path) ? { line } : {};
  }
  const file = existsSync(path) ? readTuning(path) : undefined;
  const isOurs = file !== undefined && file.network === hash;
  if (file !== undefined && !isOurs && tune === undefined) {
    printWarning({
      message: oneLine`${path} is of another network (${file.network.slice(0, 8)}; the model's is ${hash.slice(0, 8)}): kernels are chosen without it`,
      hint: "--tune measures this one",
    });
  }
  const others = isOurs ? file.tunings : [];
  const known = others.find((one) => one.target === target.id);
  if (tune === undefined && known === undefined) {
    if (others.length > 0) {
      const found = others.map((one) => one.target).join(", ");
      printWarning({
        message: oneLine`${path} has nothing of ${target.id}, only of ${found}: kernels are chosen without it`,
      });
    }
    return {};
  }
  const before = known?.measured ?? [];
  const added = tune ? await measure(network, target, timesOf(before, measuredKey)) : [];
  const measured = [...before, ...added];
  if (added.length > 0) {
    const rest = others.filter((one) => one !== known);
    writeTuning(path, { network: hash, tunings: [...rest, { target: target.id, measured }] });
  }
  const layers = new Set(measured.map(({ layer }) => layer)).size;
  const line = oneLine`tuned by ${path}: ${formatCount(measured.length)} candidates of ${layers} layers, ${formatCount(added.length)} of them measured now`;
  return { measured: timesOf(measured, measuredKey), line };
}

function timesOf(
  entries: readonly { layer: string; kernel: string; shape: string; cycles: number }[],
  key: (layer: string, choice: { kernel: string; shape: string }) => string,
): MeasuredTimes {
  return new Map(entries.map((one) => [key(one.layer, one), one.cycles]));
}

async function measure(network: QuantizedNetwork, target: Target, known: MeasuredTimes) {
  if (target.id !== tunedTarget) {
    throw new UserError(
      `--tune measures cycles, and there is a model of them for ${tunedTarget} alone, not for ${target.id}`,
      "leave it out: kernels are chosen by what was measured on a Cortex-M4 and a Cortex-M3",
    );
  }
  const { tuneNetwork } = await import("../../codegen/measure/tuneNetwork.js");
  return await tuneNetwork(network, { target }, known, (what) =>
    tellProgress(`tune: ${what} on an emulated Cortex-M4`),
  );
}
