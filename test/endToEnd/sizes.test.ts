import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  codeFlashBytes,
  staticRamBytes,
  textFlashBytes,
  textFormFlashBytes,
} from "../../codegen/exportFirmware.js";
import { writeFirmware } from "../../codegen/writeFirmware.js";
import { Random } from "../../src/base/random.js";
import { findBoard } from "../../src/board/boards.js";
import { type BuiltFirmware, buildFolder } from "../../src/board/buildFolder.js";
import { startVirtualBoard, type VirtualBoard } from "../../src/board/virtualBoard.js";
import type { Device } from "../../src/link/device.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import type { QuantizedFullyConnected, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { ports } from "../support/ports.js";

const random = new Random(5);

/** Random weights; scales such that outputs spread over int8. */
function dense(name: string, from: number, inputs: number, outputs: number): QuantizedFullyConnected {
  return {
    ...{ kind: "fullyConnected", name, inputs: [from], output: from + 1 },
    weights: Int8Array.from({ length: inputs * outputs }, () => random.integer(255) - 127),
    weightScales: Array.from({ length: outputs }, (_, o) => Math.fround(0.001 + 0.00002 * o)),
    bias: Int32Array.from({ length: outputs }, () => random.integer(10_000) - 5000),
    ...{ activationMin: -128, activationMax: 127 },
  };
}

/** As large as the one for handwritten digits: 784-32-10 with softmax. */
const network: QuantizedNetwork = {
  name: "digits",
  ...ports(0, 3),
  tensors: [
    {
      elementType: "int8",
      name: "input",
      shape: [784],
      quantization: { scale: Math.fround(1 / 255), zeroPoint: -128 },
    },
    {
      elementType: "int8",
      name: "hidden",
      shape: [32],
      quantization: { scale: Math.fround(0.02), zeroPoint: -128 },
    },
    {
      elementType: "int8",
      name: "scores",
      shape: [10],
      quantization: { scale: Math.fround(0.05), zeroPoint: 3 },
    },
    { elementType: "int8", name: "classes", shape: [10], quantization: { scale: 1 / 256, zeroPoint: -128 } },
  ],
  layers: [
    dense("dense_1", 0, 784, 32),
    dense("dense_2", 1, 32, 10),
    { kind: "softmax", name: "softmax", inputs: [2], output: 3, beta: 1 },
  ],
};

const inputs = Array.from({ length: 20 }, () =>
  Int8Array.from({ length: 784 }, () => (random.uniform() < 0.8 ? -128 : random.integer(256) - 128)),
);

describe.each([findBoard("olimex-stm32-h405")].map((board) => [board.id, board] as const))(
  "784-32-10 on %s",
  (_, board) => {
    const folder = temporaryDirectory();
    let built: BuiltFirmware;
    let virtual: VirtualBoard;
    let device: Device;

    beforeAll(async () => {
      await writeFirmware(network, board, join(folder, "firmware"));
      built = await buildFolder(join(folder, "firmware"));
      virtual = await startVirtualBoard({ elf: built.image.elf, board });
      device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    });
    afterAll(async () => {
      await device?.close();
      await virtual?.stop();
    });

    it("takes at most 8 KB of flash besides the tables, link and boot included", () => {
      const { image, manifest } = built;
      expect(image.sizes!.flashBytes - manifest.sizes.tables).toBeLessThanOrEqual(codeFlashBytes);
      expect(codeFlashBytes).toBeLessThanOrEqual(8192);
    });

    it("takes at most 3.5 KB more with the text protocol in it, and no other RAM than its command's", async () => {
      const withText = join(folder, "text");
      await writeFirmware(network, board, withText, { dut: true });
      const { sizes } = (await buildFolder(withText)).image;
      const more = sizes!.flashBytes - built.image.sizes!.flashBytes;
      expect(more).toBeGreaterThan(1024);
      expect(more).toBeLessThanOrEqual(textFlashBytes);
      expect(sizes!.staticRamBytes + sizes!.stackBytes).toBeLessThanOrEqual(4096);
      expect(sizes!.arenaBytes).toBe(built.image.sizes!.arenaBytes);
    });

    it("takes at most 1 KB more than that to bring real values", async () => {
      const real = join(folder, "real");
      await writeFirmware(network, board, real, { dut: true, dutInput: "f32" });
      const { sizes } = (await buildFolder(real)).image;
      const more = sizes!.flashBytes - built.image.sizes!.flashBytes;
      expect(more).toBeGreaterThan(1024);
      expect(more).toBeLessThanOrEqual(textFlashBytes + textFormFlashBytes);
      expect(sizes!.staticRamBytes + sizes!.stackBytes).toBeLessThanOrEqual(4096);
    });

    it("takes at most 4 KB of RAM besides the arena", () => {
      const { sizes } = built.image;
      expect(sizes!.arenaBytes).toBe(planProgram(network).arenaBytes);
      expect(sizes!.staticRamBytes).toBeLessThanOrEqual(staticRamBytes);
      expect(sizes!.staticRamBytes + sizes!.stackBytes).toBeLessThanOrEqual(4096);
      expect(staticRamBytes + board.stackBytes).toBeLessThanOrEqual(4096);
    });

    it("takes at most 70 000 instructions an inference, and the same number for the same input", async () => {
      expect((await device.hello()).counterKind).toBe("instructions");
      for (const input of inputs) {
        const [first, second] = [await device.run(input), await device.run(input)];
        expect(first.output).toEqual(runProgram(planProgram(network), input));
        expect([second.ticks, second.output]).toEqual([first.ticks, first.output]);
        expect(first.ticks).toBeLessThanOrEqual(70_000);
        expect(first.ticks).toBeGreaterThan(784 * 32); // one multiplication each: less would be no count
      }
    });

    it("leaves room on its stack, and says what it holds", async () => {
      await device.run(inputs[0]);
      const hello = await device.hello();
      expect(hello.stackBytes).toBe(built.image.sizes!.stackBytes);
      expect(hello.stackUsedBytes).toBeGreaterThan(0);
      expect(hello.stackUsedBytes).toBeLessThan(hello.stackBytes);
      expect(hello.staticRamBytes).toBe(built.image.sizes!.staticRamBytes);
      expect(hello.imageBytes).toBe(built.image.sizes!.flashBytes);
    });
  },
);
