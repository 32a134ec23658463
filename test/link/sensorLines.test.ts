import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SensorLines } from "../../src/link/sensorLines.js";

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
    lines.push(bytes(`\n${"1,2,3\n".repeat(64)}`), 0); // so many may be a boot message
    const message = 'the lines have 3 columns, --columns names 2: "1,2,3"';
    expect(lines.columnsError()?.message).toBe(message);
    expect(() => lines.push(bytes("1,2,3\n"), 0)).toThrow(message);
  });

  it("does not take a countdown for the format", () => {
    const rows = Array.from({ length: 10 }, (_, i) => `${i},1,2\n`).join("");
    for (const names of ["", "MPU6050 init OK\nax,ay,az\n"]) {
      for (const count of [1, 2, 3, 4, 5, 6, 10, 50]) {
        const countdown = Array.from({ length: count }, (_, i) => `${count - i}\n`).join("");
        const lines = new SensorLines();
        lines.push(bytes(`x\n${countdown}${names}${rows}`), 0);
        expect(cellsOf(lines.rows)).toEqual(cellsOf(new SensorLines(3).push(bytes(`x\n${rows}`), 0)));
        expect(lines.format).toEqual({ columns: 3, names: names === "" ? undefined : ["ax", "ay", "az"] });
        expect(lines.badLines).toBe(count + (names === "" ? 0 : 1));
      }
    }
    const named = new SensorLines(3);
    named.push(bytes(`x\n5\n4\n3\n2\n1\n${rows}`), 0);
    expect([named.rows.length, named.badLines]).toEqual([10, 5]);
  });

  it("takes the latest line of names that is written like the rows, not a greeting in words", () => {
    const rows = "1,2,3\n".repeat(5);
    const namesOf = (text: string) => {
      const lines = new SensorLines();
      lines.push(bytes(text + rows), 0);
      return [lines.format!.names, lines.badLines];
    };
    expect(namesOf("\nMPU6050 init OK\nax,ay,az\n")).toEqual([["ax", "ay", "az"], 1]);
    expect(namesOf("\nax,ay,az\nMPU6050 init OK\n")).toEqual([["ax", "ay", "az"], 1]);
    expect(namesOf("\nMPU6050 init OK\n")).toEqual([undefined, 1]);
    expect(namesOf("\na,b\nax,ax,az\n")).toEqual([undefined, 2]);
    expect(namesOf("\nx,y,z\nax,ay,grüße °C\n")[0]).toEqual(["x", "y", "z"]); // words within a name
    expect(namesOf("\nx,y,z°\n")).toEqual([["x", "y", "z°"], 0]);
  });

  it("says so when the lines change later, or are of several kinds", () => {
    const lines = new SensorLines();
    lines.push(bytes(`\n${"1,2,3\n".repeat(200)}`), 0);
    lines.push(bytes("1,2\n".repeat(9)), 0);
    lines.push(bytes("1,2,3\n".repeat(20)), 0);
    expect([lines.rows.length, lines.badLines]).toEqual([220, 9]);
    expect(() => lines.push(bytes("1,2\n".repeat(20)), 0)).toThrow(
      'of the latest 20 lines of numbers only 10 have 3 columns; the last has 2: "1,2"',
    );
    expect(lines.rows.length).toBe(220);
    for (const kinds of ["1,2,3\n1,2\n", "1\n1,2,3\n1,2\n", "1,2,3\n".repeat(5) + "1,2\n".repeat(5)]) {
      const mixed = new SensorLines();
      expect(() => mixed.push(bytes(`\n${kinds.repeat(40)}`), 0)).toThrow(
        /^of the latest 20 lines of numbers only/,
      );
    }
  });

  it("marks rows behind a line that is none", () => {
    const lines = new SensorLines();
    lines.push(bytes("\n1,2\n1,2\nread error -5\n1,2\n1,2\n1,2\n1,2\n1\n1,2\n1,2\n"), 0);
    expect(lines.rows.map(({ isAfterBadLine = false }) => isAfterBadLine)).toEqual(
      [0, 0, 1, 0, 0, 0, 1, 0].map(Boolean),
    );
  });

  it("leaves out the time stamps of serial monitors", () => {
    const lines = new SensorLines();
    const stamps = ["12:00:01.123 -> ", "9:00:01,5 -> ", "12:00:01 -> ", "12:00:01.123 > "];
    lines.push(
      bytes(`\n12:00:01.000 -> ax,ay\n${stamps.map((stamp) => `${stamp}1.5,-2.5\n`).join("")}1.5,-2.5\n`),
      0,
    );
    expect(cellsOf(lines.rows)).toEqual(Array.from({ length: 5 }, () => ["1.5", "-2.5"]));
    expect([lines.format!.names, lines.badLines]).toEqual([["ax", "ay"], 0]);
  });

  it("takes no decimal comma for two numbers", () => {
    for (const line of ["1,5;2,5", "1,5\t2,5", "1,5 2,5"]) {
      const lines = new SensorLines();
      expect(lines.push(bytes(`\n${`${line}\n`.repeat(9)}`), 0)).toEqual([]);
      expect([lines.badLines, lines.hasMixedSeparators]).toEqual([9, true]);
    }
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
});
