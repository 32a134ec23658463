import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.js";
import { InputSource } from "../../src/cli/inputSource.js";
import { type Device, openDevice } from "../../src/link/device.js";
import { openProcessLine } from "../../src/link/processDevice.js";
import { onlyInput } from "../../src/network/ports.js";
import { dequantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { compileNetwork, everyByteInput, temporaryDirectory } from "../firmware/images.js";

const directory = temporaryDirectory();
let device: Device;
afterEach(() => device?.close());

it("record --inputs takes no inference that was made before it began, and each later one once", async () => {
  device = openDevice(openProcessLine((await compileNetwork("host", "fixture", directory)).elf));
  const hello = await device.hello();
  await device.run(everyByteInput(1)); // of another program, long ago
  const stop = new AbortController();
  let looks = 0;
  const looking: Device = Object.assign(Object.create(device) as Device, {
    latest: async (network: Parameters<Device["latest"]>[0]) => {
      const latest = await device.latest(network);
      looks++;
      if (looks === 3 || looks === 6) await device.run(everyByteInput(looks));
      if (looks === 9) stop.abort();
      return latest;
    },
  });
  const source = new InputSource({ device: looking, hello, intervalMs: 1, clock: systemClock });
  await source.run(stop.signal, () => undefined);
  const input = onlyInput(hello.network);
  expect(source.rows.map(({ cells }) => cells.map(Number))).toEqual(
    [3, 6].map((start) => [...dequantizeTensor(everyByteInput(start), input)]),
  );
});
