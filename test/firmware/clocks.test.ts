import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Board, ClockLimits } from "../../src/board/board.js";
import { boards } from "../../src/board/boards.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { runTool } from "../../src/board/runTool.js";
import { resetReasons } from "../../src/link/healthMessages.js";
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
  /** By the UART. */
  readonly sent: string;
  readonly systick: number;
  /** Enabled or pending. */
  readonly interrupts: readonly number[];
  readonly faults: readonly string[];
  /** The clock tree after each write that changed it. */
  readonly states: readonly {
    readonly sysclk: number;
    readonly core: number;
    readonly flash: number;
    readonly apb1: number;
    readonly apb2: number;
    /** 0: the PLL is off. */
    readonly pllInput: number;
    readonly vco: number;
    readonly waitStates: number;
    /** Of the core, by the regulator's voltage; 0: there is one for all. */
    readonly limit: number;
  }[];
}

/** The board's files that start clock and link, compiled for this computer around the model of its registers. */
async function compileModel(board: Board): Promise<string> {
  const family = /stm32(\w\d)/.exec(board.includeDirectories.join(" "))![1]!;
  const own = board.sources.filter((path) => /^(silence|clock|uart|gpio|watchdog)\.c$/.test(basename(path)));
  const program = join(directory, board.id);
  const { exitCode, stderr } = await runTool("gcc", [
    ...["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover=all"],
    ...["-include", join(model, "registers.h"), `-I${model}`],
    `-DMCU="${board.mcu}"`,
    ...board.includeDirectories.map((folder) => `-I${join(firmwareDirectory, folder)}`),
    ...own.map((path) => join(firmwareDirectory, path)),
    ...["model.c", `${family}.c`].map((file) => join(model, file)),
    ...["-o", program],
  ]);
  expect(exitCode, stderr).toBe(0);
  return program;
}

const printed = new Map<string, Promise<string>>();

/** Runs each model once for the same arguments: it knows nothing else. */
async function runModel<T = Start>(program: string, ...args: readonly string[]): Promise<T> {
  const key = [program, ...args].join(" ");
  const found = printed.get(key) ?? printOnce(program, args);
  printed.set(key, found);
  return JSON.parse(await found);
}

async function printOnce(program: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runTool(program, args);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

const start = (program: string, from: string, crystal: string) => runModel(program, from, crystal);

/** A rate that was asked for, and what the UART then has. */
interface Rate {
  readonly asked: number;
  readonly has: boolean;
  readonly made: number;
  readonly told: number;
  readonly isEnabled: boolean;
}

/** The LPUART divides 120 MHz by 4096 at most. */
const slowRates = (board: Board): number[] => (board.id === "nucleo-l4r5zi" ? [] : [9600]);

interface Watchdog {
  /** By the number of a flag's bit, which stands beside the pin's; the last without any. */
  readonly reasons: readonly number[];
  readonly isCleared: boolean;
  readonly key: number;
  readonly prescaler: number;
  readonly reload: number;
  readonly fed: number;
  readonly freeze: readonly number[];
}

const meanings = {
  ...{ IWDGRSTF: "watchdog", WWDGRSTF: "watchdog", SFTRSTF: "software", PORRSTF: "power", PWRRSTF: "power" },
  ...{ BORRSTF: "brown-out", PINRSTF: "pin", LPWRRSTF: "other", OBLRSTF: "other", FWRSTF: "other" },
} as const;

/** Bits of RCC_CSR, of the H7's RCC_RSR; the names are those of the CMSIS headers. L4 and U5 have BORRSTF for both. */
const resetFlags: Readonly<Record<string, Partial<Record<keyof typeof meanings, number>>>> = {
  STM32F1: { PINRSTF: 26, PORRSTF: 27, SFTRSTF: 28, IWDGRSTF: 29, WWDGRSTF: 30, LPWRRSTF: 31 },
  STM32F4: { BORRSTF: 25, PINRSTF: 26, PORRSTF: 27, SFTRSTF: 28, IWDGRSTF: 29, WWDGRSTF: 30, LPWRRSTF: 31 },
  STM32G0: { OBLRSTF: 25, PINRSTF: 26, PWRRSTF: 27, SFTRSTF: 28, IWDGRSTF: 29, WWDGRSTF: 30, LPWRRSTF: 31 },
  STM32L4: {
    ...{ FWRSTF: 24, OBLRSTF: 25, PINRSTF: 26, PWRRSTF: 27 },
    ...{ SFTRSTF: 28, IWDGRSTF: 29, WWDGRSTF: 30, LPWRRSTF: 31 },
  },
  STM32U5: { OBLRSTF: 25, PINRSTF: 26, PWRRSTF: 27, SFTRSTF: 28, IWDGRSTF: 29, WWDGRSTF: 30, LPWRRSTF: 31 },
  STM32H7: { BORRSTF: 21, PINRSTF: 22, PORRSTF: 23, SFTRSTF: 24, IWDGRSTF: 26, WWDGRSTF: 28, LPWRRSTF: 30 },
};

/** MHz. Sources: the chips' CMSIS headers (RCC_PLLVCO_…), RM0008 §7.3.2, RM0444 §5.2.4, RM0351 §6.2.4, RM0433 §8.7.13, RM0456 §11.4.6. */
const pllRanges: Readonly<
  Record<string, { readonly input: [number, number]; readonly vco: [number, number] }>
> = {
  STM32F1: { input: [1, 25], vco: [16, 72] },
  STM32F4: { input: [0.95, 2.1], vco: [100, 432] },
  STM32G0: { input: [2.66, 16], vco: [64, 344] },
  STM32H7: { input: [1, 16], vco: [192, 836] },
  STM32U5: { input: [4, 16], vco: [128, 544] },
  STM32L4: { input: [2.66, 16], vco: [64, 344] },
};

/** The RP2040's is on its emulator. */
const chips = boards.filter((board) => board.productId !== undefined);

describe.each(chips.map((board) => [board.id, board] as const))("%s", (_, board) => {
  let program: string;
  beforeAll(async () => {
    program = await compileModel(board);
  });

  describe("a fault before the link is started", () => {
    it.each(["crystal", "none"])("starts it, and is reported at 115200 8N1 (%s)", async (crystal) => {
      const { sent, uart, faults } = await start(program, "fault", crystal);
      expect(faults).toEqual([]);
      expect(sent).toBe("ab");
      expect(Math.abs(uart.baud / 115200 - 1)).toBeLessThan(0.01);
    });

    it("waits for no UART that does not work, so that the reset comes", async () => {
      expect((await start(program, "dead", "none")).faults).toEqual([]);
    });
  });

  it.each(["crystal", "none"])("takes a rate only if it can make it (%s)", async (crystal) => {
    const rates = await runModel<readonly Rate[]>(program, "rates", crystal);
    let told = 115_200;
    for (const { asked, has, ...rate } of rates) {
      if (has) told = asked;
      expect(rate).toMatchObject({ told, isEnabled: true });
      expect(Math.abs(rate.made / told - 1), `${asked} baud`).toBeLessThan(0.02);
    }
    const can = rates.filter(({ has }) => has).map(({ asked }) => asked);
    const all = [...slowRates(board), 57_600, 115_200, 230_400, 460_800, 921_600];
    if (crystal === "crystal") expect(can).toEqual(all);
    else expect(all).toEqual(expect.arrayContaining(can));
  });

  it("starts the watchdog with seconds to spare, and halts it with the core", async () => {
    const watchdog = await runModel<Watchdog>(program, "watchdog", "crystal");
    const { key, prescaler, reload, fed } = watchdog;
    expect({ key, prescaler, reload, fed }).toEqual({
      ...{ key: 0x5555, prescaler: 6, reload: 1000, fed: 0xaaaa },
    });
    expect(watchdog.freeze.filter((value) => value !== 0)).toHaveLength(1);
  });

  it("tells why it started, and forgets it", async () => {
    const { reasons, isCleared } = await runModel<Watchdog>(program, "watchdog", "crystal");
    const flags = resetFlags[board.mcu.slice(0, 7)]!;
    const named = Object.fromEntries(
      Object.entries(flags).map(([flag, bit]) => [flag, resetReasons[reasons[bit]!]]),
    );
    expect(named).toEqual(
      Object.fromEntries(Object.keys(flags).map((flag) => [flag, meanings[flag as keyof typeof meanings]])),
    );
    expect(resetReasons[reasons[32]!]).toBe("unknown");
    expect(isCleared).toBe(true);
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

    it("has the clock of board.json, and its flash's wait states, where its source works", async () => {
      const { said, states } = await start(program, from, "crystal");
      expect(said.core).toBe(board.clockHz);
      expect(states.at(-1)?.waitStates).toBe(board.flashWait?.states);
    });

    it.each(["crystal", "none"])(
      "never runs core, buses or flash beyond the chip's limits (%s)",
      async (crystal) => {
        const { core, apb1, apb2, waitStates } = board.limits as Required<ClockLimits>;
        for (const state of (await start(program, from, crystal)).states) {
          const fastest = (waitStates[state.waitStates] ?? waitStates.at(-1)!) * 1e6;
          expect(state.flash, JSON.stringify(state)).toBeLessThanOrEqual(fastest);
          const highest = Math.min(core * 1e6, state.limit || Number.POSITIVE_INFINITY);
          expect(state.core, JSON.stringify(state)).toBeLessThanOrEqual(highest);
          expect(state.apb1).toBeLessThanOrEqual(apb1 * 1e6);
          expect(state.apb2).toBeLessThanOrEqual(apb2 * 1e6);
        }
      },
    );

    it("keeps the PLL in its range", async () => {
      const ranges = pllRanges[board.mcu.slice(0, 7)]!;
      for (const { pllInput, vco } of (await start(program, from, "crystal")).states) {
        if (vco === 0) continue;
        expect(pllInput / 1e6).toBeGreaterThanOrEqual(ranges.input[0]);
        expect(pllInput / 1e6).toBeLessThanOrEqual(ranges.input[1]);
        expect(vco / 1e6).toBeGreaterThanOrEqual(ranges.vco[0]);
        expect(vco / 1e6).toBeLessThanOrEqual(ranges.vco[1]);
      }
    });

    it("leaves no interrupt on but the link's, and no clock of milliseconds", async () => {
      const { systick, interrupts } = await start(program, from, "crystal");
      expect(interrupts).toHaveLength(1);
      expect(systick).toBe(0);
    });
  });
});
