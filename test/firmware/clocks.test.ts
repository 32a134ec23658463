import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Board } from "../../src/board/board.js";
import { boards } from "../../src/board/boards.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { runTool } from "../../src/board/runTool.js";
import { temporaryDirectory } from "./images.js";

const directory = temporaryDirectory();
const model = fileURLToPath(new URL("clock", import.meta.url));

/** What test/firmware/clock/model.c prints: Hz, and what the chip made of what was written. */
interface Start {
  readonly said: { readonly core: number; readonly link: number };
  readonly linkHz: number;
  readonly uart: {
    readonly baud: number;
    readonly isEnabled: boolean;
    readonly dataBits: number;
    readonly hasParity: boolean;
    readonly stopBits: number;
    readonly over8: boolean;
    readonly control3: number;
  };
  readonly systick: number;
  /** Enabled or pending. */
  readonly interrupts: readonly number[];
  readonly faults: readonly string[];
  /** The clock tree after each write that changed it. */
  readonly states: readonly { readonly core: number; readonly apb1: number; readonly apb2: number }[];
}

/** The board's files that start clock and link, compiled for this computer around the model of its registers. */
async function compileModel(board: Board): Promise<string> {
  const family = /stm32(\w\d)/.exec(board.includeDirectories.join(" "))![1]!;
  const own = board.sources.filter((path) => /^(silence|clock|uart|gpio)\.c$/.test(basename(path)));
  const program = join(directory, board.id);
  const { exitCode, stderr } = await runTool("gcc", [
    ...["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover=all"],
    ...["-include", join(model, "registers.h"), `-I${model}`],
    ...board.includeDirectories.map((folder) => `-I${join(firmwareDirectory, folder)}`),
    ...own.map((path) => join(firmwareDirectory, path)),
    ...["model.c", `${family}.c`].map((file) => join(model, file)),
    ...["-o", program],
  ]);
  expect(exitCode, stderr).toBe(0);
  return program;
}

async function start(program: string, from: string, crystal: string): Promise<Start> {
  const { exitCode, stdout, stderr } = await runTool(program, [from, crystal]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

const chips = boards.filter((board) => board.flashBytes > 0);

describe.each(chips.map((board) => [board.id, board] as const))("%s", (_, board) => {
  let program: string;
  beforeAll(async () => {
    program = await compileModel(board);
  });

  describe.each(["reset", "go"])("from what %s leaves", (from) => {
    it.each(["crystal", "none"])(
      "runs as fast as it says, with a link of 115200 8N1 (%s)",
      async (crystal) => {
        const { said, linkHz, uart, states, faults } = await start(program, from, crystal);
        expect(faults).toEqual([]);
        expect(said).toEqual({ core: states.at(-1)!.core, link: linkHz });
        const { baud, ...format } = uart;
        expect(Math.abs(baud / 115200 - 1)).toBeLessThan(0.01);
        expect(format).toEqual({
          ...{ isEnabled: true, dataBits: 8, hasParity: false, stopBits: 1 },
          ...{ over8: false, control3: 0 },
        });
      },
    );

    it("has the clock of board.json where its source works", async () => {
      const { said } = await start(program, from, "crystal");
      expect(said.core).toBe(board.clockHz);
    });

    it("leaves no interrupt on but the link's, and no clock of milliseconds", async () => {
      const { systick, interrupts } = await start(program, from, "crystal");
      expect(interrupts).toHaveLength(1);
      expect(systick).toBe(0);
    });
  });
});
