import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { rateOf, stretchesOf } from "../../src/link/rowTiming.js";
import type { SensorRow } from "../../src/link/sensorLines.js";

const at = (milliseconds: number): SensorRow => ({ cells: ["1"], milliseconds });
const lengths = (rows: readonly SensorRow[]): number[] => stretchesOf(rows).map(({ length }) => length);

describe("rateOf", () => {
  it("is the median's, not that of first and last row", () => {
    expect(rateOf([at(0), at(11), at(20)])).toBe(100);
    expect(rateOf([at(5)])).toBeUndefined();
    expect(rateOf([])).toBeUndefined();
    expect(rateOf([at(5), at(5)])).toBeUndefined();
    // 150 rows at 50 Hz, 0.4 s of silence behind each 30: 29.4 a second from first to last
    const rows = Array.from({ length: 150 }, (_, row) => at(20 * row + 400 * Math.floor(row / 30)));
    expect(rateOf(rows)).toBeCloseTo(50, 9);
  });

  it("takes rows that come together for one arrival", () => {
    // 200 a second, told by an adapter every 16 ms
    const rows = Array.from({ length: 1000 }, (_, row) => at(16 * Math.ceil((5 * row) / 16)));
    expect(rateOf(rows)).toBeCloseTo(200, 0);
  });
});

describe("stretchesOf", () => {
  it("ends a stretch where more than three periods passed without a row", () => {
    const rows = (gap: number) => Array.from({ length: 60 }, (_, row) => at(20 * row + (row < 30 ? 0 : gap)));
    expect(lengths(rows(40))).toEqual([60]); // 3 periods from row to row
    expect(lengths(rows(41))).toEqual([30, 30]);
    expect(lengths(rows(400))).toEqual([30, 30]);
  });

  it("ends a stretch at a line that was no row", () => {
    const rows = Array.from({ length: 10 }, (_, row) => ({
      ...at(20 * row),
      isAfterBadLine: row === 0 || row === 4,
    }));
    expect(lengths(rows)).toEqual([4, 6]);
    expect(lengths([])).toEqual([]);
  });

  it("takes rows that come late and in a lump for no gap", () => {
    // This computer was busy for 700 ms: 35 rows of 20 ms came at once.
    const rows = Array.from({ length: 100 }, (_, row) => at(row > 30 && row < 66 ? 1320 : 20 * row));
    expect(lengths(rows)).toEqual([100]);
    // a gap in the midst of it is one all the same
    const gap = rows.map((row, i) => (i < 80 ? row : at(row.milliseconds + 100)));
    expect(lengths(gap)).toEqual([80, 20]);
  });

  it("finds no gap in 1000 rows a second that come every 16 ms, some later", () => {
    const random = new Random(4);
    const late = Array.from({ length: 300 }, () => (random.uniform() < 0.1 ? 10 * random.uniform() : 0));
    const rows = Array.from({ length: 4000 }, (_, row) => {
      const chunk = Math.ceil(row / 16);
      return at(16 * chunk + late[chunk]!);
    });
    expect(rateOf(rows)).toBeCloseTo(1000, -1);
    expect(lengths(rows)).toEqual([4000]);
  });
});
