import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withTextProtocol } from "../../src/board/boards.js";
import type { Device } from "../../src/link/device.js";
import { openProcessDevice, openProcessLine } from "../../src/link/processDevice.js";
import { TextDevice } from "../../src/link/textDevice.js";
import { changePins, expectPins, namesOf } from "../../src/pins/devicePins.js";
import { compileNetwork, temporaryDirectory } from "../firmware/images.js";
import { HostClock } from "../support/hostClock.js";
import { compileExample, runExample } from "./exampleFirmware.js";

const directory = temporaryDirectory();
const textDirectory = temporaryDirectory();
const ROUND_MS = 5;
const LENT_MS = 3000;

let executable: string;
let clock: HostClock;
beforeAll(async () => {
  executable = await compileExample(directory);
  clock = new HostClock(directory);
});
afterAll(() => clock?.close());

describe("firmware with pins", () => {
  let device: Device;
  beforeAll(() => {
    clock.pass(1); // for the first round
    device = openProcessDevice(executable);
  });
  afterAll(() => device.close());

  /** The pins after so many rounds more. */
  const roundsLater = async (rounds: number) => {
    const start = (await device.readPins()).rounds;
    clock.pass(rounds * ROUND_MS);
    const readings = await device.readPins();
    expect(readings.rounds).toBe(start + rounds);
    return readings;
  };
  const set = async (...values: number[]) => {
    for (const [index, value] of values.entries()) await device.setPin(index, value);
    return roundsLater(6);
  };

  it("starts with every input at its pull, and decides before anyone asks", async () => {
    const { rounds, pins } = await roundsLater(0);
    expect(rounds).toBe(1);
    // PA0 low: off -20; PA1 low: on 8; PA2 at 0: -128; PC13 pulled up: on 2
    expect(pins.slice(0, 4).map(({ level, value }) => [level, value])).toEqual([
      ...[
        [0, -20],
        [0, 8],
        [0, -128],
        [1, 2],
      ],
    ]);
    // -20 ^ -128 = 108, at least 9; 8 ^ 2 = 10 is no larger than that, so class 0, and PA6 is low for class 1
    expect(pins.slice(4).map(({ level, reading, value }) => [level, reading, value])).toEqual([
      ...[
        [1, 1, 108],
        [1, 0, 10],
      ],
    ]);
  });

  it("runs the network on what the pins say", async () => {
    const values = [
      [0, 1].map((level) => (level === 1 ? 20 : -20)),
      [0, 1].map((level) => (level === 1 ? -6 : 8)),
      [0, 1000, 4095].map((raw) => Math.round((-64 + (127.5 * raw) / 4095) / 0.5)),
      [0, 1].map((level) => (level === 1 ? 2 : 0)),
    ] as const;
    for (const [a, b, c, d] of [
      [0, 0, 0, 0],
      [1, 0, 1, 1],
      [1, 1, 2, 0],
      [0, 1, 1, 1],
    ] as const) {
      const { pins } = await set(a, b, [0, 1000, 4095][c]!, d);
      const input = [values[0][a]!, values[1][b]!, values[2][c]!, values[3][d]!];
      expect(pins.slice(0, 4).map(({ value }) => value)).toEqual(input);
      expect(pins.slice(4).map(({ value }) => value)).toEqual(runExample(input));
    }
  });

  it("switches with hysteresis: on from 9, off below 5, and keeps what it was between", async () => {
    // x0 = 20; the ADC chooses x2 so that x0 ^ x2 is what is wanted
    const drive = async (output: number) => {
      const raw = Math.round((((20 ^ output) * 0.5 + 64) * 4095) / 127.5);
      const { pins } = await set(1, 1, raw, 0);
      expect(pins[4]!.value).toBe(output);
      return pins[4]!.reading;
    };
    const found = [];
    for (const output of [4, 5, 8, 9, 8, 5, 4, 8]) found.push(await drive(output));
    expect(found).toEqual([0, 0, 0, 1, 1, 1, 0, 0]);
  });

  it("waits until a switch was steady: 20 ms are four readings", async () => {
    await set(0, 1, 0, 0);
    await device.setPin(0, 1);
    const seen = [];
    for (let i = 0; i < 6; i++) seen.push((await roundsLater(1)).pins[0]!.reading);
    expect(seen).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it("drives an output as the host set it, and decides again when it is given back", async () => {
    await set(0, 1, 0, 0);
    const decided = (await roundsLater(2)).pins[4]!;
    await device.setPin(4, 1 - decided.level);
    expect((await roundsLater(2)).pins[4]).toEqual({ ...decided, level: 1 - decided.level, isSet: true });
    await device.setPin(4, undefined);
    expect((await roundsLater(2)).pins[4]).toEqual(decided);
  });

  it("refuses pins and values that are not there, and changes nothing", async () => {
    const before = (await roundsLater(2)).pins;
    await expect(device.setPin(6, 0)).rejects.toThrow("refused set pin 6: no such pin (-6)");
    await expect(device.setPin(255, undefined)).rejects.toThrow("no such pin (-6)");
    await expect(device.setPin(0, 2)).rejects.toThrow("a value the pin cannot have (-7)");
    await expect(device.setPin(2, 4096)).rejects.toThrow("a value the pin cannot have (-7)");
    await expect(device.setPin(5, 65535)).rejects.toThrow("a value the pin cannot have (-7)");
    expect((await roundsLater(2)).pins).toEqual(before);
  });

  it("answers runs over the link with the host's own input, while the pins go on", async () => {
    const start = (await device.readPins()).rounds;
    for (let i = 0; i < 300; i++) {
      const input = Int8Array.of(i, 3 * i, 7 * i, 11 * i);
      expect([...(await device.run(input)).output]).toEqual(runExample(input));
      clock.pass(1);
    }
    expect((await device.readPins()).rounds).toBe(start + 300 / ROUND_MS);
  });

  it("tells what the pins inferred last as it tells runs", async () => {
    const { network } = await device.hello();
    await set(1, 0, 1000, 1);
    const { rounds, pins } = await roundsLater(1);
    const first = (await device.latest(network))!;
    expect(first.count).toBeGreaterThanOrEqual(rounds); // runs over the link are among them
    expect([...first.input]).toEqual(pins.slice(0, 4).map(({ value }) => value));
    expect([...first.output]).toEqual(pins.slice(4).map(({ value }) => value));
    await roundsLater(3);
    expect((await device.latest(network))!.count).toBe(first.count + 3);
  });

  it("leaves the network alone while its layers run one by one", async () => {
    const input = Int8Array.of(1, 2, 3, 4);
    await device.runLayer(0, input);
    const { rounds } = await device.readPins();
    clock.pass(10 * ROUND_MS);
    expect((await device.readPins()).rounds).toBe(rounds);
    expect([...(await device.runLayer(1)).output]).toEqual(runExample(input));
    expect((await device.readPins()).rounds).toBe(rounds);
    expect([...(await device.run(input)).output]).toEqual(runExample(input));
    await roundsLater(1);
  });

  it("changes pins by name", async () => {
    const pins = await expectPins(device);
    expect(namesOf(pins)).toEqual(["PA0", "PA1", "PA2", "PC13", "PA5", "PA6"]);
    await changePins(device, pins, ["PC13=0", "PA2=77"], ["PA0"]);
    const { pins: found } = await roundsLater(2);
    expect([found[3]!.level, found[2]!.reading, found[0]!.isSet]).toEqual([0, 77, false]);
    await expect(changePins(device, pins, ["PB9=1"], [])).rejects.toMatchObject({
      message: "the firmware has no pin PB9",
      hint: "it has PA0, PA1, PA2, PC13, PA5, PA6",
    });
    await expect(changePins(device, pins, ["PA0=2"], [])).rejects.toMatchObject({
      message: "--set PA0=2: pin PA0 takes 0 to 1",
      hint: "for example --set PA0=1",
    });
    await expect(changePins(device, pins, ["PA2=x"], [])).rejects.toThrow("pin PA2 takes 0 to 4095");
  });
});

describe("a host that goes silent in the midst of a request", () => {
  it("keeps the pins for 3 s, and what they overwrite is not given out as the next layer", async () => {
    const device = openProcessDevice(executable);
    await device.runLayer(0, Int8Array.of(1, 2, 3, 4));
    const { rounds } = await device.readPins();
    clock.pass(LENT_MS - 1);
    expect((await device.readPins()).rounds).toBe(rounds);
    clock.pass(1);
    expect((await device.readPins()).rounds).toBe(rounds + 1);
    await expect(device.runLayer(1)).rejects.toThrow("layer or step out of order (-4)");
    await device.close();
  });
});

describe("firmware with pins and the text protocol of MLPerf Tiny", () => {
  it("keeps what is loaded, infers it as often as it is told, and goes on with its pins", async () => {
    const elf = await compileExample(textDirectory, withTextProtocol);
    const text = new TextDevice(openProcessLine(elf));
    expect(await text.greet()).toBe("dut-[pinfer]");
    const input = Uint8Array.of(0xc0, 0xdb, 1, 0x7f);
    await text.load(input);
    const expected = runExample(Int8Array.from(input)).map((value) => String(0.25 * (value + 1)));
    for (let i = 0; i < 20; i++) {
      expect((await text.infer(3, 1)).results.map((result) => String(Number(result)))).toEqual(expected);
    }
    await text.close();

    const device = openProcessDevice(elf);
    const hello = await device.hello();
    clock.pass(2 * ROUND_MS);
    expect((await device.readPins()).rounds).toBe(3);
    expect((await device.latest(hello.network))!.count).toBe(3);
    await device.close();
  });
});

describe("firmware without pins", () => {
  it("says so", async () => {
    const { elf } = await compileNetwork("host", "exampleNetwork", join(directory, "bare"));
    const device = openProcessDevice(elf);
    expect(await device.describePins()).toBeUndefined();
    await expect(expectPins(device)).rejects.toMatchObject({
      message: `the firmware on ${elf} has no pins`,
      hint: "give the experiment `pins: { inputs: [ … ], outputs: [ … ] }`, train, export, build and flash again",
    });
    await device.close();
  });
});
