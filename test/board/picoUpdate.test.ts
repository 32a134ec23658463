import { join } from "node:path";
import { Simulator } from "rp2040js";
import { beforeAll, describe, expect, it } from "vitest";
import { denseNetwork } from "../../scripts/cutUpdates.mjs";
import {
  buildForPico,
  cutFlash,
  startPico,
  tornAnywhere,
  tornBehind,
  updatePico,
} from "../../scripts/cutUpdatesOnPico.mjs";
import { type FlashChange, Rp2040Flash } from "../../src/board/rp2040Flash.js";
import { Rp2040Rom } from "../../src/board/rp2040Rom.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";

const INPUTS = 24;
const PAGE = 256;
const SECTOR = 4096;
const [builtIn, first, second] = [1, 2, 3].map((seed) => denseNetwork(seed, INPUTS)) as [
  QuantizedNetwork,
  QuantizedNetwork,
  QuantizedNetwork,
];
const input = Int8Array.from({ length: INPUTS }, (_, i) => Math.imul(i * 31, 2654435761) >> 24);

/** What the network's device must answer when it starts. */
function expected(network: QuantizedNetwork): { hash: string; output: string } {
  const program = planProgram(network);
  return { hash: program.hash, output: runProgram(program, input).join() };
}

describe("an emulated Pico with slots", () => {
  let slots: number;
  let before: Uint8Array;
  let behind: Uint8Array;
  let changes: readonly FlashChange[];

  beforeAll(async () => {
    const { flash, slotBytes } = await buildForPico(builtIn, join(temporaryDirectory(), "firmware"));
    expect(await startPico(flash, input)).toEqual(expected(builtIn));
    slots = flash.length - 2 * slotBytes;
    ({ flash: before } = await updatePico(flash, first));
    ({ flash: behind, changes } = await updatePico(before, second));
  });

  it("runs with what came over the link, and keeps it", async () => {
    expect(await startPico(before, input)).toEqual(expected(first));
    expect(await startPico(behind, input)).toEqual(expected(second));
  });

  it("erases a slot once, writes each byte once and the header last, and nothing else", () => {
    const slot = slots + (behind.length - slots) / 2;
    const sizes = changes.map(({ after }) => after.length);
    expect(sizes.lastIndexOf(SECTOR)).toBe((behind.length - slot) / SECTOR - 1);
    expect(new Set(sizes)).toEqual(new Set([SECTOR, PAGE]));
    expect(changes.filter(({ offset }) => offset < slot)).toEqual([]);
    expect(changes.at(-1)!.offset).toBe(slot);
    const written = changes.filter(({ after }) => after.length === PAGE);
    const places = written.flatMap(({ offset, before: old, after }) =>
      Array.from(after, (byte, i) => (byte === old[i] ? -1 : offset + i)).filter((place) => place >= 0),
    );
    expect(new Set(places).size).toBe(places.length);
  });

  it("has the old network or the new one wherever the power goes", async () => {
    const header = changes.length - 1;
    const at = (index: number) => changes[index]!;
    const cuts: [number, Uint8Array | undefined][] = [
      [0, undefined],
      [0, tornBehind(at(0), 100)],
      [0, tornAnywhere(at(0), 1)],
      [3, tornAnywhere(at(3), 2)],
      [5, tornBehind(at(5), 200)],
      [header, undefined],
      [header, tornBehind(at(header), 8)],
      [header, tornBehind(at(header), 23)],
      [header, tornAnywhere(at(header), 3)],
      [header, tornBehind(at(header), 24)],
    ];
    const found = [];
    for (const [index, torn] of cuts) {
      found.push(await startPico(cutFlash(before, changes, index, torn), input));
    }
    const isNew = cuts.map((_, i) => i === cuts.length - 1);
    expect(found).toEqual(isNew.map((isLate) => expected(isLate ? second : first)));
  });
});

describe("the boot ROM's functions", () => {
  const FLASH = 0x10000000;
  const RAM = 0x20000000;
  const SSI = 0x18000000;

  function start() {
    const { rp2040: chip } = new Simulator();
    const flash = new Rp2040Flash(new Uint8Array(2 * SECTOR));
    let nanoseconds = 0;
    new Rp2040Rom(chip, flash, (more) => {
      nanoseconds += more;
    });
    const { core } = chip;
    /** What a program gets that calls the address. */
    const call = (address: number, ...parameters: number[]) => {
      for (const [i, value] of parameters.entries()) core.registers[i] = value;
      core.LR = RAM + 1;
      core.PC = address & ~1;
      while (core.PC !== RAM) core.executeInstruction();
      return core.registers[0]!;
    };
    const find = (code: string) =>
      call(chip.readUint16(0x18), chip.readUint16(0x14), code.charCodeAt(0) | (code.charCodeAt(1) << 8));
    const rom = (code: string, ...parameters: number[]) => call(find(code), ...parameters);
    const readAgain = () => {
      chip.writeUint32(SSI + 0x08, 0);
      chip.writeUint32(SSI + 0x00, 0x001f0300);
      chip.writeUint32(SSI + 0xf4, 0x03000218);
      chip.writeUint32(SSI + 0x08, 1);
    };
    readAgain();
    return { chip, flash, find, rom, readAgain, time: () => nanoseconds };
  }

  it("are found by two letters, and no other", () => {
    const { find } = start();
    const found = ["IF", "EX", "RE", "RP", "FC"].map(find);
    expect(new Set(found).size).toBe(5);
    expect(found.every((address) => address % 2 === 1)).toBe(true);
    expect(find("XX")).toBe(0);
  });

  it("erase sectors, clear bits of pages, and take the time of it", () => {
    const { chip, flash, rom, readAgain, time } = start();
    chip.sram.fill(0x3c, 0, PAGE);
    rom("IF");
    rom("EX");
    rom("RE", 0, SECTOR, 1 << 16, 0xd8);
    rom("RP", PAGE, RAM, PAGE);
    chip.sram.fill(0xf0, 0, PAGE);
    rom("RP", PAGE, RAM, PAGE);
    rom("FC");
    readAgain();
    expect([chip.readUint32(FLASH), chip.readUint32(FLASH + PAGE), chip.readUint32(FLASH + SECTOR)]).toEqual([
      0xffffffff, 0x30303030, 0,
    ]);
    expect(flash.bytes[PAGE]).toBe(0x30);
    expect(time()).toBe(45e6 + 2 * 4e5);
  });

  it("leave nothing to read until SSI is set again and the cache is flushed", () => {
    const { chip, rom, readAgain } = start();
    const read = () => chip.readUint32(FLASH);
    expect(read()).toBe(0);
    rom("IF");
    rom("EX");
    expect(read()).toBe(0xdededede);
    readAgain();
    expect(read()).toBe(0xdededede);
    rom("FC");
    readAgain();
    expect(read()).toBe(0);
    rom("IF");
    rom("EX");
    rom("FC");
    expect(read()).toBe(0xdededede);
  });

  it("change nothing while the flash still reads as memory", () => {
    const { flash, rom, time } = start();
    rom("RE", 0, SECTOR, 1 << 16, 0xd8);
    rom("EX");
    rom("RE", 0, SECTOR, 1 << 16, 0xd8);
    expect([flash.bytes[0], time()]).toEqual([0, 0]);
  });
});
