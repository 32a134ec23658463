import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  codeFlashBytes,
  exportFirmware,
  pinFlashBytes,
  pinRamBytes,
  staticRamBytes,
  textFlashBytes,
} from "../../codegen/exportFirmware.js";
import { writeFirmware } from "../../codegen/writeFirmware.js";
import type { Board } from "../../src/board/board.js";
import { boards, findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { temporaryDirectory } from "../firmware/images.js";
import { ports } from "../support/ports.js";

const directory = temporaryDirectory();

/** The sum of so many values. */
function network(inputs: number): QuantizedNetwork {
  return {
    ...{ name: "sum", ...ports(0, 1) },
    tensors: [
      { elementType: "int8", name: "input", shape: [inputs], quantization: { scale: 1, zeroPoint: 0 } },
      { elementType: "int8", name: "output", shape: [1], quantization: { scale: 1, zeroPoint: 0 } },
    ],
    layers: [
      {
        ...{ kind: "fullyConnected", name: "dense", inputs: [0], output: 1, bias: Int32Array.of(0) },
        ...{ weights: new Int8Array(inputs).fill(1), weightScales: [1] },
        ...{ activationMin: -128, activationMax: 127 },
      },
    ],
  };
}

/** Free pins, every analog one as such: their code is the longest. */
function mapOf(board: Board, inputs: number): PinMap {
  const { names, taken, analog, led } = board.pins;
  const free = names.filter((pin) => !taken.has(pin) && pin !== led!.pin).slice(0, inputs);
  return {
    inputs: free.map((pin) => (analog.has(pin) ? { pin, analog: [0, 100] as const } : { pin })),
    outputs: [{ pin: "LED", threshold: 1 }],
  };
}

/** One of each family: what pins take is the family's code. */
const familyOf = ({ includeDirectories }: Board): string => includeDirectories.at(-2)!;
const chips = boards
  .filter((board) => board.limits !== undefined)
  .filter((board, i, all) => all.findIndex((other) => familyOf(other) === familyOf(board)) === i)
  .map((board) => [board.id, board] as const);

describe.each(chips)("pins on %s", (id, board) => {
  it("take the flash and RAM that are counted for them, beside the text protocol too", async () => {
    const inputs = 20;
    const sizes = async (pins: PinMap | undefined) => {
      const folder = join(directory, id, String(pins !== undefined));
      await writeFirmware(network(inputs), board, folder, { dut: true, pins });
      return (await buildFolder(folder)).image.sizes!;
    };
    const [plain, withPins] = [await sizes(undefined), await sizes(mapOf(board, inputs))];
    const more = withPins.flashBytes - plain.flashBytes;
    expect(more).toBeGreaterThan(1024);
    expect(more).toBeLessThanOrEqual(pinFlashBytes + 21 * 28);
    expect(plain.staticRamBytes + pinRamBytes).toBeLessThanOrEqual(staticRamBytes);
    const ramBesideEntries = withPins.staticRamBytes - plain.staticRamBytes - 21 * 12;
    expect(plain.staticRamBytes + pinRamBytes + ramBesideEntries).toBeLessThanOrEqual(staticRamBytes);
  });
});

describe("exporting pins", () => {
  const board = findBoard("nucleo-l4r5zi");

  it("builds as many pins as RAM is left for, with the text protocol, and refuses one more", async () => {
    const most = Math.floor(pinRamBytes / 12) - 1; // and one output
    const folder = join(directory, "most");
    await writeFirmware(network(most), board, folder, { dut: true, pins: mapOf(board, most) });
    expect((await buildFolder(folder)).image.sizes!.staticRamBytes).toBeLessThanOrEqual(staticRamBytes);
    expect(() => exportFirmware(network(most + 1), board, { pins: mapOf(board, most + 1) })).toThrow(
      expect.objectContaining({
        message: 'network "sum" has 54 pins, which need 648 B of RAM; firmware has 640 B for 53',
        hint: "leave out the pin map (--no-pins)",
      }),
    );
  });

  it("counts their flash", () => {
    const flash = { ...board, flashBytes: codeFlashBytes + textFlashBytes };
    expect(() => exportFirmware(network(3), flash, { dut: false })).not.toThrow();
    const code = codeFlashBytes + textFlashBytes + pinFlashBytes + 4 * 28;
    expect(() => exportFirmware(network(3), flash, { dut: true, pins: mapOf(board, 3) })).toThrow(
      `+ code ${code})`,
    );
  });
});

describe("exporting windows", () => {
  const board = findBoard("nucleo-g071rb");
  const pins: PinMap = {
    ...mapOf(board, 6),
    ...{ window: 119, hop: 20, everyMs: 10, average: 4, vote: { wins: 3, of: 5 } },
  };
  const ringBytes = 119 * 6 + 4 * 1 + 5 * 1;

  it("is refused where RAM does not hold them, with what they take", () => {
    const { arenaBytes } = exportFirmware(network(714), board, { pins }).program;
    const need = arenaBytes + board.stackBytes + staticRamBytes + ringBytes;
    const small = { ...board, ramBytes: need - 1 };
    expect(() => exportFirmware(network(714), small, { pins })).toThrow(
      expect.objectContaining({
        message:
          `network "sum" needs ${need} B of RAM (arena ${arenaBytes} + stack ${board.stackBytes} + ` +
          `link ${staticRamBytes} + windows ${ringBytes}); board "nucleo-g071rb" has ${need - 1} B`,
        hint: expect.stringContaining("leave out the pin map (--no-pins)"),
      }),
    );
    expect(() => exportFirmware(network(714), { ...board, ramBytes: need }, { pins })).not.toThrow();
  });
});
