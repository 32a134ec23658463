import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeDescription } from "../../src/link/description.js";
import type { Device } from "../../src/link/device.js";
import { PROTOCOL_VERSION } from "../../src/link/messages.js";
import { everyByteInput, fixture } from "../firmware/images.js";

export interface DeviceUnderTest {
  readonly device: Device;
  readonly boardId: string;
  /** Where the device says its network description starts; undefined where the test cannot know. */
  readonly descriptionAddress?: number;
  stop(): Promise<void>;
}

/**
 * What holds for every device that runs the fixture network: the host firmware, the emulator, hardware.
 *
 * @param create opens the device; called once
 */
export function describeDevice(name: string, create: () => Promise<DeviceUnderTest>): void {
  describe(name, () => {
    let under: DeviceUnderTest;
    let device: Device;
    const input = everyByteInput();

    beforeAll(async () => {
      under = await create();
      device = under.device;
    });
    afterAll(async () => {
      await device?.close();
      await under?.stop();
    });

    it("says who it is and which network it carries", async () => {
      const hello = await device.hello();
      expect(hello).toMatchObject({
        protocolVersion: PROTOCOL_VERSION,
        boardId: under.boardId,
        receiveOverruns: 0,
      });
      expect(hello.network).toEqual({
        hash: fixture.hash,
        name: "fixture",
        inputs: [
          {
            name: "input",
            border: "float32",
            elementType: "int8",
            shape: [28, 28, 1],
            quantization: { scale: 1 / 256, zeroPoint: -128 },
          },
        ],
        outputs: [
          {
            name: "output",
            border: "float32",
            elementType: "int8",
            shape: [10],
            quantization: { scale: 0.5, zeroPoint: 3 },
          },
        ],
        stateBytes: 0,
        arenaBytes: 1568,
        macs: 0,
        layerNames: ["invert", "fold"],
      });
    });

    it("runs the network on any bytes", async () => {
      for (const start of [0, 1, 77]) {
        const { output } = await device.run(everyByteInput(start));
        expect(output).toEqual(fixture.run(everyByteInput(start)));
      }
    });

    it("runs layer after layer, and their last output is the network's", async () => {
      expect((await device.runLayer(0, input)).output).toEqual(fixture.invert(input));
      expect((await device.runLayer(1)).output).toEqual(fixture.run(input));
    });

    it("counts the same ticks whenever it runs the same input, if it counts at all", async () => {
      const { counterKind } = await device.hello();
      const ticks = [(await device.run(input)).ticks, (await device.run(input)).ticks];
      if (counterKind === "none") expect(ticks).toEqual([0, 0]);
      else expect(ticks[0]).toBeGreaterThan(fixture.inputBytes);
      if (counterKind === "instructions") expect(ticks[1]).toBe(ticks[0]);
    });

    it("answers a layer again without running it, so a repeat changes nothing", async () => {
      const first = await device.runLayer(0, input);
      const answers = [await device.runLayer(1), await device.runLayer(1)];
      expect(answers[1]!.output).toEqual(answers[0]!.output);
      expect(answers[1]!.ticks).toBe(answers[0]!.ticks);
      expect((await device.runLayer(0, input)).output).toEqual(first.output);
    });

    it("refuses layers out of order", async () => {
      await device.run(input);
      await expect(device.runLayer(1)).rejects.toThrow(
        `${device.name} refused run layer 1: layer or step out of order (-4); 8 payload bytes were sent`,
      );
      await device.runLayer(0, input);
      await device.runLayer(1);
      await expect(device.runLayer(2)).rejects.toThrow("no such layer (-3)");
    });

    it("refuses inputs of a wrong size", async () => {
      const refusal = "payload of a wrong size (-2)";
      await expect(device.run(input.subarray(1))).rejects.toThrow(
        `${device.name} refused run: payload of a wrong size (-2); 783 payload bytes were sent`,
      );
      await expect(device.run(new Int8Array(5000))).rejects.toThrow(refusal);
      await expect(device.runLayer(0)).rejects.toThrow(refusal);
      await device.runLayer(0, input);
      await expect(device.runLayer(1, input)).rejects.toThrow(refusal);
      expect((await device.run(input)).output).toEqual(fixture.run(input));
    });

    it("sums memory, and only its own", async () => {
      const { network, imageAddress, imageBytes } = await device.hello();
      const description = encodeDescription(network);
      if (imageBytes === 0) {
        expect(await device.memoryChecksum(0, description.length)).toBe(crc32(description));
      } else {
        const sum = await device.memoryChecksum(imageAddress, imageBytes);
        expect(sum).toBe(await device.memoryChecksum(imageAddress, imageBytes));
      }
      expect(await device.memoryChecksum(imageAddress, 0)).toBe(0);
      await expect(device.memoryChecksum(0xfffffff0, 32)).rejects.toThrow(
        "address outside flash and RAM (-5)",
      );
    });

    it("answers requests in the order they were made", async () => {
      const inputs = [3, 1, 2].map((start) => everyByteInput(start));
      const results = await Promise.all(inputs.map((each) => device.run(each)));
      expect(results.map(({ output }) => output)).toEqual(inputs.map(fixture.run));
    });

    it("tells the latest inference, though layers ran on the arena after it", async () => {
      const { network } = await device.hello();
      const before = (await device.latest(network))!.count;
      const { ticks } = await device.run(input);
      await device.runLayer(0, everyByteInput(9));
      const output = fixture.run(input);
      expect(await device.latest(network)).toEqual({ count: before + 1, ticks, input, output });
      await device.reset();
      expect(await device.latest(network)).toBeUndefined();
    });

    it("starts anew", async () => {
      await device.runLayer(0, input);
      await device.reset();
      expect((await device.hello()).boardId).toBe(under.boardId);
      await expect(device.runLayer(1)).rejects.toThrow("layer or step out of order (-4)");
    });

    it("sends no more than what the statistics say", async () => {
      const before = device.statistics;
      await device.run(input);
      const after = device.statistics;
      expect(after.requests - before.requests).toBe(1);
      expect(after.payloadBytesSent - before.payloadBytesSent).toBe(fixture.inputBytes);
      expect(after.payloadBytesReceived - before.payloadBytesReceived).toBe(4 + fixture.outputBytes);
      // 14 bytes of frame, and the input's C0 and DB are two bytes each.
      const escaped = input.filter((value) => value === -64 || value === -37).length;
      expect(after.bytesSent - before.bytesSent).toBeGreaterThanOrEqual(fixture.inputBytes + 14 + escaped);
      expect(after.bytesSent - before.bytesSent).toBeLessThan(fixture.inputBytes + 14 + escaped + 6);
    });
  });
}
