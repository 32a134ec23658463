import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { findBoard } from "../../src/board/boards.js";
import { expectRows } from "../../src/cli/inputSource.js";
import type { Device } from "../../src/link/device.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { PinController } from "../../src/pins/pinController.js";
import { planPins } from "../../src/pins/planPins.js";
import { WindowController } from "../../src/pins/windowController.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { HostClock } from "../support/hostClock.js";
import { compileWindows, windowNetwork, windowPins } from "./windowFirmware.js";

const directory = temporaryDirectory();
const program = planProgram(windowNetwork);
const plan = planPins(windowPins, program, findBoard("host"));
const EVERY_MS = 10;
const FED_MS = 3000;

/** A lever that swings and a switch that bounces: [moments][lever, switch]. */
function drawReadings(moments: number): number[][] {
  const random = new Random(5);
  let level = 0;
  return Array.from({ length: moments }, (_, moment) => {
    if (random.uniform() < 0.3) level = 1 - level;
    const swing = 2048 + 1500 * Math.sin(moment / 7) + 500 * random.normal();
    return [Math.min(4095, Math.max(0, Math.round(swing))), level];
  });
}

describe("firmware with windows", () => {
  let device: Device;
  let clock: HostClock;
  beforeAll(async () => {
    const executable = await compileWindows(directory);
    clock = new HostClock(directory);
    device = openProcessDevice(executable);
  });
  afterAll(async () => {
    await device?.close();
    clock?.close();
  });

  it("decides on every moment as the host does, byte by byte", async () => {
    const host = new WindowController(plan, program);
    const { network } = await device.hello();
    let levels: readonly number[] = [0, 1, 0]; // all off
    const seen = new Set<string>();
    let windows = 0;
    for (const [position, readings] of drawReadings(300).entries()) {
      const expected = host.step(readings);
      const found = await device.takeMoment(position, readings);
      levels = expected?.levels ?? levels;
      windows += expected === undefined ? 0 : 1;
      expect(found).toEqual({
        ...{ moments: position + 1, inferred: windows, levels },
        ...{ output: expected?.output, average: expected?.average },
      });
      seen.add(levels.join());
      if (expected !== undefined) expect((await device.latest(network))!.input).toEqual(expected.input);
    }
    expect(windows).toBe(148); // (300 − 5) / 2 + 1
    expect(seen.size).toBeGreaterThan(3);
  });

  it("answers a moment again that was asked again, and takes it once", async () => {
    const first = await device.takeMoment(0, [100, 1]);
    expect(await device.takeMoment(0, [100, 1])).toEqual(first);
    for (let position = 1; position < 5; position++) await device.takeMoment(position, [4095, 0]);
    const fifth = await device.takeMoment(4, [0, 0]);
    expect(fifth).toMatchObject({ moments: 5, inferred: 1, average: undefined });
    expect(fifth.output).toHaveLength(3);
    expect(await device.describeWindows()).toEqual({
      ...{ window: 5, hop: 2, average: 3, wins: 2, of: 4 },
      ...{ moments: 5, inferred: 1, leftOut: 0, lost: 0 },
    });
  });

  it("refuses moments out of order and readings a pin cannot have, and changes nothing", async () => {
    await expect(device.takeMoment(6, [0, 0])).rejects.toMatchObject({
      message: `${device.name} refused moment 6: it does not follow the latest one (-4)`,
      hint: "the board takes moments by its own clock again 3 s after the latest request: begin with moment 0",
    });
    await expect(device.takeMoment(5, [4096, 0])).rejects.toThrow("a value the pin cannot have (-7)");
    await expect(device.takeMoment(5, [0, 2])).rejects.toThrow("a value the pin cannot have (-7)");
    expect(await device.describeWindows()).toMatchObject({ moments: 5, inferred: 1 });
    expect(await device.takeMoment(5, [undefined, undefined])).toMatchObject({ moments: 6 });
    const { pins } = await device.readPins();
    expect(pins.slice(0, 2).map(({ reading }) => reading)).toEqual([4095, 0]); // as they were set
  });

  it("holds its clock while the host brings moments, and begins anew 3 s after the last", async () => {
    clock.pass(FED_MS - EVERY_MS);
    expect(await device.describeWindows()).toMatchObject({ moments: 6 });
    clock.pass(5 * EVERY_MS);
    const { moments } = (await device.describeWindows())!;
    expect([4, 5]).toContain(moments);
    await expect(device.takeMoment(moments, [0, 0])).rejects.toThrow("does not follow");
  });

  it("is not recorded: its inputs are no rows", async () => {
    await expect(expectRows(device)).rejects.toMatchObject({
      message: `the network on ${device.name} takes windows of 5 moments: they are no rows of a recording`,
      hint: "record with firmware of a network that takes one moment, or the lines of a firmware that prints them",
    });
  });

  it("reads its pins by the clock and infers each whole window", async () => {
    const host = new WindowController(plan, program);
    const now = async () => (await device.describeWindows())!;
    const start = await now();
    clock.pass(100 * EVERY_MS);
    const { moments, inferred, leftOut, lost } = await now();
    expect(moments).toBe(start.moments + 100);
    expect(inferred).toBe(Math.floor((moments - 5) / 2) + 1);
    expect([leftOut, lost]).toEqual([0, 0]);
    const { rounds, pins } = await device.readPins();
    expect(rounds).toBe(moments);
    const last = Array.from({ length: moments }, () => host.step([4095, 0])).findLast(
      (decision) => decision !== undefined,
    )!;
    expect(pins.slice(2).map(({ level }) => level)).toEqual(last.levels);
    expect(pins.slice(2).map(({ value }) => value)).toEqual([0, 2, 1].map((i) => last.average![i]));
  });

  it("goes on reading while a request has the network, and counts the windows that it could not infer", async () => {
    const before = (await device.describeWindows())!;
    await device.runLayer(0, new Int8Array(10));
    clock.pass(40 * EVERY_MS);
    const meanwhile = (await device.describeWindows())!;
    expect(meanwhile).toMatchObject({ moments: before.moments + 40, inferred: before.inferred });
    expect(meanwhile.leftOut).toBe(before.leftOut + 19); // of 20 the first waits
    await device.run(new Int8Array(10));
    clock.pass(1);
    expect(await device.describeWindows()).toMatchObject({ inferred: before.inferred + 1 });
  });
});

describe("a controller", () => {
  it("is of plans with windows, the other of plans without", () => {
    const { windows, ...plain } = plan;
    expect(() => new PinController(plan, program)).toThrow("a plan with windows is for a WindowController");
    expect(() => new WindowController(plain, program)).toThrow(
      "a plan without windows is for a PinController",
    );
  });
});
