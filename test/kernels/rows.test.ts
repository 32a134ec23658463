import { describe, expect, it } from "vitest";
import { averageRows } from "../../src/kernels/averageRows.js";
import { countRows } from "../../src/kernels/countRows.js";
import { pushRow } from "../../src/kernels/pushRow.js";
import { readRows } from "../../src/kernels/readRows.js";

describe("a ring of rows", () => {
  /** After each of the rows 1, 2, …: is it whole, and what does it hold, the oldest first? */
  const fill = (rows: number, hop: number, count: number) => {
    const [ring, state] = [new Int8Array(rows), Int16Array.of(0, rows)];
    return Array.from({ length: count }, (_, i) => {
      pushRow({ rows, rowBytes: 1, hop }, Int8Array.of(i + 1), state, ring);
      const held = new Int8Array(rows);
      readRows({ rows, rowBytes: 1 }, ring, state, held);
      return { isWhole: state[1] === 0, held: [...held] };
    });
  };
  const wholeAt = (rows: number, hop: number, count: number) =>
    fill(rows, hop, count).flatMap(({ isWhole }, i) => (isWhole ? [i + 1] : []));

  it("is whole when it is full for the first time, and every hop from then on", () => {
    expect(wholeAt(4, 1, 8)).toEqual([4, 5, 6, 7, 8]);
    expect(wholeAt(4, 3, 12)).toEqual([4, 7, 10]);
    expect(wholeAt(4, 4, 12)).toEqual([4, 8, 12]);
    expect(wholeAt(2, 5, 13)).toEqual([2, 7, 12]); // rows between two windows are in none
    expect(wholeAt(1, 1, 3)).toEqual([1, 2, 3]);
  });

  it("gives its rows the oldest first, wherever it begins", () => {
    expect(fill(3, 1, 5).map(({ held }) => held)).toEqual([
      ...[
        [0, 0, 1],
        [0, 1, 2],
        [1, 2, 3],
        [2, 3, 4],
        [3, 4, 5],
      ],
    ]);
  });

  it("keeps the values of a row together", () => {
    const [ring, state, held] = [new Int8Array(6), Int16Array.of(0, 2), new Int8Array(6)];
    for (const row of [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ])
      pushRow({ rows: 2, rowBytes: 3, hop: 1 }, Int8Array.from(row), state, ring);
    readRows({ rows: 2, rowBytes: 3 }, ring, state, held);
    expect([...held]).toEqual([4, 5, 6, 7, 8, 9]);
  });
});

describe("averageRows", () => {
  it("rounds to nearest, ties away from zero", () => {
    // 3/2, −3/2, 254/2, −256/2, 1/2
    const input = Int8Array.of(1, -1, 127, -128, 0, 2, -2, 127, -128, 1);
    const output = new Int8Array(5);
    averageRows({ rows: 2, size: 5 }, input, output);
    expect([...output]).toEqual([2, -2, 127, -128, 1]);
  });
});

describe("countRows", () => {
  it("is 1 from the least count on", () => {
    const output = new Int8Array(3);
    countRows({ rows: 3, size: 3, least: 2 }, Int8Array.of(0, 1, 1, 0, 0, 1, 1, 1, 1), output);
    expect([...output]).toEqual([0, 1, 1]);
  });
});
