import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Device, type DeviceOptions, openDevice } from "../../src/link/device.js";
import { encodeFrame } from "../../src/link/frame.js";
import type { Line } from "../../src/link/line.js";
import { openProcessDevice, openProcessLine } from "../../src/link/processDevice.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";
import { ManualClock } from "../support/clock.js";
import { describeDevice } from "./describeDevice.js";

const directory = temporaryDirectory();
const input = everyByteInput();
let executable: string;

beforeAll(async () => {
  executable = (await compileNetwork("host", "fixture", directory)).elf;
});

describeDevice("host firmware", async () => ({
  device: openProcessDevice(executable),
  boardId: "host",
  stop: async () => undefined,
}));

if (process.env.TEST_PORT) {
  describeDevice("hardware at TEST_PORT, flashed with the fixture", async () => ({
    device: await openSerialDevice(process.env.TEST_PORT!),
    boardId: process.env.TEST_BOARD ?? "olimex-stm32-h405",
    stop: async () => undefined,
  }));
}

/** What happens to the writes and reads that pass; the n-th of each, from 0. */
interface Mishaps {
  sent?: (bytes: Uint8Array, n: number) => Uint8Array;
  received?: (bytes: Uint8Array, n: number) => Uint8Array;
}

function withMishaps(line: Line, { sent = (bytes) => bytes, received = (bytes) => bytes }: Mishaps): Line {
  let writes = 0;
  let reads = 0;
  return {
    ...line,
    stolenMs: () => 0,
    write: (bytes) => line.write(sent(bytes, writes++)),
    listen: (onBytes, onBroken) => line.listen((bytes) => onBytes(received(bytes, reads++)), onBroken),
  };
}

/** From a request of some hundred bytes to its repeat, by a timeout of 100 ms: 1 ms more, for the bytes on a pipe. */
const TRY_MS = 101;

const same = (bytes: Uint8Array): Uint8Array => bytes;

function changeByte(bytes: Uint8Array, position: number): Uint8Array {
  const changed = bytes.slice();
  changed[position]! ^= 0x10;
  return changed;
}

/** Changes the first byte of every frame, however the bytes come torn or joined. */
function breakFrames(): (bytes: Uint8Array) => Uint8Array {
  let latest = 0;
  return (bytes) =>
    bytes.map((byte) => {
      const isFirst = latest === 0xc0 && byte !== 0xc0;
      latest = byte;
      return isFirst ? byte ^ 1 : byte;
    });
}

describe("a device on a bad line", () => {
  let device: Device;
  let clock: ManualClock;
  const open = (
    mishaps: Mishaps,
    { line = openProcessLine(executable), ...options }: DeviceOptions & { line?: Line } = {},
  ) => {
    clock = new ManualClock();
    device = openDevice(withMishaps(line, mishaps), { timeoutMs: 100, clock, ...options });
    return device;
  };
  /** The device has nothing to answer to the bytes: time passes, which it does at no other moment. */
  const silentAt = (bytes: Uint8Array, milliseconds = TRY_MS): Uint8Array => {
    setImmediate(() => clock.pass(milliseconds));
    return bytes;
  };
  afterEach(() => device.close());

  it("repeats a request that was lost", async () => {
    open({ sent: (bytes, n) => (n === 0 ? silentAt(new Uint8Array(0)) : bytes) });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
    expect(device.statistics).toMatchObject({ requests: 1, retries: 1 });
  });

  it("repeats a request that came broken, which the firmware counts", async () => {
    open({ sent: (bytes, n) => (n === 0 ? silentAt(changeByte(bytes, 400)) : bytes) });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
    expect(device.statistics.retries).toBe(1);
    expect((await device.hello()).brokenFrames).toBe(1);
  });

  it("repeats a layer whose answer came broken, without running it twice", async () => {
    open({ received: (bytes, n) => (n === 1 ? silentAt(changeByte(bytes, 12)) : bytes) });
    await device.runLayer(0, input);
    expect((await device.runLayer(1)).output).toEqual(fixture.run(input));
    expect(device.statistics).toMatchObject({ retries: 1, brokenFrames: 1 });
  });

  it("does not wait for the timeout when a broken answer came", async () => {
    const received = (bytes: Uint8Array, n: number) =>
      n === 0 ? silentAt(changeByte(bytes, 12), 200) : bytes;
    open({ received }, { timeoutMs: 60_000 });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
    expect(device.statistics).toMatchObject({ retries: 1, brokenFrames: 1 });
  });

  it("takes a doubled request's second answer for nobody's", async () => {
    open({ sent: (bytes) => new Uint8Array(Buffer.concat([bytes, bytes])) });
    await device.run(input);
    expect((await device.run(everyByteInput(5))).output).toEqual(fixture.run(everyByteInput(5)));
    await device.hello();
    expect(device.statistics.unexpectedFrames).toBeGreaterThanOrEqual(1);
  });

  it("reads answers that come byte by byte", async () => {
    const line = openProcessLine(executable);
    const torn: Line = {
      ...line,
      listen: (onBytes, onBroken) =>
        line.listen((bytes) => {
          for (const byte of bytes) onBytes(Uint8Array.of(byte));
        }, onBroken),
    };
    open({}, { line: torn });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
    expect(device.statistics.retries).toBe(0);
  });

  it("waits for the end of a long answer that has begun to come", async () => {
    const line = openProcessLine(executable);
    // Request and answer have 800 bytes: 40 ms each at this speed, so a try waits 100 + 2·40 ms. The first tenth of the
    // answer comes at once; from then on it may take as long as a try and 2·40 ms.
    const slow: Line = {
      ...line,
      bytesPerSecond: 20_000,
      listen: (onBytes, onBroken) =>
        line.listen((bytes) => {
          onBytes(bytes.slice(0, 80));
          clock.pass(250);
          onBytes(bytes.slice(80));
        }, onBroken),
    };
    open({}, { line: slow, tries: 1 });
    expect((await device.runLayer(0, input)).output).toEqual(fixture.invert(input));
    expect(device.statistics.retries).toBe(0);
  });

  it("says so when nothing ever answers", async () => {
    open({ sent: () => silentAt(new Uint8Array(0)) });
    await expect(device.run(input)).rejects.toThrow(
      `no answer to run from ${executable} in 303 ms after 3 tries`,
    );
    expect(clock.now()).toBe(303);
    await expect(device.run(input)).rejects.toMatchObject({
      hint:
        "check that the board is powered, flashed and wired to this port (its TX to your RX), and reset it; " +
        "where RTS and DTR are wired to it, say so with --lines",
    });
  });

  it("says so when only broken frames answer", async () => {
    const breaking = breakFrames();
    const received = (bytes: Uint8Array) => (bytes.at(-1) === 0xc0 ? silentAt : same)(breaking(bytes));
    open({ received });
    await expect(device.run(input)).rejects.toThrow(
      `no whole answer to run from ${executable} after 3 tries; 3 broken frames came`,
    );
  });

  it("refuses a device of another protocol version", async () => {
    open({
      received: () => encodeFrame({ type: 0x81, status: 0, id: 1, payload: Uint8Array.of(5, 0, 9, 9, 9) }),
    });
    await expect(device.hello()).rejects.toThrow(
      "the device speaks protocol version 5, this pinfer speaks 4",
    );
  });

  it("says of one of an older version that its firmware is to be renewed", async () => {
    open({
      received: () => encodeFrame({ type: 0x81, status: 0, id: 1, payload: Uint8Array.of(3, 0, 9, 9, 9) }),
    });
    await expect(device.hello()).rejects.toMatchObject({
      message: "the device speaks protocol version 3, this pinfer speaks 4",
      hint: "the firmware is older: export, build and flash it again with this version of pinfer",
    });
  });

  it("calls a device dead that is busy for ever with something else", async () => {
    open({ received: (bytes) => silentAt(bytes, 10) }, { line: openProcessLine("/usr/bin/yes") });
    await expect(device.run(input)).rejects.toThrow("no answer to run from /usr/bin/yes");
  });

  it("tells how the process behind it ended", async () => {
    device = openProcessDevice("/bin/false");
    await expect(device.hello()).rejects.toThrow("/bin/false ended with code 1");
  });

  it("tells that there is no such process", async () => {
    device = openProcessDevice("/no/such/firmware");
    await expect(device.hello()).rejects.toThrow("cannot start /no/such/firmware");
  });
});

describe("the firmware under the sanitizers", () => {
  it("survives whatever comes, and then answers", async () => {
    const anyBytes = fc.uint8Array({ maxLength: 300 });
    const nearlyFrame = fc
      .record({
        type: fc.integer({ min: 0, max: 8 }),
        status: fc.constant(0),
        id: fc.constant(0),
        payload: fc.oneof(anyBytes, fc.constant(new Uint8Array(788))),
      })
      .filter(({ type }) => type !== 5)
      .chain((frame) => fc.nat(400).map((position) => changeByte(encodeFrame(frame), position)));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(anyBytes, nearlyFrame), { maxLength: 40 }), async (noise) => {
        const line = openProcessLine(executable);
        const device = openDevice(line, { clock: new ManualClock() }); // which never moves: the first try is enough
        line.write(Buffer.concat(noise));
        await expect(device.run(input)).resolves.toMatchObject({ output: fixture.run(input) });
        expect(device.statistics.retries).toBe(0);
        await device.close();
      }),
      { seed: 4, numRuns: 30 },
    );
  });
});
