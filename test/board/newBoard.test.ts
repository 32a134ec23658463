import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../src/base/packageRoot.js";
import { boardFolders, readBoardFolder } from "../../src/board/boardFolder.js";
import { boards } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { networkDirectory, temporaryDirectory } from "../firmware/images.js";

const directory = temporaryDirectory();
const page = readFileSync(join(packageRoot, "docs", "boards.md"), "utf8");
/** Blocks of the page that are files: path → text. */
const files = new Map(
  [...page.matchAll(/^```\w+ (firmware\/\S+)\n([^`]*)^```/gm)].map(([, path, text]) => [path!, text!]),
);
const id = "stm32f4discovery";

/** A copy of firmware/ with the page's files in it, one of them changed. */
function follow(name: string, change: (path: string, text: string) => string = (_, text) => text): string {
  const root = join(directory, name);
  cpSync(firmwareDirectory, join(root, "firmware"), { recursive: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), change(path, text));
  }
  return join(root, "firmware");
}

describe("a folder copied from another chip's board", () => {
  /** The pattern's folder under another name, with some of its facts changed. */
  function copy(name: string, facts: Record<string, unknown>): string {
    const firmware = join(directory, name, "firmware");
    cpSync(firmwareDirectory, firmware, { recursive: true });
    const [from, to] = ["nucleo-f446re", name].map((folder) => join(firmware, "boards", folder));
    cpSync(from!, to!, { recursive: true });
    const json = join(to!, "board.json");
    writeFileSync(json, JSON.stringify({ ...JSON.parse(readFileSync(json, "utf8")), ...facts }));
    const wiring = join(to!, "wiring.h");
    writeFileSync(wiring, readFileSync(wiring, "utf8").replace('"nucleo-f446re"', `"${name}"`));
    return firmware;
  }
  const f411 = { core: 100, apb1: 50, apb2: 100, waitStates: [30, 64, 90, 100], source: "RM0383" };

  it("does not run at that chip's clock: 168 MHz on an STM32F411, which takes 100", () => {
    const firmware = copy("f411", { mcu: "STM32F411RE", clockMegahertz: 100, limits: f411 });
    expect(() => readBoardFolder(firmware, "f411")).toThrow(
      "firmware/boards/f411/wiring.h has SYSCLK_HZ 168000000u, expected 100000000u",
    );
  });

  it("cannot say a clock beyond the chip's limit", () => {
    const firmware = copy("fast", { limits: f411 });
    expect(() => readBoardFolder(firmware, "fast")).toThrow(
      "firmware/boards/fast/board.json.clockMegahertz must be an integer 1..100, found 168",
    );
  });

  it("cannot leave the limits out, or end the wait states below them", () => {
    expect(() => readBoardFolder(copy("none", { limits: undefined }), "none")).toThrow(
      "board.json.limits must be an object, found nothing",
    );
    const short = copy("short", { clockMegahertz: 90, limits: { ...f411, waitStates: [30, 64, 90] } });
    expect(() => readBoardFolder(short, "short")).toThrow(
      "limits.waitStates must be rising clocks, the last at least 100, found an array of 3",
    );
  });
});

describe("docs/boards.md", () => {
  it("makes a board of three files in one folder, which is found and compiles", async () => {
    expect([...files.keys()]).toEqual(
      ["board.json", "wiring.h", "linker.ld"].map((file) => `firmware/boards/${id}/${file}`),
    );
    expect(boards.map((board) => board.id)).not.toContain(id); // else the page would show nothing
    const firmware = follow("page");
    expect(boardFolders(firmware)).toContain(id);
    const board = readBoardFolder(firmware, id);
    const network = networkDirectory("exampleNetwork");
    const { sizes } = await compileFirmware({
      ...{ board, firmware, outputDirectory: join(directory, "out") },
      sources: [{ path: join(network, "network.c") }],
      includeDirectories: [network],
    });
    expect(sizes!.flashBytes).toBeGreaterThan(2048);
    expect(sizes!.stackBytes).toBe(board.stackBytes);
    expect(board.pins.taken.get("PA3")).toBe("USART2 RX, the link");
  });

  it("explains every field that boards have", () => {
    const own = Object.keys(JSON.parse(files.get(`firmware/boards/${id}/board.json`)!));
    for (const folder of boardFolders(firmwareDirectory)) {
      const text = readFileSync(join(firmwareDirectory, "boards", folder, "board.json"), "utf8");
      for (const field of Object.keys(JSON.parse(text))) {
        expect(own.includes(field) || page.includes(`\`${field}\``), `${folder}: ${field}`).toBe(true);
      }
    }
  });

  it.each([
    ["BOARD_ID", '"stm32f4discovery"', '"copied"', "wiring.h has BOARD_ID copied, expected stm32f4discovery"],
    [
      "LINK_RX",
      "LINK_RX = PIN('A', 3)",
      "LINK_RX = PIN('A', 10)",
      "wiring.h has LINK_RX PIN('A', 10), expected PIN('A', 3)",
    ],
    [
      "APB1_MAX_HZ",
      "APB1_MAX_HZ 42000000u",
      "APB1_MAX_HZ 84000000u",
      "wiring.h has APB1_MAX_HZ 84000000u, expected 42000000u",
    ],
    ["SYSCLK_HZ", "#define SYSCLK_HZ 168000000u", "", "wiring.h has no SYSCLK_HZ, expected 168000000u"],
    [
      "ram",
      "LENGTH = 128K",
      "LENGTH = 192K",
      "linker.ld has ram ORIGIN = 0x20000000, LENGTH = 192K, expected ORIGIN = 0x20000000, LENGTH = 128K",
    ],
    [
      "STACK_BYTES",
      "STACK_BYTES = 2048",
      "STACK_BYTES = 1024",
      "linker.ld has STACK_BYTES 1024, expected 2048",
    ],
  ])("is not followed silently when wiring.h or linker.ld has another %s", (name, before, after, message) => {
    const firmware = follow(`other ${name}`, (path, text) =>
      path.endsWith(".json") ? text : text.replace(before, after),
    );
    expect(() => readBoardFolder(firmware, id)).toThrow(`firmware/boards/${id}/${message}`);
  });

  it.each([
    [
      '"Cortex-M4F"',
      '"Cortex-M7"',
      'firmware/boards/stm32f4discovery/board.json.core must be one of "Cortex-M0+", "Cortex-M3", "Cortex-M4F", found "Cortex-M7"',
    ],
    [
      '"flashKilobytes": 1024',
      '"flashKilobytes": 0.5',
      "board.json.flashKilobytes must be an integer 1..1048576, found 0.5",
    ],
    ['"tx": "PA2"', '"tx": "PK2"', `board.json.link.tx must be one of the board's "pins", found "PK2"`],
    ['"led": { "pin": "PD12" }', '"led": { "pin": 12 }', "board.json.led.pin must be text, found 12"],
  ])("is not followed silently when %s becomes %s", (before, after, message) => {
    const firmware = follow(`wrong ${after.replaceAll(/\W/g, "")}`, (path, text) => {
      if (!path.endsWith("board.json")) return text;
      expect(text).toContain(before);
      return text.replace(before, after);
    });
    expect(() => readBoardFolder(firmware, id)).toThrow(message);
  });
});
