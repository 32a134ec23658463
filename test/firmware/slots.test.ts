import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { runTool } from "../../src/board/runTool.js";
import { temporaryDirectory } from "./images.js";

const directory = temporaryDirectory();
const model = fileURLToPath(new URL("slots", import.meta.url));
const SLOT = 4096;
const OFFSET = 64;

/** The driver of the family, compiled for this computer around the model of its flash controller. */
let program: string;

beforeAll(async () => {
  writeFileSync(join(directory, "network.h"), `#include <stdint.h>\n#define NETWORK_SLOT_BYTES ${SLOT}\n`);
  writeFileSync(join(directory, "wiring.h"), "");
  program = join(directory, "f1");
  const { exitCode, stderr } = await runTool("gcc", [
    ...["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover=all"],
    ...[
      "-DHAS_SLOTS=1",
      `-DFLASH_TEXT="${2 * SLOT}"`,
      "-include",
      join(model, "registers.h"),
      `-I${directory}`,
    ],
    ...[`-I${firmwareDirectory}`, `-I${join(firmwareDirectory, "linker")}`],
    ...[join(firmwareDirectory, "slots/stm32f1.c"), join(model, "f1.c"), "-o", program],
  ]);
  expect(exitCode, stderr).toBe(0);
});

const erase = (slot: number): Uint8Array => words(0, slot, 0);
const write = (slot: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([words(1, slot, bytes.length), bytes]);
const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

function run(...commands: readonly Uint8Array[]): { slots: Buffer[]; complaints: string[] } {
  const { status, stdout, stderr } = spawnSync(program, [], { input: Buffer.concat(commands) });
  const complaints = stderr.toString().trim().split("\n").filter(Boolean);
  expect([status, stdout.length]).toEqual([0, 2 * SLOT]);
  return { slots: [stdout.subarray(0, SLOT), stdout.subarray(SLOT)], complaints };
}

const bytes = Uint8Array.from({ length: 256 }, (_, i) => (i * 41) % 256);
const blank = Buffer.alloc(SLOT, 0xff);
const untouched = Buffer.alloc(SLOT); // what the model begins with

describe("the flash of an STM32F1, on a model of its controller", () => {
  it("is erased a slot at a time", () => {
    expect(run(erase(1))).toEqual({ slots: [untouched, blank], complaints: [] });
    expect(run(erase(0))).toEqual({ slots: [blank, untouched], complaints: [] });
  });

  it("takes half words, again and again, and is locked behind each", () => {
    const written = Buffer.from(blank);
    written.set(bytes, OFFSET);
    expect(run(erase(0), write(0, bytes), erase(1), write(1, bytes))).toEqual({
      slots: [written, written],
      complaints: [],
    });
  });

  it("takes nothing where it was not erased, as the chip does: the model is no plain memory", () => {
    const { slots, complaints } = run(
      erase(0),
      write(0, bytes),
      write(
        0,
        bytes.map((byte) => byte ^ 0x55),
      ),
    );
    expect(slots[0]!.subarray(OFFSET, OFFSET + 256)).toEqual(Buffer.from(bytes));
    expect(new Set(complaints)).toEqual(new Set(["programmed what was not erased"]));
  });
});
