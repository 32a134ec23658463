import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Device, type DeviceOptions, openDevice } from "../../src/link/device.js";
import { encodeFrame } from "../../src/link/frame.js";
import type { Line } from "../../src/link/line.js";
import { openProcessDevice, openProcessLine } from "../../src/link/processDevice.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";
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
    write: (bytes) => line.write(sent(bytes, writes++)),
    listen: (onBytes, onBroken) => line.listen((bytes) => onBytes(received(bytes, reads++)), onBroken),
  };
}

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
  const open = (mishaps: Mishaps, options: DeviceOptions = { timeoutMs: 100 }) => {
    device = openDevice(withMishaps(openProcessLine(executable), mishaps), options);
    return device;
  };
  afterEach(() => device.close());

  it("repeats a request that was lost", async () => {
    open({ sent: (bytes, n) => (n === 0 ? new Uint8Array(0) : bytes) });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
    expect(device.statistics).toMatchObject({ requests: 1, retries: 1 });
  });

  it("repeats a request that came broken, which the firmware counts", async () => {
    open({ sent: (bytes, n) => (n === 0 ? changeByte(bytes, 400) : bytes) });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
    expect(device.statistics.retries).toBe(1);
    expect((await device.hello()).brokenFrames).toBe(1);
  });

  it("repeats a layer whose answer came broken, without running it twice", async () => {
    open({ received: (bytes, n) => (n === 1 ? changeByte(bytes, 12) : bytes) });
    await device.runLayer(0, input);
    expect((await device.runLayer(1)).output).toEqual(fixture.run(input));
    expect(device.statistics).toMatchObject({ retries: 1, brokenFrames: 1 });
  });

  it("does not wait for the timeout when a broken answer came", async () => {
    open({ received: (bytes, n) => (n === 0 ? changeByte(bytes, 12) : bytes) }, { timeoutMs: 60_000 });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
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
    device = openDevice({
      ...line,
      listen: (onBytes, onBroken) =>
        line.listen((bytes) => {
          for (const byte of bytes) onBytes(Uint8Array.of(byte));
        }, onBroken),
    });
    expect((await device.run(input)).output).toEqual(fixture.run(input));
  });

  it("waits for the end of a long answer that has begun to come", async () => {
    const line = openProcessLine(executable);
    // Of the answer's 800 bytes the first tenth comes at once; all would take 40 ms at this speed.
    const slow: Line = {
      ...line,
      bytesPerSecond: 20_000,
      listen: (onBytes, onBroken) =>
        line.listen((bytes) => {
          onBytes(bytes.slice(0, 80));
          setTimeout(() => onBytes(bytes.slice(80)), 250);
        }, onBroken),
    };
    device = openDevice(slow, { timeoutMs: 100, tries: 1 });
    expect((await device.runLayer(0, input)).output).toEqual(fixture.invert(input));
    expect(device.statistics.retries).toBe(0);
  });

  it("says so when nothing ever answers", async () => {
    open({ sent: () => new Uint8Array(0) });
    await expect(device.run(input)).rejects.toThrow(
      `no answer to run from ${executable} in 303 ms after 3 tries`,
    );
    await expect(device.run(input)).rejects.toMatchObject({
      hint:
        "check that the board is powered, flashed and wired to this port (its TX to your RX), and reset it; " +
        "where RTS and DTR are wired to it, say so with --lines",
    });
  });

  it("says so when only broken frames answer", async () => {
    open({ received: breakFrames() });
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
    device = openDevice(openProcessLine("/usr/bin/yes"), { timeoutMs: 100 });
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
        const device = openDevice(line, { timeoutMs: 500 });
        line.write(Buffer.concat(noise));
        await expect(device.run(input)).resolves.toMatchObject({ output: fixture.run(input) });
        await device.close();
      }),
      { seed: 4, numRuns: 30 },
    );
  });
});
