import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { boards, findBoard, withPinMap, withTextProtocol } from "../../src/board/boards.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";

describe("findBoard", () => {
  it("finds a board by its id", () => {
    expect(findBoard("olimex-stm32-h405").mcu).toBe("STM32F405RG");
  });

  it("lists the boards when it knows none of that name", () => {
    expect(() => findBoard("blue-pill")).toThrow('no board is called "blue-pill"');
    expect(() => findBoard("blue-pill")).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(
          /^known boards: olimex-stm32-h405, b-l475e-iot01a, .*nucleo-f446re.*, host$/,
        ),
      }),
    );
  });
});

// I/O pins of the package as the datasheet counts them, less those of the list that are no pins after reset:
// oscillator pins of the F1 (PD0, PD1), BOOT0 of the L4+ (PH3).
it.each([
  ["olimex-stm32-h405", 51],
  ["netduinoplus2", 51],
  ["nucleo-f446re", 50],
  ["b-l475e-iot01a", 82],
  ["nucleo-l4r5zi", 115 - 1],
  ["stm32vldiscovery", 51 - 2],
  ["nucleo-f103rb", 51 - 2],
  ["nucleo-g0b1re", 60],
  ["blackpill-f411ce", 36],
  ["nucleo-f401re", 50],
  ["nucleo-f411re", 50],
  ["bluepill-f103c8", 37 - 2],
  ["nucleo-l476rg", 51],
  ["nucleo-g071rb", 60],
  ["nucleo-h743zi", 114],
  ["nucleo-u575zi-q", 110],
])("board %s has the %i pins of its chip's package", (id, pins) => {
  expect(findBoard(id).pins.names).toHaveLength(pins);
});

describe.each(boards.map((board) => [board.id, board] as const))("board %s", (_, board) => {
  it("names files that are there", () => {
    const linkerScripts = board.linkerScript === undefined ? [] : [board.linkerScript];
    for (const file of [...board.sources, ...board.headers, ...linkerScripts]) {
      expect(existsSync(join(firmwareDirectory, file)), file).toBe(true);
    }
  });

  it("names every header its sources include, but for the generated ones", () => {
    const { headers, sources } = withPinMap(withTextProtocol(board), "windows");
    const generated = ["network.h", "pins.h", "windows.h"];
    const known = new Set([...headers.map((header) => header.split("/").at(-1)!), ...generated]);
    for (const file of [...sources, ...headers]) {
      const text = readFileSync(join(firmwareDirectory, file), "utf8");
      for (const [, header] of text.matchAll(/^#include "(.+)"/gm)) {
        expect(known, `${file} includes ${header}`).toContain(header);
      }
    }
  });

  it("leaves no C file of its folders out", () => {
    const folders = new Set(board.sources.map((source) => dirname(source)));
    for (const folder of folders) {
      const files = readdirSync(join(firmwareDirectory, folder)).filter((file) => file.endsWith(".c"));
      for (const file of files)
        expect(withPinMap(withTextProtocol(board), "windows").sources).toContain(join(folder, file));
    }
  });

  it("keeps its pins apart: the link's are taken, LED and button are not", () => {
    if (board.pins.names.length === 0) return; // a core in the emulator
    const { names, taken, led, button } = board.pins;
    for (const pin of taken.keys()) expect(names).toContain(pin);
    for (const part of [led, button]) {
      if (part === undefined) continue;
      expect(names).toContain(part.pin);
      expect(taken.has(part.pin), part.pin).toBe(false);
    }
    expect([...taken.values()].filter((by) => by.endsWith("the link"))).toHaveLength(
      board.flashBytes > 0 ? 2 : 0,
    );
  });
});
