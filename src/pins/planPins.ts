import { UserError } from "../base/errors.js";
import type { Board, PinPart } from "../board/board.js";
import { parsePin } from "../board/pinNames.js";
import { integerRanges } from "../network/elementTypes.js";
import { expectInt8Outputs, onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { ElementType, Quantization } from "../network/quantizedNetwork.js";
import type { ArenaSlot, Program } from "../program/program.js";
import { quantizeTensor } from "../quantize/quantizeTensor.js";
import type { AnalogInput, DigitalInput, PinInput, PinMap, PinOutput } from "./pinMap.js";
import { type PlannedWindows, planWindows } from "./planWindows.js";
import { ANALOG_MAX, type AnalogScale } from "./signals.js";

interface PlannedPin {
  /** "PC13" */
  readonly name: string;
  /** 16 · port + number. */
  readonly pin: number;
}

export interface PlannedDigital extends PlannedPin {
  readonly kind: "digital";
  readonly pull: "none" | "up" | "down";
  readonly isActiveLow: boolean;
  readonly steadyReadings: number;
  /** Values of the network's input. */
  readonly off: number;
  readonly on: number;
}

export interface PlannedAnalog extends PlannedPin {
  readonly kind: "analog";
  readonly channel: number;
  readonly scale: AnalogScale;
}

export type PlannedInput = PlannedDigital | PlannedAnalog;

interface PlannedOutputPin extends PlannedPin {
  readonly isActiveLow: boolean;
  /** Which of the network's outputs. */
  readonly element: number;
}

export interface PlannedThreshold extends PlannedOutputPin {
  readonly kind: "threshold";
  /** Values of the network's output. */
  readonly onFrom: number;
  readonly offBelow: number;
}

export interface PlannedClass extends PlannedOutputPin {
  readonly kind: "class";
}

export type PlannedOutput = PlannedThreshold | PlannedClass;

/** A pin map settled for one board and one program: plain data, from which pins.c is printed. */
export interface PinPlan {
  readonly board: string;
  readonly everyMs: number;
  /** In the order of the network's input, or of its channels where there are windows. */
  readonly inputs: readonly PlannedInput[];
  readonly outputs: readonly PlannedOutput[];
  readonly timing: PlannedPin | undefined;
  /** In steps of the network's output. */
  readonly classHysteresis: number;
  /** Undefined where every round has an input of its own. */
  readonly windows?: PlannedWindows;
}

const DEFAULT_EVERY_MS = 10;
/**
 * Below it rounding of factor and offset could be off by more than an eighth of a step over 4096 readings; int16 has 16
 * steps for each of these, so there it is a step.
 */
const LEAST_FRACTION_BITS: Readonly<Record<ElementType, number>> = { int8: 14, int16: 11, int32: 11 };

/**
 * Settles a pin map for a board: numbers of pins and ADC channels, and all values in the network's integers.
 *
 * @throws UserError when the board has no such pin, it is taken or used twice, the ADC cannot read it, or the map
 *   does not fit the network
 */
export function planPins(
  map: PinMap,
  program: Pick<Program, "name" | "inputs" | "outputs">,
  board: Board,
): PinPlan {
  const [input, output] = [onlyInput(program), onlyOutput(program)];
  expectInt8Outputs(program, "a pin map", "leave out the pin map");
  const windows = planWindows(map, program.name, input);
  const pins = new PinFinder(board);
  const everyMs = map.everyMs ?? DEFAULT_EVERY_MS;
  return {
    board: board.id,
    everyMs,
    inputs: map.inputs.map((from, index) =>
      planInput(from, pins, `pins.inputs[${index}]`, elementOf(input, index), everyMs),
    ),
    outputs: map.outputs.map((to, index) => planOutput(to, pins, `pins.outputs[${index}]`, output)),
    timing: map.timing === undefined ? undefined : pins.take("pins.timing", map.timing),
    classHysteresis: Math.ceil((map.classHysteresis ?? 0) / quantizationOf(output).scale),
    ...(windows && { windows }),
  };
}

/** What becomes of one element's real values. */
interface PinElement {
  readonly elementType: ElementType;
  readonly quantization: Quantization;
}

function elementOf(slot: ArenaSlot, element: number): PinElement {
  return { elementType: slot.elementType, quantization: quantizationOf(slot, element) };
}

/** Finds pins of the board, each once. */
class PinFinder {
  private readonly users = new Map<string, string>();

  constructor(private readonly board: Board) {}

  /** The part behind a name such as "LED". */
  part(place: string, name: string): PinPart {
    const part = { LED: this.board.pins.led, BUTTON: this.board.pins.button }[name];
    if (part !== undefined) return part;
    if (name === "LED" || name === "BUTTON") {
      throw new UserError(`${place}: board "${this.board.id}" has no ${name}`, "name the pin it is wired to");
    }
    return { pin: name, isActiveLow: false };
  }

  take(place: string, wanted: string): PlannedPin & { readonly isActiveLow: boolean } {
    const { id, pins } = this.board;
    const { pin: name, isActiveLow } = this.part(place, wanted);
    const pin = parsePin(name);
    if (pin === undefined || !pins.names.includes(name)) {
      throw pins.names.length === 0
        ? new UserError(`${place}: board "${id}" has no pins`, "leave pins out, or choose another --board")
        : new UserError(`${place}: board "${id}" has no pin ${name}`, "`pinfer boards` lists its pins");
    }
    const taken = pins.taken.get(name) ?? this.users.get(name);
    if (taken !== undefined) {
      throw new UserError(`${place}: pin ${name} of "${id}" is taken: ${taken}`, "choose another pin");
    }
    this.users.set(name, place);
    return { name, pin, isActiveLow };
  }

  analogChannel(place: string, name: string): number {
    const { analog } = this.board.pins;
    const channel = analog.get(name);
    if (channel === undefined) {
      throw new UserError(
        `${place}: the ADC of "${this.board.id}" cannot read pin ${name}`,
        `it reads ${[...analog.keys()].join(", ")}`,
      );
    }
    return channel;
  }
}

function planInput(
  from: PinInput,
  pins: PinFinder,
  place: string,
  element: PinElement,
  everyMs: number,
): PlannedInput {
  return "analog" in from
    ? planAnalog(from, pins, place, element)
    : planDigital(from, pins, place, element, everyMs);
}

function planDigital(
  from: DigitalInput,
  pins: PinFinder,
  place: string,
  element: PinElement,
  everyMs: number,
): PlannedDigital {
  const { name, pin, isActiveLow } = pins.take(place, from.pin);
  const [off, on] = quantizeTensor(Float64Array.of(from.off ?? 0, from.on ?? 1), element);
  if (off === on) {
    throw new UserError(
      `${place}: off ${from.off ?? 0} and on ${from.on ?? 1} are the same integer, ${on}, to the network`,
      "choose values that differ as those of the training data do",
    );
  }
  return {
    ...{ kind: "digital", name, pin, off: off!, on: on! },
    pull: from.pull ?? "none",
    isActiveLow: from.activeLow ?? isActiveLow,
    steadyReadings: Math.max(1, Math.ceil((from.debounceMs ?? 0) / everyMs)),
  };
}

function planAnalog(from: AnalogInput, pins: PinFinder, place: string, element: PinElement): PlannedAnalog {
  const { name, pin } = pins.take(place, from.pin);
  return {
    kind: "analog",
    name,
    pin,
    channel: pins.analogChannel(place, name),
    scale: planScale(from, place, element),
  };
}

/** The line through both ends with as many bits after the point as int32 holds for every reading. */
function planScale(
  { analog: [atZero, atReference] }: AnalogInput,
  place: string,
  { elementType, quantization: { scale, zeroPoint } }: PinElement,
): AnalogScale {
  const [min, max] = integerRanges[elementType];
  const slope = (atReference - atZero) / ANALOG_MAX / scale;
  const start = atZero / scale + zeroPoint;
  for (let rightShift = 30; rightShift >= LEAST_FRACTION_BITS[elementType]; rightShift--) {
    const factor = Math.round(slope * 2 ** rightShift);
    const offset = Math.round(start * 2 ** rightShift);
    if (ANALOG_MAX * Math.abs(factor) + Math.abs(offset) + 2 ** (rightShift - 1) < 2 ** 31) {
      return { factor, offset, rightShift, min, max };
    }
  }
  throw new UserError(
    `${place}: [${atZero}, ${atReference}] is far wider than what the network takes, ` +
      `${(min - zeroPoint) * scale} to ${(max - zeroPoint) * scale}`,
    "give the values of the training data's unit at 0 V and at the reference voltage",
  );
}

function planOutput(to: PinOutput, pins: PinFinder, place: string, slot: ArenaSlot): PlannedOutput {
  const { name, pin, isActiveLow } = pins.take(place, to.pin);
  const element = "class" in to ? to.class : (to.output ?? 0);
  if (element >= slot.bytes) {
    throw new UserError(
      `${place} asks for output ${element}; the network has ${slot.bytes}, numbered from 0`,
    );
  }
  const common = { name, pin, element, isActiveLow: to.activeLow ?? isActiveLow };
  if ("class" in to) return { kind: "class", ...common };
  const { scale, zeroPoint } = quantizationOf(slot);
  const half = (to.hysteresis ?? 0) / 2;
  const steps = (real: number): number => Math.ceil(real / scale) + zeroPoint;
  const onFrom = steps(to.threshold + half);
  const offBelow = steps(to.threshold - half);
  if (onFrom > 127 || offBelow <= -128) {
    const [least, most] = [-128, 127].map((value) => Number(((value - zeroPoint) * scale).toPrecision(4)));
    throw new UserError(
      `${place} would ${onFrom > 127 ? "never switch on" : "never switch off"}: the network's output goes ` +
        `from ${least} to ${most}, the pin switches on at ${to.threshold + half} and off below ${to.threshold - half}`,
      "choose another threshold, or less hysteresis",
    );
  }
  return { kind: "threshold", ...common, onFrom, offBelow };
}
