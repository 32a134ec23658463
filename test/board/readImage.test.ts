import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/board/manifest.js";
import { readImage } from "../../src/board/readImage.js";
import { compileNetwork, temporaryDirectory } from "../firmware/images.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const start = 0x08000000;
let built: { elf: string; bin?: string; hex?: string };

beforeAll(async () => {
  built = await compileNetwork("olimex-stm32-h405", "fixture", path("built"));
});

function exported(name: string, board: string): string {
  mkdirSync(join(path(name), "build"), { recursive: true });
  const manifest = {
    ...{ format: "pinfer-firmware", version: 2, board, network: { name: "x", hash: "0".repeat(64) } },
    optimize: "speed",
    sizes: { tables: 1, arena: 1, input: 1, output: 1 },
    files: { "network.c": sha256("") },
  };
  writeFileSync(join(path(name), "pinfer.json"), JSON.stringify(manifest));
  writeFileSync(join(path(name), "network.c"), "");
  return path(name);
}

describe("readImage", () => {
  it("finds the same bytes in .bin, .hex and .elf", async () => {
    const bytes = readFileSync(built.bin!);
    for (const file of [built.bin!, built.hex!, built.elf]) {
      const { address, data } = await readImage(file, start);
      expect([file, address, Buffer.from(data).equals(bytes)]).toEqual([file, start, true]);
    }
  });

  it("takes a .hex to where it says, its gaps erased", async () => {
    const file = path("gap.hex");
    writeFileSync(file, ":020000040800F2\n:0440100001020304A2\n:0240180005069B\n:00000001FF\n");
    const { address, data } = await readImage(file, start);
    expect([address, [...data]]).toEqual([0x08004010, [1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 5, 6]]);
  });

  it("takes the image and the network's hash of an exported folder", async () => {
    const board = exported("exported", "olimex-stm32-h405");
    writeFileSync(join(board, "build", "firmware.bin"), Uint8Array.of(1, 2, 3));
    const image = await readImage(board, 0);
    expect(image).toMatchObject({ address: start, board: { id: "olimex-stm32-h405" } });
    expect([image.data.length, image.manifest?.network.hash]).toEqual([3, "0".repeat(64)]);
  });

  it("refuses a folder that is not built, or not since it was exported, or has no flash", async () => {
    const board = exported("stale", "olimex-stm32-h405");
    await expect(readImage(board, 0)).rejects.toMatchObject({
      message: `${board} is not built: there is no ${join(board, "build/firmware.bin")}`,
      hint: `pinfer build ${board}`,
    });
    writeFileSync(join(board, "build", "firmware.bin"), "x");
    utimesSync(join(board, "build", "firmware.bin"), 1, 1);
    await expect(readImage(board, 0)).rejects.toMatchObject({
      message: `${join(board, "build/firmware.bin")} is older than ${join(board, "network.c")}`,
      hint: `pinfer build ${board}`,
    });
    await expect(readImage(exported("host", "host"), 0)).rejects.toThrow(
      'is firmware for board "host", which has no flash',
    );
  });

  it("refuses a folder of which a file is not as it was exported", async () => {
    const board = exported("mixed", "olimex-stm32-h405");
    writeFileSync(join(board, "network.c"), "/* of another export */");
    writeFileSync(join(board, "build", "firmware.bin"), "x");
    await expect(readImage(board, 0)).rejects.toMatchObject({
      message: `${join(board, "network.c")} is not as it was exported: its SHA-256 is not the one in pinfer.json`,
    });
  });

  it("refuses what is no image", async () => {
    writeFileSync(path("text.txt"), "x");
    writeFileSync(path("text.elf"), "no ELF");
    writeFileSync(path("empty.hex"), ":00000001FF\n");
    writeFileSync(
      path("far.hex"),
      ":020000040800F2\n:0100000001FE\n:02000004F00208\n:0100000001FE\n:00000001FF\n",
    );
    await expect(readImage(path("text.txt"), 0)).rejects.toThrow(
      "text.txt is no firmware: expected an exported",
    );
    await expect(readImage(path("none.bin"), 0)).rejects.toThrow("there is no such file");
    await expect(readImage(path("text.elf"), 0)).rejects.toThrow(/text\.elf cannot be read: .*objdump/);
    await expect(readImage(path("empty.hex"), 0)).rejects.toThrow(
      /empty\.hex (holds nothing|cannot be read)/,
    );
    await expect(readImage(path("far.hex"), 0)).rejects.toThrow(/far\.hex spans 3892445\d+ B of addresses/);
  });
});
