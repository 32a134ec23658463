import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
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

/** The driver of a family, compiled for this computer around the model of its flash controller. */
async function compileDriver(
  family: string,
  slotBytes: number,
  wiring: string,
  ...modelArguments: readonly string[]
): Promise<string> {
  const folder = join(directory, family);
  mkdirSync(folder);
  writeFileSync(join(folder, "network.h"), `#include <stdint.h>\n#define NETWORK_SLOT_BYTES ${slotBytes}\n`);
  writeFileSync(join(folder, "wiring.h"), wiring);
  const program = join(folder, "model");
  const { exitCode, stderr } = await runTool("gcc", [
    ...["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover=all"],
    ...["-DHAS_SLOTS=1", `-I${folder}`, `-I${firmwareDirectory}`],
    ...["linker", "cortexm", "uart", "stm32", `stm32${family}`].map(
      (one) => `-I${join(firmwareDirectory, one)}`,
    ),
    ...[...modelArguments, join(firmwareDirectory, `slots/stm32${family}.c`), "-o", program],
  ]);
  expect(exitCode, stderr).toBe(0);
  return program;
}

const erase = (slot: number): Uint8Array => words(0, slot, 0);
const write = (slot: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([words(1, slot, bytes.length), bytes]);
const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const lookAtTorn = words(2, 0, 0);

interface Outcome {
  readonly slots: Buffer[];
  readonly complaints: string[];
}

function runModel(
  program: string,
  slotBytes: number,
  chip: readonly (string | number)[],
  ...commands: readonly Uint8Array[]
): Outcome {
  const { status, stdout, stderr } = spawnSync(program, chip.map(String), { input: Buffer.concat(commands) });
  const complaints = stderr.toString().trim().split("\n").filter(Boolean);
  expect([status, stdout.length]).toEqual([0, 2 * slotBytes]);
  return { slots: [stdout.subarray(0, slotBytes), stdout.subarray(slotBytes)], complaints };
}

const bytes = Uint8Array.from({ length: 256 }, (_, i) => (i * 41) % 256);
const blank = Buffer.alloc(SLOT, 0xff);
const untouched = Buffer.alloc(SLOT); // what the model begins with

describe("the flash of an STM32F1, on a model of its controller", () => {
  let program: string;
  beforeAll(async () => {
    program = await compileDriver(
      ...(["f1", SLOT, "", `-DFLASH_TEXT="${2 * SLOT}"`] as const),
      ...["-include", join(model, "registers.h"), join(model, "f1.c")],
    );
  });
  const run = (...commands: readonly Uint8Array[]) => runModel(program, SLOT, [], ...commands);

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

const dualBank = (bit: number): string => (1 << bit).toString(16);

/** A family's slots, the smallest piece that is programmed, and chips: KB of flash, number, option bits. */
const families = [
  { family: "f4", slotBytes: 128 << 10, unit: 4, chips: [[512], [1024], [2048]] },
  {
    family: "g0",
    slotBytes: 4096,
    unit: 8,
    chips: [
      [128, "460"],
      [512, "467", dualBank(21)],
      [512, "467"],
    ],
  },
  {
    ...{ family: "l4", slotBytes: 8192, unit: 8 },
    chips: [
      [256, "435"],
      [1024, "415"],
      [512, "415"],
      [512, "415", dualBank(21)],
      [2048, "470", dualBank(22)],
      [1024, "470", dualBank(21)],
      [2048, "470"],
    ],
  },
  {
    family: "u5",
    slotBytes: 8192,
    unit: 16,
    chips: [
      [2048, "482"],
      [1024, "482", dualBank(21)],
      [1024, "482"],
    ],
  },
  { family: "h7", slotBytes: 128 << 10, unit: 32, chips: [[2048]] },
] as const;

describe.each(families)(
  "the flash of an STM32$family, on a model of its controller",
  ({ family, slotBytes, unit, chips }) => {
    let program: string;
    beforeAll(async () => {
      program = await compileDriver(
        ...([
          family,
          slotBytes,
          `#include "stm32${family}.h"\n`,
          `-DFAMILY_${family.toUpperCase()}`,
        ] as const),
        ...["-include", join(model, "stm32Registers.h"), join(model, "stm32.c")],
      );
    });
    const run = (chip: readonly (string | number)[], ...commands: readonly Uint8Array[]) =>
      runModel(program, slotBytes, [chip[0]!, chip[1] ?? 0, chip[2] ?? 0], ...commands);
    /** The last unit is not full, but with the smallest. */
    const piece = bytes.subarray(0, 252);
    const written = Buffer.alloc(slotBytes, 0xff);
    written.set(piece, OFFSET);
    const contents = { untouched: Buffer.alloc(slotBytes), blank: Buffer.alloc(slotBytes, 0xff), written };
    /** By name: to compare 128 KB one by one takes seconds. */
    const named = ({ slots, complaints }: Outcome) => [
      ...slots.map((slot) => Object.entries(contents).find(([, content]) => slot.equals(content))?.[0]),
      ...complaints,
    ];

    it("is erased a slot at a time, by the pages of each chip, and takes bytes in both", () => {
      for (const chip of chips) {
        expect([chip, ...named(run(chip, erase(1)))]).toEqual([chip, "untouched", "blank"]);
        const all = run(chip, erase(0), write(0, piece), erase(1), write(1, piece), erase(0));
        expect([chip, ...named(all)]).toEqual([chip, "blank", "written"]);
      }
    });

    it("is programmed once: the model is no plain memory", () => {
      const other = piece.map((byte) => byte ^ 0x55);
      const { slots, complaints } = run(chips[0], erase(1), write(1, piece), write(1, other));
      expect(slots[1]!.subarray(OFFSET, OFFSET + unit)).toEqual(Buffer.from(piece.subarray(0, unit)));
      expect(complaints).toContain("programmed what was not erased");
    });

    it("is read where a write was cut, and no fault comes of it, but of nothing else", () => {
      expect(run(chips[0], lookAtTorn, erase(1)).complaints).toEqual([]);
    });

    // others have one map for all chips
    if (family === "l4" || family === "u5") {
      it("is left alone on a chip whose pages nobody knows", () => {
        const nothing = run([1024, "999"], erase(0), write(0, piece), erase(1));
        expect(named(nothing)).toEqual(["untouched", "untouched"]);
      });
    }
  },
);
