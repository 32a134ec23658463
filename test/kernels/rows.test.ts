import { describe, expect, it } from "vitest";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { printWindows } from "../../codegen/printWindows.js";
import { Random } from "../../src/base/random.js";
import { findBoard } from "../../src/board/boards.js";
import { averageRows } from "../../src/kernels/averageRows.js";
import { countRows } from "../../src/kernels/countRows.js";
import { pushRow } from "../../src/kernels/pushRow.js";
import { readRows } from "../../src/kernels/readRows.js";
import { planPins } from "../../src/pins/planPins.js";
import { runC } from "../support/compileC.js";

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

describe("windows.c", () => {
  it("does the same as the kernels it is made of, with int16 too", () => {
    const window = { window: 7, hop: 3, average: 6, vote: { wins: 2, of: 5 }, everyMs: 1 };
    const slot = (elements: number, elementType: "int8" | "int16") => ({
      ...{ name: "t", offset: 0, bytes: elements * (elementType === "int16" ? 2 : 1), shape: [elements] },
      ...{ elementType, quantization: { scale: 1, zeroPoint: 0 }, border: "float32" as const },
    });
    const program = { name: "g", inputs: [slot(14, "int16")], outputs: [slot(3, "int8")] };
    const pins = ["PA0", "PA1"].map((pin) => ({ pin, analog: [0, 100] as const }));
    const plan = planPins(
      {
        inputs: pins,
        outputs: [0, 1, 2].map((element) => ({ pin: `PB${element}`, class: element })),
        ...window,
      },
      program,
      findBoard("host"),
    );
    const library = new KernelLibrary("src/kernels", "src/kernels");
    const files = printWindows(plan, program, "test", (name) => library.get(name))!;
    const main = `
#include <stdio.h>
#include "windows.h"
static int8_t moments[7 * 4], outputs[6 * 3], votes[5 * 3], row[4], whole[7 * 4], mean[3], on[3];
static int16_t m[2] = {0, 7}, o[2] = {0, 6}, v[2] = {0, 5};
int main(void)
{
    while (fread(row, 1, 4, stdin) == 4) {
        windows_push_moment(row, m, moments);
        windows_read_moments(moments, m, whole);
        windows_push_output(row, o, outputs);
        windows_average_outputs(outputs, mean);
        for (int i = 0; i < 3; i++) row[i] &= 1;
        windows_push_votes(row, v, votes);
        windows_count_votes(votes, on);
        fwrite(whole, 1, sizeof whole, stdout); fwrite(mean, 1, 3, stdout); fwrite(on, 1, 3, stdout);
        fputc(m[1], stdout); fputc(o[1], stdout); fputc((int)sizeof(window_value_t), stdout);
    }
    return 0;
}
`;
    const random = new Random(3);
    const rows = Array.from({ length: 200 }, () =>
      Int8Array.from({ length: 4 }, () => random.integer(256) - 128),
    );
    const found = runC(
      { "main.c": main, "windows.c": files.source, "windows.h": files.header },
      Uint8Array.from(rows.flatMap((row) => [...row])),
    );
    const [moments, outputs, votes] = [new Int8Array(28), new Int8Array(18), new Int8Array(15)];
    const states = [7, 6, 5].map((size) => Int16Array.of(0, size)) as [Int16Array, Int16Array, Int16Array];
    const expected = rows.flatMap((row) => {
      const [whole, mean, on] = [new Int8Array(28), new Int8Array(3), new Int8Array(3)];
      pushRow({ rows: 7, rowBytes: 4, hop: 3 }, row, states[0], moments);
      readRows({ rows: 7, rowBytes: 4 }, moments, states[0], whole);
      pushRow({ rows: 6, rowBytes: 3, hop: 1 }, row, states[1], outputs);
      averageRows({ rows: 6, size: 3 }, outputs, mean);
      pushRow(
        { rows: 5, rowBytes: 3, hop: 1 },
        row.map((value) => value & 1),
        states[2],
        votes,
      );
      countRows({ rows: 5, size: 3, least: 2 }, votes, on);
      return [...whole, ...mean, ...on, states[0][1]!, states[1][1]!, 2];
    });
    expect([...new Int8Array(found)]).toEqual(expected);
  });
});
