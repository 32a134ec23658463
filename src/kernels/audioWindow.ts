import { countLeadingZeros, type i32, shiftLeft } from "./int.js";

/**
 * How far a frame can be shifted left so that it fills int16: 15 for silence.
 *
 *   window  int16, Q12, up to 4096
 *
 * Source: microfrontend/lib/window.c; −32768 counts for nothing, as its magnitude is no int16.
 */
export function audioShift(samples: Int16Array, window: Int16Array, count: i32): i32 {
  let bits: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const value: i32 = (samples[i] * window[i]) >> 12;
    bits |= value < 0 ? 0 - value : value;
  }
  return countLeadingZeros(bits & 32767) - 17;
}

/**
 * A frame under its window, as `length` complex values where an FFT in place takes them: even samples are real parts, odd
 * ones imaginary, and zeros follow.
 *
 *   order  int16 [length]: places of values
 *   work   int16 [length, 2]
 */
export function audioWindow(
  samples: Int16Array,
  window: Int16Array,
  order: Int16Array,
  work: Int16Array,
  count: i32,
  length: i32,
  shift: i32,
): void {
  const whole: i32 = count >> 1;
  for (let i: i32 = 0; i < whole; i++) {
    const at: i32 = 2 * order[i];
    work[at] = shiftLeft((samples[2 * i] * window[2 * i]) >> 12, shift);
    work[at + 1] = shiftLeft((samples[2 * i + 1] * window[2 * i + 1]) >> 12, shift);
  }
  for (let i: i32 = whole; i < length; i++) {
    const at: i32 = 2 * order[i];
    work[at] = 0;
    work[at + 1] = 0;
  }
  if (2 * whole < count) {
    work[2 * order[whole]] = shiftLeft((samples[2 * whole] * window[2 * whole]) >> 12, shift);
  }
}
