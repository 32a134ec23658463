import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Warning } from "../../src/base/errors.js";
import { type RecordToFileOptions, recordToFile } from "../../src/cli/recordToFile.js";
import type { Line } from "../../src/link/line.js";
import { LineSource } from "../../src/link/lineSource.js";
import { temporaryDirectory } from "../firmware/images.js";
import { ManualClock } from "../support/clock.js";

const directory = temporaryDirectory();

/** A sensor on a line that says what a test makes it say. */
class Sensor {
  say: (text: string) => void = () => undefined;
  break: (reason: Error) => void = () => undefined;
  readonly line: Line = {
    name: "/dev/sensor",
    bytesPerSecond: 11_520,
    write: () => undefined,
    listen: (onBytes, onBroken) => {
      this.say = (text) => onBytes(Buffer.from(text));
      this.break = onBroken;
    },
    close: async () => undefined,
  };
}

/** Starts a recording whose clock stands at 100 ms, when the first line, which is left out, has come. */
function start(folder: string, options: Partial<RecordToFileOptions> & { columns?: string[] } = {}) {
  const [clock, sensor, stop] = [new ManualClock(), new Sensor(), new AbortController()];
  const warnings: Warning[] = [];
  const source = new LineSource(sensor.line, 115_200, options.columns, clock);
  const ended = recordToFile({
    ...{ source, folder: join(directory, folder), label: "walk", clock, stop: stop.signal },
    ...{ onRows: () => undefined, warn: (warning: Warning) => warnings.push(warning) },
    ...options,
  });
  ended.catch(() => undefined); // some tests look later
  clock.pass(100);
  sensor.say("\n");
  /** Says the line again and again, `count` times, each after so long. */
  const repeat = (text: string, count: number, milliseconds = 20): void => {
    for (let i = 0; i < count; i++) {
      clock.pass(milliseconds);
      sensor.say(`${text}\n`);
    }
  };
  return { clock, sensor, stop: () => stop.abort(), ended, repeat, warnings };
}

const read = (folder: string, file = "walk-01.csv"): string =>
  readFileSync(join(directory, folder, file), "utf8");

describe("recordToFile", () => {
  it("ends so many seconds after the first row, although rows go on", async () => {
    const { repeat, ended } = start("seconds", { seconds: 2 });
    repeat("1,2", 500);
    // rows at 0, 20, …, 1980 ms; at 2000 the time is over
    expect(await ended).toMatchObject({
      rows: 100,
      rowsPerSecond: 50,
      stretches: 1,
      ending: "seconds",
      seconds: 2,
    });
    expect(read("seconds")).toBe(`x0,x1\n${"1,2\n".repeat(100)}`);
  });

  it("keeps the columns after a countdown, and ends in time", async () => {
    const { clock, repeat, ended } = start("count", { seconds: 3 });
    repeat("5", 6, 100);
    repeat("0.1,1.1,9.1", 1000);
    const recorded = await ended;
    expect(recorded).toMatchObject({
      columns: ["x0", "x1", "x2"],
      rows: 150,
      badLines: 6,
      ending: "seconds",
    });
    expect(clock.now()).toBeGreaterThan(3000);
    expect(read("count")).toBe(`x0,x1,x2\n${"0.1,1.1,9.1\n".repeat(150)}`);
  });

  it("ends whatever comes, the time of a silence after its seconds", async () => {
    const late = start("late", { seconds: 10 });
    late.repeat("5", 10, 1000);
    late.repeat("1,2,3", 1000);
    // 15 000 ms − 10 120 ms
    expect(await late.ended).toMatchObject({
      ending: "late",
      rows: 244,
      seconds: 4.88,
      columns: ["x0", "x1", "x2"],
    });
    const talk = start("talk", { seconds: 2 });
    talk.repeat("read error -5", 1000);
    await expect(talk.ended).rejects.toThrow(
      /^no row of numbers from \/dev\/sensor in 5000 ms; \d+ other lines came, the latest "read error -5"$/,
    );
  });

  it("keeps what came before a silence, and says how it ended", async () => {
    const { clock, repeat, ended } = start("silence");
    repeat("1,2", 423);
    clock.pass(4999);
    repeat("1,2", 1, 0);
    repeat("no data", 60, 100); // no rows
    expect(await ended).toMatchObject({
      rows: 424,
      ending: "silence",
      badLines: 49,
      stretches: 2,
      longestStretch: 423,
    });
    expect(read("silence").split("\n").length).toBe(1 + 424 + 1 + 1);
  });

  it("tells a sensor that stopped before its seconds were over", async () => {
    for (const [silence, ending] of [
      [480, "seconds"],
      [540, "silence"],
    ] as const) {
      const { clock, repeat, ended } = start(`stopped${silence}`, { seconds: 4 });
      repeat("1,2", (4000 - silence) / 20 + 1);
      clock.pass(4000);
      expect(await ended).toMatchObject({ ending, seconds: 4, silentSeconds: silence / 1000 });
    }
  });

  it("puts a blank line where rows were lost, by a bad line or in silence", async () => {
    const { clock, repeat, stop, ended } = start("gaps");
    for (let part = 0; part < 5; part++) {
      repeat("1,2,3", 30);
      repeat("read error -5", part % 2, 20);
      clock.pass(400);
    }
    stop();
    const recorded = await ended;
    expect(recorded).toMatchObject({
      rows: 150,
      badLines: 2,
      stretches: 5,
      longestStretch: 30,
      ending: "stopped",
    });
    expect(recorded.rowsPerSecond).toBeCloseTo(50, 9);
    expect(read("gaps")).toBe(
      `x0,x1,x2\n${Array.from({ length: 5 }, () => "1,2,3\n".repeat(30)).join("\n")}`,
    );
  });

  it("keeps the rows before lines that are none, and before the line breaks", async () => {
    const changing = start("changing");
    changing.repeat("1,2,3", 100);
    changing.repeat("1,2", 20);
    const path = join(directory, "changing", "walk-01.csv");
    await expect(changing.ended).rejects.toThrow(
      `of the latest 20 lines of numbers only 10 have 3 columns; the last has 2: "1,2"; ${path} has the 100 rows before`,
    );
    expect(read("changing")).toBe(`x0,x1,x2\n${"1,2,3\n".repeat(100)}`);
    const broken = start("broken");
    broken.repeat("1,2,3", 7);
    broken.sensor.break(new Error("went away"));
    await expect(broken.ended).rejects.toThrow("went away");
    expect(read("broken")).toBe(`x0,x1,x2\n${"1,2,3\n".repeat(7)}`);
  });

  it("names the columns that were to come", async () => {
    const { repeat, clock, ended } = start("columns", { columns: ["a", "b"] });
    repeat("1,2,3", 3);
    clock.pass(5000);
    await expect(ended).rejects.toThrow('the lines have 3 columns, --columns names 2: "1,2,3"');
    const commas = start("columns", { columns: ["a", "b"] });
    commas.repeat("1,5;2,5", 3);
    commas.clock.pass(5000);
    await expect(commas.ended).rejects.toMatchObject({
      message: 'no row of numbers from /dev/sensor in 5000 ms; 3 other lines came, the latest "1,5;2,5"',
      hint: "let the board print decimal points, and one separator between the numbers",
    });
    expect(readdirSync(join(directory, "columns"))).toEqual([]);
  });
});

describe("two recordings of one class", () => {
  it("have files of their own from the start, whichever ends first", async () => {
    const [first, second] = [start("both"), start("both")];
    expect(readdirSync(join(directory, "both")).sort()).toEqual(["walk-01.csv", "walk-02.csv"]);
    second.repeat("2,2", 6);
    second.stop();
    first.repeat("1,1", 7);
    first.stop();
    expect((await first.ended).rows).toBe(7);
    expect((await second.ended).rows).toBe(6);
    expect(read("both")).toBe(`x0,x1\n${"1,1\n".repeat(7)}`);
    expect(read("both", "walk-02.csv")).toBe(`x0,x1\n${"2,2\n".repeat(6)}`);
  });

  it("leave no empty file where nothing was recorded", async () => {
    const { stop, ended } = start("nothing");
    expect(readdirSync(join(directory, "nothing"))).toEqual(["walk-01.csv"]);
    stop();
    await expect(ended).rejects.toThrow("nothing was recorded");
    expect(readdirSync(join(directory, "nothing"))).toEqual([]);
  });

  it("take the place of an empty file that a killed one left long ago, and no other", async () => {
    const folder = join(directory, "left");
    mkdirSync(folder);
    for (const number of ["01", "02", "03"]) writeFileSync(join(folder, `walk-${number}.csv`), "");
    writeFileSync(join(folder, "walk-01.csv"), "x0\n1\n");
    const old = new Date(Date.now() - 3_600_000);
    for (const number of ["01", "03"]) utimesSync(join(folder, `walk-${number}.csv`), old, old);
    const { repeat, stop, ended } = start("left");
    repeat("7", 9);
    stop();
    expect((await ended).path).toBe(join(folder, "walk-03.csv"));
    expect(read("left")).toBe("x0\n1\n");
    expect(read("left", "walk-02.csv")).toBe("");
    expect(read("left", "walk-03.csv")).toBe(`x0\n${"7\n".repeat(9)}`);
  });

  it("refuse a folder that cannot be written before anything is recorded", async () => {
    writeFileSync(join(directory, "file"), "");
    await expect(start("file").ended).rejects.toThrow(`cannot make the folder ${join(directory, "file")}`);
  });
});

describe("a save that fails in the midst", () => {
  it("is told once, and the last one keeps all", async () => {
    const { repeat, stop, ended, warnings } = start("full");
    const path = join(directory, "full", "walk-01.csv");
    repeat("1,2", 5);
    rmSync(path);
    mkdirSync(path); // no file can take its place
    repeat("1,2", 1000);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(`cannot write ${path}`)]);
    rmSync(path, { recursive: true });
    stop();
    expect((await ended).rows).toBe(1005);
    expect(read("full")).toBe(`x0,x1\n${"1,2\n".repeat(1005)}`);
  });
});
