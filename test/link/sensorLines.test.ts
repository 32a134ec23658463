import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rateOf, SensorLines } from "../../src/link/sensorLines.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const cellsOf = (rows: readonly { cells: readonly string[] }[]): string[][] =>
  rows.map(({ cells }) => [...cells]);

describe("SensorLines", () => {
  it("leaves out the first line, which may be half of one, and finds the columns of the next five", () => {
    const lines = new SensorLines();
    expect(lines.push(bytes("9,8\r\n1,2,3\r\n4,5,6\r\n7,8,9\r\n1,1,1\r\n"), 0)).toEqual([]);
    const rows = lines.push(bytes("2,2,2\r\n3,3,"), 10);
    expect(cellsOf(rows)).toEqual([
      ["1", "2", "3"],
      ["4", "5", "6"],
      ["7", "8", "9"],
      ["1", "1", "1"],
      ["2", "2", "2"],
    ]);
    expect(cellsOf(lines.push(bytes("3\n"), 20))).toEqual([["3", "3", "3"]]);
    expect(lines.format).toEqual({ columns: 3, names: undefined });
    expect(lines.badLines).toBe(0);
  });

  it("reads numbers as they came, parted by commas, semicolons, tabs or spaces", () => {
    const lines = new SensorLines(2);
    const rows = lines.push(bytes("\n-1.50,+2e-3\n.5;6.\n 7\t8 \n9  10\n1 , 2\n"), 0);
    expect(cellsOf(rows)).toEqual([
      ["-1.50", "+2e-3"],
      [".5", "6."],
      ["7", "8"],
      ["9", "10"],
      ["1", "2"],
    ]);
  });

  it("keeps the names that a line in front tells", () => {
    const lines = new SensorLines();
    lines.push(bytes("ax, ay\r\n1,2\r\n1,2\r\n1,2\r\n1,2\r\n1,2\r\n"), 0);
    expect(lines.format).toEqual({ columns: 2, names: ["ax", "ay"] });
    expect(lines.badLines).toBe(0);
  });

  it("counts lines that are no row, and leaves them out", () => {
    const lines = new SensorLines();
    const rows = lines.push(bytes("\n1,2\n1,2\nhello\n1\n1,2\n1,2\n1,2\n1,2,3\n1,x\n5,6\nnan,1\n"), 0);
    expect(cellsOf(rows)).toEqual(
      [...Array.from({ length: 5 }, () => ["1", "2"]), ["5", "6"]].slice(0, rows.length),
    );
    expect(rows.length).toBe(6);
    expect(lines.badLines).toBe(5); // hello; 1; 1,2,3; 1,x; nan,1
  });

  it("refuses lines of another number of columns than there are names", () => {
    const lines = new SensorLines(2);
    expect(() => lines.push(bytes("\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n"), 0)).toThrow(
      'the lines have 3 columns, --columns names 2: "1,2,3"',
    );
  });

  it("gives what came of a short recording at its end", () => {
    const lines = new SensorLines();
    expect(lines.push(bytes("0\n1\n2\n"), 0)).toEqual([]);
    expect(cellsOf(lines.finish())).toEqual([["1"], ["2"]]);
  });

  it("gives the same rows however the bytes are torn, and keeps no endless line", () => {
    const text = `x\r\n${Array.from({ length: 30 }, (_, i) => `${i},${-i}\r\n`).join("")}`;
    const whole = new SensorLines().push(bytes(text), 0);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 40 }), (cuts) => {
        const lines = new SensorLines();
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const rows = places.slice(1).flatMap((end, i) => lines.push(bytes(text.slice(places[i], end)), 0));
        expect(rows).toEqual(whole);
        expect(lines.badLines).toBe(0);
      }),
      { seed: 3 },
    );
    const lines = new SensorLines();
    for (let i = 0; i < 100; i++) lines.push(Buffer.alloc(1000, 0x37), 0);
    expect((lines as unknown as { text: string }).text.length).toBeLessThanOrEqual(4096);
  });

  it("tells rows a second from first to last", () => {
    const at = (milliseconds: number) => ({ cells: ["1"], milliseconds });
    expect(rateOf([at(0), at(11), at(20)])).toBe(100);
    expect(rateOf([at(5)])).toBeUndefined();
  });
});
