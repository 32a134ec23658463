import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import {
  ANALOG_MAX,
  type AnalogScale,
  chooseClass,
  type Debounced,
  debounce,
  isOnAt,
  scaleAnalog,
} from "../../src/pins/signals.js";
import { runC } from "../support/compileC.js";

/** What a C function body prints as int32, one after the other, for 32-bit words on standard input. */
function runSignals(body: string, words: Int32Array): Int32Array {
  const source = `
#include <stdio.h>
#include "signals.h"
static int32_t word(void) { int32_t w; if (fread(&w, 4, 1, stdin) != 1) return 0; return w; }
static void put(int32_t w) { fwrite(&w, 4, 1, stdout); }
int main(void) { const int32_t count = word(); for (int32_t n = 0; n < count; n++) { ${body} } return 0; }
`;
  const output = runC({ "main.c": source }, new Uint8Array(words.buffer));
  return new Int32Array(new Uint8Array(output).buffer);
}

const levelsOf = (readings: string, steadyReadings: number): string => {
  const state: Debounced = { level: Number(readings[0]), changedReadings: 0 };
  return [...readings].map((reading) => debounce(state, Number(reading), steadyReadings)).join("");
};

describe("debounce", () => {
  it("takes a level that was read often enough in a row, and no other", () => {
    expect(levelsOf("0111000", 1)).toBe("0111000");
    expect(levelsOf("0010110111011000", 3)).toBe("0000000001111110");
  });

  it("counts again from the start when the old level comes back", () => {
    expect(levelsOf("0110110110111", 3)).toBe("0000000000001");
  });
});

describe("isOnAt", () => {
  it("keeps what it was between both limits", () => {
    const values = [-5, 3, 4, 3, -2, -3, 3];
    let isOn = false;
    expect(values.map((value) => (isOn = isOnAt(isOn, value, 4, -2)))).toEqual([
      ...[false, false, true, true, true, false, false],
    ]);
  });
});

describe("chooseClass", () => {
  it("is the first of the largest without hysteresis", () => {
    expect(chooseClass(2, Int8Array.of(1, 7, 7), 0)).toBe(1);
    expect(chooseClass(0, Int8Array.of(-128, -128), 0)).toBe(0);
  });

  it("stays until another is better by the hysteresis", () => {
    expect(chooseClass(0, Int8Array.of(10, 14), 5)).toBe(0);
    expect(chooseClass(0, Int8Array.of(10, 15), 5)).toBe(1);
    expect(chooseClass(1, Int8Array.of(127, -128), 255)).toBe(0);
  });
});

describe("signals.h", () => {
  it("debounces as signals.ts does", () => {
    const random = new Random(1);
    const readings = Array.from({ length: 3000 }, () => ({
      steady: 1 + random.integer(4),
      reading: Number(random.uniform() < 0.5),
    }));
    const found = runSignals(
      "static debounced_t s; const int32_t steady = word(); put(debounce(&s, (uint8_t)word(), (uint16_t)steady));",
      Int32Array.of(readings.length, ...readings.flatMap(({ steady, reading }) => [steady, reading])),
    );
    const state: Debounced = { level: 0, changedReadings: 0 };
    expect([...found]).toEqual(readings.map(({ steady, reading }) => debounce(state, reading, steady)));
    expect(new Set(found).size).toBe(2);
  });

  it("scales readings as signals.ts does, up to the ends of int32", () => {
    const scale: fc.Arbitrary<AnalogScale> = fc
      .record({
        factor: fc.integer({ min: -(2 ** 31 / 4096) + 1, max: 2 ** 31 / 4096 - 1 }),
        rightShift: fc.integer({ min: 1, max: 30 }),
        share: fc.double({ min: -1, max: 1, noNaN: true }),
        isWide: fc.boolean(),
      })
      .map(({ factor, rightShift, share, isWide }) => {
        const room = 2 ** 31 - 1 - ANALOG_MAX * Math.abs(factor) - 2 ** (rightShift - 1);
        const offset = Math.trunc(share * Math.max(0, room));
        return { factor, offset, rightShift, min: isWide ? -32768 : -128, max: isWide ? 32767 : 127 };
      })
      .filter(
        ({ factor, offset, rightShift }) =>
          ANALOG_MAX * Math.abs(factor) + Math.abs(offset) + 2 ** (rightShift - 1) < 2 ** 31,
      );
    const cases = fc.sample(fc.tuple(scale, fc.constantFrom(0, 1, 2047, 4094, 4095)), {
      numRuns: 2000,
      seed: 1,
    });
    const found = runSignals(
      `analog_scale_t s; s.factor = word(); s.offset = word(); s.right_shift = (uint8_t)word();
       s.min = (int16_t)word(); s.max = (int16_t)word(); put(scale_analog(word(), &s));`,
      Int32Array.of(
        cases.length,
        ...cases.flatMap(([s, raw]) => [s.factor, s.offset, s.rightShift, s.min, s.max, raw]),
      ),
    );
    expect([...found]).toEqual(cases.map(([s, raw]) => scaleAnalog(raw, s)));
    expect(new Set(found).size).toBeGreaterThan(100);
  });

  it("switches and chooses as signals.ts does", () => {
    const random = new Random(2);
    const cases = Array.from({ length: 3000 }, () => {
      const values = Int8Array.from({ length: 4 }, () => random.integer(6) - 3);
      return { values, present: random.integer(4), hysteresis: random.integer(4) };
    });
    const found = runSignals(
      `const int32_t present = word(), hysteresis = word(); int8_t v[4];
       for (int32_t i = 0; i < 4; i++) v[i] = (int8_t)word();
       put(choose_class(present, v, 4, hysteresis)); put(is_on_at(present & 1, v[0], v[1] + hysteresis, v[1]));`,
      Int32Array.of(cases.length, ...cases.flatMap((c) => [c.present, c.hysteresis, ...c.values])),
    );
    const expected = cases.flatMap(({ values, present, hysteresis }) => [
      chooseClass(present, values, hysteresis),
      Number(isOnAt((present & 1) === 1, values[0]!, values[1]! + hysteresis, values[1]!)),
    ]);
    expect([...found]).toEqual(expected);
  });
});
