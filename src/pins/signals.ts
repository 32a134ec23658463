/**
 * What happens between a pin and the network, in integers: the definition of which firmware/signals.h is the twin.
 */

/** A level that has held for long enough, and for how many readings another one has been there. */
export interface Debounced {
  level: number;
  changedReadings: number;
}

/** The level after one more reading: a new one counts when it was read `steadyReadings` times in a row. */
export function debounce(state: Debounced, reading: number, steadyReadings: number): number {
  if (reading === state.level) {
    state.changedReadings = 0;
  } else {
    state.changedReadings++;
    if (state.changedReadings >= steadyReadings) {
      state.level = reading;
      state.changedReadings = 0;
    }
  }
  return state.level;
}

/** raw · factor + offset, divided by 2^rightShift and rounded to nearest, within min..max. */
export interface AnalogScale {
  readonly factor: number;
  readonly offset: number;
  /** 1..30 */
  readonly rightShift: number;
  readonly min: number;
  readonly max: number;
}

/** The largest reading of the ADC. */
export const ANALOG_MAX = 4095;

/**
 * A reading of the ADC, 0..4095, as a value of the network's input. Ties go up. The planner bounds factor and offset
 * so that nothing leaves int32.
 */
export function scaleAnalog(raw: number, { factor, offset, rightShift, min, max }: AnalogScale): number {
  const value = (raw * factor + offset + (1 << (rightShift - 1))) >> rightShift;
  return value < min ? min : value > max ? max : value;
}

/** Is a switch with hysteresis on, at this value? `offBelow` ≤ `onFrom`. */
export function isOnAt(wasOn: boolean, value: number, onFrom: number, offBelow: number): boolean {
  return wasOn ? value >= offBelow : value >= onFrom;
}

/**
 * The class after one more result: the first of the largest values, if it is larger than that of the present class
 * by `hysteresis` or more. With 0 it is always the first of the largest.
 */
export function chooseClass(present: number, values: Int8Array, hysteresis: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i] > values[best]) best = i;
  }
  return best !== present && values[best] - values[present] >= hysteresis ? best : present;
}
