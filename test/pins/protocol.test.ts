import { beforeAll, describe, expect, it } from "vitest";
import { encodeFrame, encodeWithCrc, type Frame, FrameDecoder } from "../../src/link/frame.js";
import type { Line } from "../../src/link/line.js";
import { decodeAnswer, encodeAnswer } from "../../src/link/messages.js";
import {
  type DevicePins,
  decodeDevicePins,
  decodePinReadings,
  encodeDevicePins,
  encodePinReadings,
  encodeWritePin,
} from "../../src/link/pinMessages.js";
import { openProcessLine } from "../../src/link/processDevice.js";
import { temporaryDirectory } from "../firmware/images.js";
import { hex, readExamples } from "../link/protocolExamples.js";
import { compileExample } from "./exampleFirmware.js";

const directory = temporaryDirectory();

let executable: string;
beforeAll(async () => {
  executable = await compileExample(directory);
});

describe("the pin examples of PROTOCOL.md", () => {
  const examples = readExamples("pins");
  const pins: DevicePins = {
    ...{ everyMs: 5, timing: 0x11 },
    inputs: [
      { pin: 0x00, kind: "digital", isActiveLow: false },
      { pin: 0x01, kind: "digital", isActiveLow: true },
      { pin: 0x02, kind: "analog", isActiveLow: false },
      { pin: 0x2d, kind: "digital", isActiveLow: false },
    ],
    outputs: [
      { pin: 0x05, kind: "threshold", isActiveLow: false, element: 0 },
      { pin: 0x06, kind: "class", isActiveLow: true, element: 1 },
    ],
  };
  const nothing = new Uint8Array(0);
  const asked = {
    describe: { type: 0x20, status: 0, id: 1, payload: nothing },
    write: { type: 0x22, status: 0, id: 2, payload: encodeWritePin(2, 4095) },
    beyond: { type: 0x22, status: 0, id: 3, payload: encodeWritePin(6, 1) },
    tooLarge: { type: 0x22, status: 0, id: 4, payload: encodeWritePin(2, 4096) },
  } as const satisfies Record<string, Frame>;
  const answer = (request: Frame, status: number, payload: Uint8Array): Frame => ({
    ...{ type: request.type | 0x80, status, id: request.id },
    payload: encodeAnswer(payload, encodeWithCrc(request).crc),
  });
  const meanings: readonly (readonly [string, Frame])[] = [
    ["describe request", asked.describe],
    ["describe answer", answer(asked.describe, 0, encodeDevicePins(pins))],
    ["write request", asked.write],
    ["write answer", answer(asked.write, 0, nothing)],
    ["write request beyond the last pin", asked.beyond],
    ["write answer beyond the last pin", answer(asked.beyond, -6, nothing)],
    ["write request of a value that is too large", asked.tooLarge],
    ["write answer of a value that is too large", answer(asked.tooLarge, -7, nothing)],
  ];

  it("are what the host encodes and decodes", () => {
    expect([...examples.keys()]).toEqual(meanings.map(([name]) => name));
    for (const [name, frame] of meanings) {
      expect([name, hex(encodeFrame(frame))]).toEqual([name, hex(examples.get(name)!)]);
      expect(new FrameDecoder().push(examples.get(name)!)).toEqual([frame]);
    }
    expect(decodeDevicePins(decodeAnswer(meanings[1]![1].payload).payload)).toEqual(pins);
  });

  it("are what the firmware answers, byte for byte", async () => {
    const line = openProcessLine(executable);
    const received = collect(line);
    for (let i = 0; i < meanings.length; i += 2) {
      line.write(examples.get(meanings[i]![0])!);
      const answer = examples.get(meanings[i + 1]![0])!;
      expect(hex(await received.take(answer.length))).toBe(hex(answer));
    }
    await line.close();
  });

  it("leave numbers as they are on their way", () => {
    const readings = {
      ...{ rounds: 0x01020304, ticks: 77 },
      pins: [
        { level: 1, isSet: true, reading: 4095, value: -128 },
        { level: 0, isSet: false, reading: 1, value: 32767 },
      ],
    };
    expect(decodePinReadings(encodePinReadings(readings))).toEqual(readings);
  });
});

/** Bytes of a line as they are asked for. */
function collect(line: Line): { take(count: number): Promise<Uint8Array> } {
  let bytes = Buffer.alloc(0);
  let wake: () => void = () => undefined;
  line.listen(
    (more) => {
      bytes = Buffer.concat([bytes, more]);
      wake();
    },
    () => undefined,
  );
  return {
    take: async (count) => {
      while (bytes.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const taken = bytes.subarray(0, count);
      bytes = bytes.subarray(count);
      return taken;
    },
  };
}
