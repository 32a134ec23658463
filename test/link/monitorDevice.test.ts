import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Device, type DeviceOptions, openDevice } from "../../src/link/device.js";
import type { Line } from "../../src/link/line.js";
import { type MonitorEvent, type MonitorOptions, monitorDevice } from "../../src/link/monitorDevice.js";
import { openProcessLine } from "../../src/link/processDevice.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";
import { ManualClock } from "../support/clock.js";

const directory = temporaryDirectory();
let executable: string;
let device: Device;
/** Of the device alone: it stands still but where a request is lost. */
let clock: ManualClock;

beforeAll(async () => {
  executable = (await compileNetwork("host", "fixture", directory)).elf;
});
afterEach(() => device.close());

function open(change: Partial<Line> = {}, options: DeviceOptions = {}): Device {
  clock = new ManualClock();
  const line = { ...openProcessLine(executable), stolenMs: () => 0, ...change };
  device = openDevice(line, { timeoutMs: 100, clock, ...options });
  return device;
}

/** More than any try waits by the timeout of 100 ms, and less than two. */
const silence = (): void => {
  setImmediate(() => clock.pass(150));
};

async function collect(options: Partial<MonitorOptions>, until: (events: MonitorEvent[]) => boolean) {
  const events: MonitorEvent[] = [];
  const stop = new AbortController();
  const hello = await device.hello();
  for await (const event of monitorDevice({
    device,
    hello,
    intervalMs: 1,
    signal: stop.signal,
    ...options,
  })) {
    events.push(event);
    if (until(events)) stop.abort();
  }
  return events;
}

describe("monitorDevice", () => {
  it("infers the inputs it is given, one after the other, and ends after the count", async () => {
    open();
    let next = 0;
    const events = await collect({ nextInput: () => everyByteInput(next++), count: 3 }, () => false);
    expect(events).toEqual(
      [0, 1, 2].map((start) => ({
        ...{ event: "inference", seconds: expect.any(Number), count: start + 1, missed: 0, ticks: 0 },
        ...{ input: everyByteInput(start), output: fixture.run(everyByteInput(start)) },
      })),
    );
  });

  it("shows what a device infers without it, each once, and how many it did not see", async () => {
    open();
    await device.run(everyByteInput(1)); // before the monitor: the first look shows it
    const events = await collect({}, (seen) => {
      if (seen.length === 1) for (const start of [2, 3, 4]) void device.run(everyByteInput(start));
      if (seen.length === 2) void device.run(everyByteInput(5));
      return seen.length === 3;
    });
    expect(events).toMatchObject([
      { count: 1, missed: 0, input: everyByteInput(1), output: fixture.run(everyByteInput(1)) },
      { count: 4, missed: 2, input: everyByteInput(4), output: fixture.run(everyByteInput(4)) },
      { count: 5, missed: 0, input: everyByteInput(5), output: fixture.run(everyByteInput(5)) },
    ]);
  });

  it("notices that the board has started anew", async () => {
    open();
    await device.run(everyByteInput(1));
    await device.run(everyByteInput(1));
    const events = await collect({}, (seen) => {
      if (seen.length === 1) void device.reset();
      if (seen.length === 2) void device.run(everyByteInput(7));
      return seen.length === 3;
    });
    expect(events).toMatchObject([
      { event: "inference", count: 2 },
      { event: "link", message: "the board has started anew" },
      { event: "inference", count: 1, missed: 0, input: everyByteInput(7) },
    ]);
  });

  it("tells of repeats and of requests given up, and goes on", async () => {
    const line = openProcessLine(executable);
    let writes = 0;
    let silentFrom = Number.POSITIVE_INFINITY;
    open(
      {
        ...line,
        stolenMs: () => 0,
        write: (bytes) => {
          const isDropped = writes === 1 || (writes >= silentFrom && writes < silentFrom + 2);
          writes++;
          if (isDropped) silence();
          else line.write(bytes);
        },
      },
      { tries: 2 },
    );
    await device.hello();
    writes = 0; // hello of collect, then the first run is dropped once, and a later one twice
    const events = await collect({ nextInput: () => everyByteInput() }, (seen) => {
      if (seen.length === 2) silentFrom = writes;
      return seen.length === 4;
    });
    expect(events).toMatchObject([
      { event: "inference" },
      { event: "link", errors: { repeats: 1, lost: 0 } },
      {
        event: "link",
        errors: { repeats: 1, lost: 1 },
        message: expect.stringContaining("no answer to run"),
      },
      { event: "inference" },
    ]);
  });

  it("gives up when nothing answers three times in a row", async () => {
    const line = openProcessLine(executable);
    let isSilent = false;
    open(
      { ...line, stolenMs: () => 0, write: (bytes) => (isSilent ? silence() : line.write(bytes)) },
      { tries: 1 },
    );
    const hello = await device.hello();
    isSilent = true;
    const [seen, before] = [[] as MonitorEvent[], device.statistics.requests];
    const all = (async () => {
      const options = { device, hello, intervalMs: 1, signal: new AbortController().signal };
      for await (const event of monitorDevice(options)) seen.push(event);
    })();
    await expect(all).rejects.toThrow("no answer to the latest inference");
    expect(seen.map(({ event }) => event)).toEqual(["link", "link"]);
    expect(device.statistics.requests - before).toBe(3);
  });
});
