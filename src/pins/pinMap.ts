import { UserError } from "../base/errors.js";
import type { Fields } from "../base/fields.js";

/** A switch, a lamp, a button: a level that becomes one of two values of the network's input. */
export interface DigitalInput {
  /** "PC13", or "BUTTON" for the board's own. */
  readonly pin: string;
  /** What an open pin reads; default none. */
  readonly pull?: "up" | "down";
  /** A new level counts when it has been read for so long; default 0, at once. */
  readonly debounceMs?: number;
  /** On means a low level; default false, for "BUTTON" as the board has it. */
  readonly activeLow?: boolean;
  /** The network's input while off; default 0. */
  readonly off?: number;
  /** The network's input while on; default 1. */
  readonly on?: number;
}

/** A voltage, measured by the ADC. */
export interface AnalogInput {
  readonly pin: string;
  /** The network's input at 0 V and at the reference voltage; values between lie on the line. */
  readonly analog: readonly [atZero: number, atReference: number];
}

export type PinInput = DigitalInput | AnalogInput;

interface OutputPin {
  /** "PA5", or "LED" for the board's own. */
  readonly pin: string;
  /** On drives a low level; default false, for "LED" as the board has it. */
  readonly activeLow?: boolean;
}

/** On while one of the network's outputs is large enough. */
export interface ThresholdOutput extends OutputPin {
  /** Which of the network's outputs; default 0. */
  readonly output?: number;
  /** Real value from which it is on. */
  readonly threshold: number;
  /** It switches on at threshold + hysteresis / 2 and off below threshold − hysteresis / 2; default 0. */
  readonly hysteresis?: number;
}

/** On while the network's largest output is this one. */
export interface ClassOutput extends OutputPin {
  /** Which of the network's outputs, from 0. */
  readonly class: number;
}

export type PinOutput = ThresholdOutput | ClassOutput;

/** An output is on while it was so in `wins` of the latest `of` windows. */
export interface Vote {
  readonly wins: number;
  readonly of: number;
}

/** What is wired to the network: firmware with it reads pins, infers and drives pins on its own. */
export interface PinMap {
  /** One for each value of the network's input, in its order; with `window` one for each channel. */
  readonly inputs: readonly PinInput[];
  readonly outputs: readonly PinOutput[];
  /** Another class must be better by so much, in real values, before it takes over; default 0. */
  readonly classHysteresis?: number;
  /** High while the network runs, for an oscilloscope. */
  readonly timing?: string;
  /**
   * From one decision to the next, besides the network's own time; default 10. With `window` from one moment to the
   * next, by a clock that goes on while the network runs: as the recordings it was trained on have it, no default.
   */
  readonly everyMs?: number;
  /** Moments that the network sees at once, the oldest first: all input pins are read at each. */
  readonly window?: number;
  /** Moments from one window's start to the next one's, as `step` of `recordings`; default: the window. */
  readonly hop?: number;
  /** Outputs are means over so many windows; nothing is on before these have been. Default 1. */
  readonly average?: number;
  /** Default { wins: 1, of: 1 }. */
  readonly vote?: Vote;
}

const MAX_MS = 60_000;
/** What int16 counts. */
const MOST_MOMENTS = 32_767;
const MOST_WINDOWS = 255;
/** They say how windows are cut and judged. */
const windowFields = ["hop", "average", "vote"] as const;

/**
 * Reads a pin map field by field; which pins there are depends on the board, and is looked at by `planPins`.
 *
 * @throws UserError that names the field, what was expected and what was found
 */
export function readPinMap(fields: Fields): PinMap {
  expectOnly(fields, [
    ...["inputs", "outputs", "classHysteresis", "timing", "everyMs"],
    ...["window", ...windowFields],
  ]);
  const inputs = fields.objects("inputs").map(readInput);
  const outputs = fields.objects("outputs").map(readOutput);
  if (inputs.length === 0) fields.fail("inputs", "one pin for each value of the network's input");
  if (outputs.length === 0) fields.fail("outputs", "one pin or more");
  return {
    inputs,
    outputs,
    ...optional(fields, "classHysteresis", notNegative),
    ...optional(fields, "timing", (place, name) => place.string(name)),
    ...optional(fields, "everyMs", (place, name) => place.integer(name, 1, MAX_MS)),
    ...readWindows(fields),
  };
}

function readWindows(fields: Fields): Pick<PinMap, "window" | (typeof windowFields)[number]> {
  if (!fields.has("window")) {
    const alone = windowFields.find((name) => fields.has(name));
    if (alone === undefined) return {};
    throw new UserError(
      `${fields.place}.${alone} is of windows, and there is no ${fields.place}.window`,
      "give window, the moments that the network sees at once; 1 where it sees one",
    );
  }
  if (!fields.has("everyMs")) {
    fields.fail(
      "everyMs",
      "the milliseconds from one moment to the next in the recordings it was trained on",
    );
  }
  return {
    window: fields.integer("window", 1, MOST_MOMENTS),
    ...optional(fields, "hop", (place, name) => place.integer(name, 1, MOST_MOMENTS)),
    ...optional(fields, "average", (place, name) => place.integer(name, 1, MOST_WINDOWS)),
    ...optional(fields, "vote", (place, name) => readVote(place.object(name))),
  };
}

function readVote(fields: Fields): Vote {
  expectOnly(fields, ["wins", "of"]);
  const of = fields.integer("of", 1, MOST_WINDOWS);
  return { wins: fields.integer("wins", 1, of), of };
}

function readInput(fields: Fields): PinInput {
  if (!fields.has("analog")) {
    expectOnly(fields, ["pin", "pull", "debounceMs", "activeLow", "off", "on"], "analog: [low, high]");
    return {
      pin: fields.string("pin"),
      ...optional(fields, "pull", (place, name) => place.oneOf(name, ["up", "down"] as const)),
      ...optional(fields, "debounceMs", (place, name) => place.integer(name, 0, MAX_MS)),
      ...optional(fields, "activeLow", (place, name) => place.boolean(name)),
      ...optional(fields, "off", (place, name) => place.number(name)),
      ...optional(fields, "on", (place, name) => place.number(name)),
    };
  }
  expectOnly(fields, ["pin", "analog"]);
  const ends = fields.array("analog");
  const [atZero, atReference] = ends;
  if (ends.length !== 2 || !isNumber(atZero) || !isNumber(atReference) || atZero === atReference) {
    fields.fail("analog", "two different numbers, the network's input at 0 V and at the reference voltage");
  }
  return { pin: fields.string("pin"), analog: [atZero as number, atReference as number] };
}

function readOutput(fields: Fields): PinOutput {
  const pin = {
    pin: fields.string("pin"),
    ...optional(fields, "activeLow", (place, name) => place.boolean(name)),
  };
  if (fields.has("class")) {
    expectOnly(fields, ["pin", "activeLow", "class"]);
    return { ...pin, class: fields.integer("class", 0, 0xffff) };
  }
  expectOnly(fields, ["pin", "activeLow", "output", "threshold", "hysteresis"], "class: 0");
  if (!fields.has("threshold")) fields.fail("threshold", "a number, if there is no class");
  return {
    ...pin,
    ...optional(fields, "output", (place, name) => place.integer(name, 0, 0xffff)),
    threshold: fields.number("threshold"),
    ...optional(fields, "hysteresis", notNegative),
  };
}

function notNegative(fields: Fields, name: string): number {
  const value = fields.number(name);
  return value >= 0 ? value : fields.fail(name, "a number of 0 or more");
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

function optional<Name extends string, T>(
  fields: Fields,
  name: Name,
  read: (fields: Fields, name: Name) => T,
): { readonly [Field in Name]?: T } {
  return fields.has(name) ? ({ [name]: read(fields, name) } as { readonly [Field in Name]: T }) : {};
}

function expectOnly(fields: Fields, names: readonly string[], orElse?: string): void {
  const unknown = fields.names().find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const others = orElse === undefined ? "" : `, or ${orElse}`;
  throw new UserError(
    `${fields.place} has no field "${unknown}"`,
    `its fields are ${names.join(", ")}${others}`,
  );
}
