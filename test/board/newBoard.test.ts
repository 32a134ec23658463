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
