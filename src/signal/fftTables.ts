const toInt16 = (angle: number): [number, number] => [
  Math.floor(0.5 + 32767 * Math.cos(angle)),
  Math.floor(0.5 + 32767 * Math.sin(angle)),
];

/** Cosine and sine of −2πk / length in Q15, k from 0: int16 [count, 2]. */
export function twiddleTable(length: number, count = length): Int16Array {
  return Int16Array.from(
    Array.from({ length: count }, (_, k) => toInt16((-2 * Math.PI * k) / length)).flat(),
  );
}

/**
 * What takes the FFT of samples apart that were taken as real and imaginary parts of half as many: cosine and sine of
 * −π · ((k + 1) / halfLength + 1/2) in Q15: int16 [halfLength / 2, 2].
 */
export function splitTable(halfLength: number): Int16Array {
  const angles = Array.from({ length: halfLength / 2 }, (_, k) => -Math.PI * ((k + 1) / halfLength + 0.5));
  return Int16Array.from(angles.flatMap(toInt16));
}

/** Radices of an FFT from the last step to the first: 4 as often as may be, then 2. */
export function radices(length: number): readonly number[] {
  const found: number[] = [];
  for (let rest = length; rest > 1; rest /= found.at(-1)!) found.push(rest % 4 === 0 ? 4 : 2);
  return found;
}

/**
 * Where an FFT in place takes each value: decimation in time by {@link radices}, int16 [length].
 *
 * Value j0 + p0 · (j1 + p1 · (j2 + …)) goes to j0 · length / p0 + j1 · length / (p0 · p1) + …
 */
export function digitReversal(length: number): Int16Array {
  const steps = radices(length);
  return Int16Array.from({ length }, (_, index) => {
    let [place, rest, room] = [0, index, length];
    for (const radix of steps) {
      room /= radix;
      place += (rest % radix) * room;
      rest = Math.floor(rest / radix);
    }
    return place;
  });
}

/** 2^16 · (log2(1 + i / 128) − i / 128), i in 0..128: int16 [129]. */
export function logarithmTable(): Int16Array {
  return Int16Array.from({ length: 129 }, (_, i) =>
    Math.floor(65536 * (Math.log2(1 + i / 128) - i / 128) + 0.5),
  );
}

/** Where an FFT in place by steps of two takes each value: its index with the bits reversed, int16 [length]. */
export function bitReversal(length: number): Int16Array {
  const places = new Int16Array(length);
  for (let size = 1; size < length; size *= 2) {
    for (let i = 0; i < size; i++) places[size + i] = places[i]! + length / (2 * size);
  }
  return places;
}
