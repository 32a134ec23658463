import { UserError } from "../base/errors.js";
import type { Board } from "../board/board.js";
import { findBoard } from "../board/boards.js";
import type { EmulatedPins } from "../board/emulatedPins.js";
import type { Device } from "../link/device.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import { driveInput } from "./driveInput.js";
import { PinController } from "./pinController.js";
import type { PinMap } from "./pinMap.js";
import { type PinPlan, planPins } from "./planPins.js";

/** One set of levels on the inputs, and what came of it. */
export interface PinTrial {
  /** On the wire; for analog inputs what the ADC would give. */
  readonly inputs: readonly number[];
  /** Levels of the outputs as the host predicts them, and as they were read. */
  readonly predicted: readonly number[];
  readonly found: readonly number[];
}

export interface PinReport {
  readonly board: string;
  /** "emulated pins": driven and read from outside the chip; "link": inputs set and outputs told over it. */
  readonly through: "emulated pins" | "link";
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly trials: readonly PinTrial[];
  readonly wrong: number;
}

/** Beyond it not all combinations are tried. */
const MOST_INPUTS = 8;
/** An emulator beside other work takes its time. */
const PATIENCE_MS = 20_000;
/** Readings of an analog input. */
const ANALOG_READINGS = [0, 1024, 2048, 3072, 4095];

/** @throws UserError when the model has none */
export function expectPinMap(path: string, pins: PinMap | undefined): PinMap {
  if (pins === undefined) {
    throw new UserError(
      `${path} has no pins`,
      "give the experiment `pins: { inputs: [ … ], outputs: [ … ] }` and train it again",
    );
  }
  return pins;
}

/**
 * Puts every combination of levels on a device's inputs, and compares what its outputs come to with the host's
 * prediction: the same plan, run by the oracle, round by round.
 *
 * @param own the board, where the device may be of one that lies in the user's project
 * @param emulated pins to drive and read from outside; without it inputs are set and outputs read over the link
 */
export async function tryEveryInput(
  network: QuantizedNetwork,
  map: PinMap,
  own: Board | undefined,
  device: Device,
  emulated: EmulatedPins | undefined,
): Promise<PinReport> {
  const board = own ?? findBoard((await device.hello()).boardId);
  const program = planProgram(network);
  const plan = planPins(map, program, board);
  const host = new PinController(plan, program);
  const trials: PinTrial[] = [];
  const steadyRounds = Math.max(
    ...plan.inputs.map((input) => (input.kind === "digital" ? input.steadyReadings : 1)),
  );
  let present: readonly number[] = (await device.readPins()).pins
    .slice(0, plan.inputs.length)
    .map(({ level, reading }, index) => (plan.inputs[index]!.kind === "analog" ? reading : level));
  let predicted = settle(host, present, steadyRounds);
  for (const inputs of combinations(plan)) {
    // one pin at a time: with hysteresis the order of changes decides too
    for (const [index, reading] of inputs.entries()) {
      if (reading === present[index] && trials.length > 0) continue;
      if (!(await driveInput(emulated, plan.inputs[index]!, reading))) await device.setPin(index, reading);
      present = present.map((old, other) => (other === index ? reading : old));
      predicted = settle(host, present, steadyRounds);
      await waitForRounds(device, steadyRounds + 1, plan.everyMs);
    }
    const readings = (await device.readPins()).pins.slice(plan.inputs.length);
    const found = await Promise.all(
      plan.outputs.map(({ pin }, index) => emulated?.read(pin) ?? readings[index]!.level),
    );
    trials.push({ inputs, predicted, found });
  }
  for (const index of plan.inputs.keys()) await device.setPin(index, undefined);
  return {
    board: board.id,
    through: emulated === undefined ? "link" : "emulated pins",
    inputs: plan.inputs.map(({ name }) => name),
    outputs: plan.outputs.map(({ name }) => name),
    trials,
    wrong: trials.filter(({ predicted, found }) => predicted.join() !== found.join()).length,
  };
}

/** What the outputs come to when the inputs stay as they are. */
function settle(host: PinController, inputs: readonly number[], rounds: number): readonly number[] {
  let { levels } = host.step(inputs);
  for (let round = 1; round < rounds; round++) levels = host.step(inputs).levels;
  return levels;
}

/** Until the device has gone round so often from now on: the first of these may have read before. */
async function waitForRounds(device: Device, rounds: number, everyMs: number): Promise<void> {
  const start = await device.readPins();
  const deadline = performance.now() + PATIENCE_MS + 2 * rounds * everyMs;
  while ((await device.readPins()).rounds - start.rounds < rounds) {
    if (performance.now() < deadline) continue; // each question takes a while by itself
    throw new UserError(
      `the firmware on ${device.name} has read its pins ${start.rounds} times and goes on no more`,
      "does another program run its network over the link?",
    );
  }
}

/** All combinations of readings, the first input changing fastest. */
function combinations({ inputs }: PinPlan): number[][] {
  if (inputs.length > MOST_INPUTS) {
    throw new UserError(
      `${inputs.length} input pins have too many combinations; at most ${MOST_INPUTS} are tried`,
      "try samples over the link: `pinfer compare`",
    );
  }
  return inputs.reduce<number[][]>(
    (rows, { kind }) => {
      const readings = kind === "analog" ? ANALOG_READINGS : [0, 1];
      return readings.flatMap((reading) => rows.map((row) => [...row, reading]));
    },
    [[]],
  );
}
