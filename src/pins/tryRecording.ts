import type { EmulatedPins } from "../board/emulatedPins.js";
import type { Device } from "../link/device.js";
import type { MomentAnswer } from "../link/windowMessages.js";
import type { Program } from "../program/program.js";
import { driveInput } from "./driveInput.js";
import type { PinPlan } from "./planPins.js";
import type { PlannedWindows } from "./planWindows.js";
import { WindowController, type WindowDecision } from "./windowController.js";

/** A whole window on the host and on the device. */
export interface WindowTrial {
  /** Moments so far. */
  readonly moment: number;
  /** What was decided by, on the host; null while there are too few outputs to average. */
  readonly average: readonly number[] | null;
  /** Levels of the output pins as the host predicts them, and as they were found. */
  readonly predicted: readonly number[];
  readonly found: readonly number[];
  /** What is not equal, byte by byte. */
  readonly differs: readonly ("count" | "input" | "output" | "average" | "levels")[];
}

export interface RecordingReport {
  readonly board: string;
  /** "emulated pins": each pin driven and read from outside the chip; "link": inputs set and outputs told over it. */
  readonly through: "emulated pins" | "link";
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly windows: PlannedWindows;
  readonly everyMs: number;
  readonly moments: number;
  readonly trials: readonly WindowTrial[];
  /** Trials with a difference. */
  readonly wrong: number;
  /** Moments between windows after which an output pin was not as the window before left it. */
  readonly wrongBetween: number;
}

/**
 * Brings a recording to a device's pins, moment by moment, and compares what each window comes to with the host: the
 * network's input where the device keeps it, its output, their average and the levels of the output pins.
 *
 * @param plan with windows, for the device's board
 * @param emulated pins to drive and read from outside; without it inputs are set and outputs read over the link
 * @param readings one for each input pin, moment by moment
 */
export async function tryRecording(
  program: Program,
  plan: PinPlan,
  device: Device,
  emulated: EmulatedPins | undefined,
  readings: readonly (readonly number[])[],
): Promise<RecordingReport> {
  const { windows, inputs, outputs } = plan;
  if (windows === undefined) throw new Error("there are no windows");
  const host = new WindowController(plan, program);
  const { network } = await device.hello();
  const trials: WindowTrial[] = [];
  let isAllOutside = emulated !== undefined;
  let levels: readonly number[] = outputs.map(({ isActiveLow }) => (isActiveLow ? 1 : 0));
  let wrongBetween = 0;
  for (const [position, moment] of readings.entries()) {
    const decision = host.step(moment);
    const brought: (number | undefined)[] = [];
    for (const [pin, reading] of moment.entries()) {
      const isDriven = await driveInput(emulated, inputs[pin]!, reading);
      brought.push(isDriven ? undefined : reading);
      isAllOutside &&= isDriven;
    }
    const answer = await device.takeMoment(position, brought);
    const found = emulated === undefined ? answer.levels : await readAll(emulated, plan);
    levels = decision?.levels ?? levels;
    if (decision === undefined) {
      if (found.join() !== levels.join() || answer.output !== undefined) wrongBetween++;
      continue;
    }
    const latest = await device.latest(network);
    trials.push({
      moment: decision.moment,
      average: decision.average === undefined ? null : [...decision.average],
      predicted: levels,
      found,
      differs: compare(decision, answer, trials.length + 1, latest?.input, found),
    });
  }
  for (const pin of inputs.keys()) await device.setPin(pin, undefined);
  return {
    board: plan.board,
    through: isAllOutside ? "emulated pins" : "link",
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    ...{ windows, everyMs: plan.everyMs, moments: readings.length, trials },
    ...{ wrong: trials.filter(({ differs }) => differs.length > 0).length, wrongBetween },
  };
}

const readAll = (emulated: EmulatedPins, { outputs }: PinPlan): Promise<number[]> =>
  Promise.all(outputs.map(({ pin }) => emulated.read(pin)));

function compare(
  decision: WindowDecision,
  answer: MomentAnswer,
  inferred: number,
  input: ArrayLike<number> | undefined,
  levels: readonly number[],
): WindowTrial["differs"] {
  const isSame = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined) =>
    a?.length === b?.length && Array.from(a ?? []).every((value, i) => value === b![i]);
  return [
    ...(answer.moments === decision.moment && answer.inferred === inferred ? [] : (["count"] as const)),
    ...(input === undefined || isSame(input, decision.input) ? [] : (["input"] as const)),
    ...(isSame(answer.output, decision.output) ? [] : (["output"] as const)),
    ...(isSame(answer.average, decision.average) ? [] : (["average"] as const)),
    ...(isSame(levels, decision.levels) && isSame(answer.levels, levels) ? [] : (["levels"] as const)),
  ];
}
