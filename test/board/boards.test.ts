import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { boards, findBoard, withTextProtocol } from "../../src/board/boards.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";

describe("findBoard", () => {
  it("finds a board by its id", () => {
    expect(findBoard("olimex-stm32-h405").mcu).toBe("STM32F405RG");
  });

  it("lists the boards when it knows none of that name", () => {
    expect(() => findBoard("blue-pill")).toThrow('no board is called "blue-pill"');
    expect(() => findBoard("blue-pill")).toThrow(
      expect.objectContaining({ hint: "known boards: olimex-stm32-h405, host" }),
    );
  });
});

describe.each(boards.map((board) => [board.id, board] as const))("board %s", (_, board) => {
  it("names files that are there", () => {
    const linkerScripts = board.linkerScript === undefined ? [] : [board.linkerScript];
    for (const file of [...board.sources, ...board.headers, ...linkerScripts]) {
      expect(existsSync(join(firmwareDirectory, file)), file).toBe(true);
    }
  });

  it("names every header its sources include, but for the network's", () => {
    const known = new Set(board.headers.map((header) => header.split("/").at(-1)!));
    for (const file of [...board.sources, ...board.headers]) {
      const text = readFileSync(join(firmwareDirectory, file), "utf8");
      for (const [, header] of text.matchAll(/^#include "(.+)"/gm)) {
        if (header !== "network.h") expect(known, `${file} includes ${header}`).toContain(header);
      }
    }
  });

  it("leaves no C file of its folders out", () => {
    const folders = new Set([...board.sources].map((source) => dirname(source)));
    for (const folder of folders) {
      const files = readdirSync(join(firmwareDirectory, folder)).filter((file) => file.endsWith(".c"));
      for (const file of files) expect(withTextProtocol(board).sources).toContain(join(folder, file));
    }
  });

  it("agrees with its linker script on memory", () => {
    if (board.linkerScript === undefined) return;
    const script = readFileSync(join(firmwareDirectory, board.linkerScript), "utf8");
    const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
    expect(script).toContain(`ORIGIN = ${hex(board.flashAddress)}, LENGTH = ${board.flashBytes / 1024}K`);
    expect(script).toContain(`ORIGIN = ${hex(board.ramAddress)}, LENGTH = ${board.ramBytes / 1024}K`);
    expect(script).toContain(`STACK_BYTES = ${board.stackBytes};`);
  });
});
