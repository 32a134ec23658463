import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import { flashOfElf, Rp2040Chip } from "../../src/board/rp2040Chip.js";
import { boot2Crc } from "../../src/board/rp2040Image.js";
import { networkDirectory, temporaryDirectory } from "../firmware/images.js";

const directory = temporaryDirectory();
const probe = fileURLToPath(new URL("../firmware/rp2040/probe.c", import.meta.url));
const board = findBoard("pico");

let flash: Uint8Array;
let chip: Rp2040Chip;

beforeAll(async () => {
  const sources = board.sources.filter((path) => path.includes("/"));
  const { elf } = await compileFirmware({
    board: { ...board, sources },
    sources: [{ path: probe }],
    includeDirectories: [networkDirectory("fixture")],
    outputDirectory: directory,
    strict: true,
  });
  flash = flashOfElf(readFileSync(elf));
  chip = new Rp2040Chip(flash);
  expect(answer()).toEqual([0x21212121]);
});

const MOST_INSTRUCTIONS = 50_000_000;

/** Lets it run until it has nothing to do but wait for a byte. */
function answerBytes(): Uint8Array {
  const bytes: number[] = [];
  const end = chip.instructions + MOST_INSTRUCTIONS;
  while (chip.instructions < end) {
    const sleep = chip.run(10_000);
    bytes.push(...chip.takeSent());
    if (sleep > 0 && bytes.length >= 4) return Uint8Array.from(bytes);
    if (sleep > 0 && sleep < Number.POSITIVE_INFINITY) chip.sleep(sleep);
  }
  throw new Error(`no answer after ${MOST_INSTRUCTIONS} instructions`);
}

function answer(): number[] {
  return [...new Uint32Array(answerBytes().buffer)];
}

/** One command of probe.c. */
function ask(letter: string, ...bytes: number[]): number {
  chip.receive(Uint8Array.of(letter.charCodeAt(0), ...bytes));
  return answer()[0]!;
}

const [floating, up, down] = [0, 1, 2];

describe("the Pico's firmware on its emulator", () => {
  it("runs at the clock of board.json, with a link of 115200, and knows that no chip is below it", () => {
    expect([ask("h", 0), chip.coreHz]).toEqual([board.clockHz, board.clockHz]);
    expect(Math.abs(chip.baud / 115200 - 1)).toBeLessThan(0.001);
    expect(ask("k", 0)).toBe(2); // instructions
  });

  it("drives its outputs from the first moment, and lets go of them", () => {
    expect(chip.read(2)).toBe(0);
    ask("o", 2, 1);
    expect(chip.read(2)).toBe(1);
    ask("w", 2, 0);
    expect(chip.read(2)).toBe(0);
    ask("w", 2, 1);
    expect([chip.read(2), ask("r", 2)]).toEqual([1, 1]);
    ask("i", 2, floating);
    expect(chip.read(2)).toBe(0);
  });

  it("reads its inputs, and its pulls where nothing drives them", () => {
    expect([ask("i", 3, up), ask("r", 3)]).toEqual([0, 1]);
    expect([ask("i", 3, down), ask("r", 3)]).toEqual([0, 0]);
    chip.drive(3, 1);
    expect(ask("r", 3)).toBe(1);
    ask("i", 3, up);
    chip.drive(3, 0);
    expect(ask("r", 3)).toBe(0);
  });

  it("reads each channel of the ADC, of 12 bits", () => {
    for (const [channel, reading] of [0, 1234, 4095, 7].entries()) {
      chip.driveAnalog(channel, reading);
      ask("A", 26 + channel);
    }
    expect([0, 1, 2, 3].map((channel) => ask("a", channel))).toEqual([0, 1234, 4095, 7]);
  });

  it("counts each instruction, beyond SysTick's 24 bits too", () => {
    // a round takes 3: nop, sub and branch
    const [least, next, most] = [1, 2, 255].map((rounds) => ask("t", rounds));
    expect(next! - least!).toBe(3 * 256);
    expect(most! - least!).toBe(3 * 256 * 254);
    let sum = 0;
    for (let i = 0; i < 90; i++) sum += ask("t", 255) - most!;
    expect(sum).toBe(0); // 17 million instructions: SysTick has gone round
  });

  it("has milliseconds of the timer beside them", () => {
    ask("c", 0);
    const ticks = ask("m", 20) / (board.clockHz / 1000);
    expect(ticks).toBeGreaterThan(19);
    expect(ticks).toBeLessThan(21);
  });

  it.each(["z", "l"])("reports a fault (%s), begins again, and finds wires as they were", (letter) => {
    chip.drive(5, 1);
    chip.receive(Uint8Array.of(letter.charCodeAt(0), 0));
    const bytes = answerBytes();
    expect(bytes.length).toBe(1 + 8 * 4 + 4);
    const words = new DataView(bytes.buffer);
    expect(bytes[0]).toBe(0xf0);
    expect(words.getUint32(1, true)).toBe(3); // a hard fault
    const [pc, lr] = [5, 9].map((at) => words.getUint32(at, true));
    expect(pc).toBeGreaterThan(0x10000100);
    expect(lr).toBeGreaterThan(0x10000100);
    expect(pc).toBeLessThan(0x10000000 + flash.length);
    expect(words.getUint32(33, true)).toBe(0x21212121);
    ask("i", 5, floating);
    expect(ask("r", 5)).toBe(1);
  });

  it("divides without libgcc", () => {
    expect(ask("d", 255)).toBe(0);
  });

  it("takes other rates up to 921600", () => {
    expect([1, 96, 97, 0].map((times) => ask("B", times))).toEqual([1, 1, 0, 0]);
    expect(ask("b", 96)).toBe(921600);
    expect(Math.abs(chip.baud / 921600 - 1)).toBeLessThan(0.001);
    expect(ask("b", 12)).toBe(115200);
  });

  it("begins again when it resets itself or nobody feeds its watchdog, and says why", () => {
    chip = new Rp2040Chip(flash);
    expect(answer()).toEqual([0x21212121]);
    expect(ask("x", 0)).toBe(1); // power came
    chip.receive(Uint8Array.of("R".charCodeAt(0), 0));
    expect(answer()).toEqual([0x21212121]);
    expect(ask("x", 0)).toBe(4); // software
    expect(ask("W", 0)).toBe(1);
    expect(answer()).toEqual([0x21212121]);
    expect(ask("x", 0)).toBe(5); // the watchdog
  });

  it("takes no byte before its UART is on, and loses none", () => {
    chip = new Rp2040Chip(flash);
    chip.receive(Uint8Array.of(..."h\0h\0k\0".split("").map((letter) => letter.charCodeAt(0))));
    expect(answer()).toEqual([0x21212121, board.clockHz, board.clockHz, 2]);
  });
});

describe("the first 256 bytes of flash", () => {
  // The check value of CRC-32/MPEG-2 is of "123456789"; the other bytes of 252 are taken as they are.
  it("end with the CRC-32 that the boot ROM takes", () => {
    expect(boot2Crc(Buffer.from("123456789"))).toBe(0x0376e6e7);
    expect(new DataView(flash.buffer).getUint32(252, true)).toBe(boot2Crc(flash));
  });

  it("are refused as the ROM would, when a bit is another one", () => {
    const broken = flash.slice();
    broken[17]! ^= 4;
    expect(() => new Rp2040Chip(broken)).toThrow(
      /^the boot ROM would not start this image: the CRC-32 of its/,
    );
    expect(() => new Rp2040Chip(new Uint8Array(0))).toThrow("the boot ROM would not start this image");
  });
});
