import { UserError, type Warning } from "../base/errors.js";
import { Random } from "../base/random.js";
import { formatCount } from "../base/table.js";
import type { PinMap } from "./pinMap.js";
import type { PinPlan } from "./planPins.js";
import { ANALOG_MAX } from "./signals.js";

/** What pins read, moment by moment: one reading for each input pin. */
export interface Moments {
  readonly readings: readonly (readonly number[])[];
  readonly warnings: readonly Warning[];
}

/**
 * What pins read where a sensor gives a recording's values: the nearest reading of the ADC, the nearer of on and off.
 *
 * @param values [moments][pins] in the unit of the training data
 */
export function readingsOf(map: PinMap, plan: PinPlan, values: ArrayLike<number>, path: string): Moments {
  const pins = map.inputs.length;
  let beyond = 0;
  const toReading = (pin: number, value: number): number => {
    const from = map.inputs[pin]!;
    const planned = plan.inputs[pin]!;
    if ("analog" in from) {
      const [atZero, atReference] = from.analog;
      const reading = Math.round(((value - atZero) / (atReference - atZero)) * ANALOG_MAX);
      const nearest = Math.min(ANALOG_MAX, Math.max(0, reading));
      if (nearest !== reading) beyond++;
      return nearest;
    }
    const { off = 0, on = 1 } = from;
    const isOn = Math.abs(value - on) < Math.abs(value - off);
    return isOn !== (planned.kind === "digital" && planned.isActiveLow) ? 1 : 0;
  };
  const readings = Array.from({ length: Math.floor(values.length / pins) }, (_, moment) =>
    Array.from({ length: pins }, (__, pin) => toReading(pin, values[moment * pins + pin]!)),
  );
  const warnings =
    beyond === 0
      ? []
      : [
          {
            message: `${path}: ${formatCount(beyond)} of ${formatCount(values.length)} values are beyond what their pins can read`,
            hint: "they read 0 V or the reference voltage: see analog: [atZero, atReference] in pins.inputs",
          },
        ];
  return { readings, warnings };
}

/** Readings of pins that wander and switches that change now and then, always the same, for so many windows. */
export function wanderingReadings({ inputs, windows }: PinPlan, count: number): Moments {
  if (windows === undefined) throw new Error("there are no windows");
  const random = new Random(1);
  const present = inputs.map(({ kind }) => (kind === "analog" ? random.integer(ANALOG_MAX + 1) : 0));
  const readings = Array.from({ length: windows.window + (count - 1) * windows.hop }, () => {
    for (const [pin, { kind }] of inputs.entries()) {
      if (kind === "digital") present[pin] = random.uniform() < 0.1 ? 1 - present[pin]! : present[pin]!;
      else present[pin] = Math.abs((present[pin]! + random.integer(801) - 400) % (ANALOG_MAX + 1));
    }
    return [...present];
  });
  return { readings, warnings: [] };
}

/** @throws UserError when they hold no window */
export function expectWindow({ readings }: Moments, { windows }: PinPlan, path: string): void {
  if (windows === undefined || readings.length >= windows.window) return;
  throw new UserError(
    `${path} has ${readings.length} moments; a window takes ${windows.window}`,
    "give a longer recording",
  );
}
