import { UserError } from "../base/errors.js";
import { summarizeTicks, type Ticks } from "../compare/report.js";
import { totalTicks } from "../link/totalTicks.js";

/** Cycles that a model of the core's pipeline makes of what ran, as if memory never made it wait. */
export interface ModelledCycles {
  /** "Cortex-M4F" */
  readonly core: string;
  readonly run: Ticks;
  /** Sum of the layers' means. */
  readonly layerCycles: number;
  /** What is not in the cycles: what reading the chip's flash costs at its clock. null where nobody tells. */
  readonly flash: FlashOfChip | null;
}

export interface FlashOfChip {
  readonly waitStates: number;
  readonly clockHz: number;
  /** What saves a part of them. */
  readonly hiddenBy: string | null;
}

/** Counts beside the device's own counter. */
export interface CycleCounter {
  /** What was measured since the last call, in order. */
  takeCounts(): readonly { readonly instructions: number; readonly cycles: number }[];
}

/** The core whose cycles are modelled and what does so, or why nothing does. */
export type CycleSource =
  | { readonly core: string; readonly counter: CycleCounter; readonly flash?: FlashOfChip | undefined }
  | { readonly missing: string };

export interface CollectedCycles {
  readonly all: ModelledCycles | { readonly missing: string };
  /** Of each layer; undefined where cycles are missing. */
  readonly layers: readonly Ticks[] | undefined;
}

/** Puts cycles beside the ticks of runs and layers, by the instructions that both count. */
export class CycleCollector {
  private readonly runs: number[] = [];
  private readonly layers: number[][];
  private missing: string | undefined;

  constructor(
    private readonly source: CycleSource,
    layerCount: number,
  ) {
    this.layers = Array.from({ length: layerCount }, () => []);
    if ("missing" in source) this.missing = source.missing;
  }

  /** @param ticks of the run that has just been */
  addRun(ticks: number): void {
    const [cycles] = this.take([ticks]);
    if (cycles !== undefined) this.runs.push(cycles);
  }

  /** @param ticks of all layers, which have just run one after the other */
  addLayers(ticks: readonly number[]): void {
    for (const [layer, cycles] of this.take(ticks).entries()) this.layers[layer]!.push(cycles);
  }

  /** The latest counts: what a link repeats may be measured twice. */
  private take(ticks: readonly number[]): number[] {
    if ("missing" in this.source) return [];
    const counts = this.countsOf(this.source.counter).slice(-ticks.length);
    const isSame = ticks.every((value, i) => counts[i]?.instructions === value);
    if (!isSame) {
      const found = counts.map(({ instructions }) => instructions).join(", ");
      this.missing ??= `the board counted ${ticks.join(", ")} instructions where the emulator ran ${found || "none"}`;
    }
    return counts.map(({ cycles }) => cycles);
  }

  private countsOf(counter: CycleCounter): ReturnType<CycleCounter["takeCounts"]> {
    try {
      return counter.takeCounts();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.missing ??= error.message;
      return [];
    }
  }

  collected(): CollectedCycles {
    if ("missing" in this.source || this.missing !== undefined) {
      return { all: { missing: this.missing! }, layers: undefined };
    }
    const summary = (cycles: readonly number[]) => summarizeTicks("cycles", totalTicks(cycles))!;
    const layers = this.layers.map(summary);
    const layerCycles = layers.reduce((sum, { mean }) => sum + mean, 0);
    const { core, flash = null } = this.source;
    return { all: { core, run: summary(this.runs), layerCycles, flash }, layers };
  }
}
