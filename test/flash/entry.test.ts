import { describe, expect, it } from "vitest";
import { entryPresets, readEntry, readLines, runEntry } from "../../src/flash/entry.js";

type Levels = { rts: boolean; dtr: boolean };

/**
 * An adapter wired to a board as the preset's name says. A pin is low when its line is asserted; a transistor inverts.
 * The chip looks at BOOT0 when its reset rises.
 */
function wired(preset: string) {
  const [, boot0Line, resetLine, inverted] = /^(\w+)-boot0-(\w+)-reset(-inverted)?$/.exec(preset)!;
  const level = (lines: Levels, line: string): boolean =>
    (line === "rts" ? lines.rts : lines.dtr) === (inverted !== undefined);
  let isRunning = level({ rts: true, dtr: true }, resetLine);
  const chip = { boots: [] as string[], isHeld: () => !isRunning };
  return {
    chip,
    pause: async () => undefined,
    set: async (lines: { rts?: boolean; dtr?: boolean }) => {
      const { rts = true, dtr = true } = lines;
      const isHigh = level({ rts, dtr }, resetLine);
      if (isHigh && !isRunning) chip.boots.push(level({ rts, dtr }, boot0Line) ? "loader" : "program");
      isRunning = isHigh;
    },
  };
}

describe("entry presets", () => {
  it.each(entryPresets)("%s leads into the loader and out of it", async (preset) => {
    const adapter = wired(preset);
    const { enter, leave } = readEntry(preset);
    await runEntry(enter, adapter, adapter);
    expect([adapter.chip.boots.at(-1), adapter.chip.isHeld()]).toEqual(["loader", false]);
    await runEntry(leave, adapter, adapter);
    expect([adapter.chip.boots.at(-1), adapter.chip.isHeld()]).toEqual(["program", false]);
  });

  it.each(entryPresets)(
    "%s starts the program on a port that was closed and is opened anew",
    async (preset) => {
      const adapter = wired(preset);
      await adapter.set({ rts: false, dtr: false });
      await adapter.set({ rts: true, dtr: true });
      // Alone this is no way to a program: the board is held in reset, or started its loader.
      expect([adapter.chip.boots.at(-1), adapter.chip.isHeld()]).not.toEqual(["program", false]);
      await runEntry(readLines(preset), adapter, adapter);
      expect([adapter.chip.boots.at(-1), adapter.chip.isHeld()]).toEqual(["program", false]);
    },
  );

  it("fail on the wiring that is the other way round", async () => {
    const adapter = wired("rts-boot0-dtr-reset");
    await runEntry(readEntry("rts-boot0-dtr-reset-inverted").enter, adapter, adapter);
    expect([adapter.chip.boots.at(-1), adapter.chip.isHeld()]).not.toEqual(["loader", false]);
  });
});

describe("readEntry", () => {
  it("reads steps as stm32flash does", async () => {
    const { enter, leave } = readEntry("-rts&dtr,,-dtr:rts");
    expect(enter).toEqual([
      { line: "rts", isAsserted: false },
      { line: "dtr", isAsserted: true },
      { pauseMs: 100 },
      { pauseMs: 100 },
      { line: "dtr", isAsserted: false },
    ]);
    expect(leave).toEqual([{ line: "rts", isAsserted: true }]);
    expect(readEntry(":").enter).toEqual([]);
  });

  it("ends a break, and lets the lines beside it be", async () => {
    const set: object[] = [];
    await runEntry(
      readEntry("-dtr,brk").enter,
      { set: async (lines) => void set.push(lines) },
      { pause: async () => undefined },
    );
    expect(set).toEqual([
      { rts: true, dtr: false, brk: false },
      { rts: true, dtr: false, brk: true },
      { rts: true, dtr: false, brk: false },
    ]);
  });

  it.each([
    ["rts-boot0", 'no entry recipe "rts-boot0"'],
    ["rts,gpio4", 'no entry recipe "gpio4" in "rts,gpio4"'],
    ["rts:dtr:rts", 'no entry recipe "rts:dtr:rts"'],
  ])("refuses %s", (text, message) => {
    expect(() => readEntry(text)).toThrow(message);
  });

  it("says so where a port has no such line", async () => {
    const pty = { set: () => Promise.reject(new Error("Inappropriate ioctl")) };
    await expect(runEntry(readEntry("rts").enter, pty)).rejects.toMatchObject({
      message: "the port has no line RTS to set: Inappropriate ioctl",
      hint: "leave --entry out, and bring the board into its loader by hand",
    });
  });
});

describe("readLines", () => {
  it("takes what follows the colon of an entry recipe, or the steps where there is none", () => {
    const steps = [
      { line: "rts", isAsserted: true },
      { line: "dtr", isAsserted: false },
    ];
    expect(readLines("-rts,dtr,-dtr:rts&-dtr")).toEqual(steps);
    expect(readLines("rts&-dtr")).toEqual(steps);
    expect(readLines("rts,dtr:")).toEqual([]);
    expect(() => readLines("rst")).toThrow('no entry recipe "rst"');
  });
});
