import { findBoard } from "../../src/board/boards.js";
import { measureNetworks } from "../../src/cycles/measureNetworks.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { type MeasuredTimes, measuredKey, type PricedChoice } from "../../src/plan/chooseKernels.js";
import { type PlanOptions, planWith } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { printMeasured } from "./measureCalls.js";

/** The core of Cortex-M4 boards, with memory for several networks in one image. */
const measuringBoard = "mps2-an386";
/** Candidates of a layer that are measured at most. */
const mostMeasured = 4;
/** What is modelled to take longer than the best by more than that is not measured: the model is that good. */
const farBehind = 1.4;

/** One candidate's cycles. */
export interface MeasuredCandidate {
  readonly layer: string;
  readonly kernel: string;
  readonly shape: string;
  readonly cycles: number;
}

/** The best few of a layer's candidates: none where there is nothing to choose. */
function contenders(candidates: readonly PricedChoice[]): readonly PricedChoice[] {
  const [best] = candidates;
  const few = candidates
    .filter(({ costs }) => costs.time !== undefined && costs.time <= farBehind * best!.costs.time!)
    .slice(0, mostMeasured);
  return few.length > 1 ? few : [];
}

/**
 * Measures the few best candidates of every layer on an emulated Cortex-M4: the network is planned as often as a layer has
 * candidates, each time with the next one of every layer, and all that goes into one image, whose layers run by themselves.
 *
 * @param known what was measured before, and is not measured again
 * @param onProgress is told before each piece of work
 * @throws UserError where a tool is missing or cycles cannot be modelled on this computer
 */
export async function tuneNetwork(
  network: QuantizedNetwork,
  options: PlanOptions,
  known: MeasuredTimes,
  onProgress: (what: string) => void,
): Promise<MeasuredCandidate[]> {
  const programs: Program[] = [];
  /** Of each program what of it is to be measured. */
  const wanted: { call: number; layer: string; kernel: string; shape: string }[][] = [];
  for (let turn = 0; turn < mostMeasured; turn++) {
    const some: (typeof wanted)[number] = [];
    let call = 0;
    const program = planWith(network, options, (layer, candidates) => {
      const few = contenders(candidates);
      const choice = few[turn] ?? candidates[0]!;
      const { kernel, shape = "" } = choice;
      if (few[turn] !== undefined && !known.has(measuredKey(layer.name, choice)))
        some.push({ call, layer: layer.name, kernel, shape });
      call++;
      return choice;
    });
    if (some.length === 0) continue;
    programs.push(program);
    wanted.push(some);
  }
  if (programs.length === 0) return [];
  const count = wanted.flat().length;
  onProgress(
    `measuring ${count} candidates of ${new Set(wanted.flat().map(({ layer }) => layer)).size} layers`,
  );
  const found = await measureNetworks(
    findBoard(measuringBoard),
    programs.map((program, index) => printMeasured(program, `t${index}`)),
  );
  return wanted.flatMap((some, index) =>
    some.map(({ call, ...candidate }) => ({ ...candidate, cycles: found[index]!.layers[call]!.cycles })),
  );
}
