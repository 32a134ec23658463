import { beforeEach, describe, expect, it } from "vitest";
import { stm32f103, stm32f405, stm32g0b1, stm32l4r5, stm32l475, withOneBank } from "../../src/flash/chips.js";
import { ACK, closed, memory, NACK, read, say, wake } from "./romLoader.js";

beforeEach(() => wake(stm32f405));

describe("Extended Erase", () => {
  beforeEach(() => memory.flash.fill(0));
  const erasedRanges = () => {
    const starts = memory.chip.pages.filter((page) => read(page.address, 1).at(-1) === 0xff);
    return starts.map(({ number }) => number);
  };

  it("erases the sectors it names: 4 of 16 KB, one of 64 KB, 7 of 128 KB", () => {
    expect([...say(0x44, 0xbb), ...say(...closed(0, 1, 0, 4, 0, 11))]).toEqual([ACK, ACK]);
    expect(erasedRanges()).toEqual([4, 11]);
    const changes = [0xffff, 0x10000, 0x1ffff, 0x20000, 0xdffff, 0xe0000, 0xfffff];
    expect(changes.map((offset) => memory.flash[offset])).toEqual([0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
  });

  it("erases everything, and banks where there are any", () => {
    expect([...say(0x44, 0xbb), ...say(0xff, 0xfe, 0x01)]).toEqual([ACK, NACK]);
    expect([...say(0x44, 0xbb), ...say(0xff, 0xff, 0x00)]).toEqual([ACK, ACK]);
    expect(memory.flash.every((byte) => byte === 0xff)).toBe(true);
    wake(stm32l475);
    memory.flash.fill(0);
    expect([...say(0x44, 0xbb), ...say(0xff, 0xfd, 0x02)]).toEqual([ACK, ACK]);
    expect([memory.flash[0x7ffff], memory.flash[0x80000], memory.flash[0xfffff]]).toEqual([0, 0xff, 0xff]);
  });

  it.each([
    ["512 pages of 4 KB on an L4R5 with two banks", stm32l4r5, 511, 0x1ff000, 0x200000],
    ["256 pages of 8 KB on one with one bank", withOneBank(stm32l4r5), 255, 0x1fe000, 0x200000],
    ["128 pages of 2 KB on a G0B1", stm32g0b1, 127, 0x3f800, 0x40000],
  ])("knows %s", (_, chip, last, start, end) => {
    wake(chip);
    memory.flash.fill(0);
    expect([...say(0x44, 0xbb), ...say(...closed(0, 0, (last + 1) >> 8, (last + 1) & 255))]).toEqual([
      ...[ACK, NACK],
    ]);
    expect([...say(0x44, 0xbb), ...say(...closed(0, 0, last >> 8, last & 255))]).toEqual([ACK, ACK]);
    const changes = [start - 1, start, end - 1];
    expect(changes.map((offset) => memory.flash[offset])).toEqual([0, 0xff, 0xff]);
    expect(memory.flash.filter((byte) => byte !== 0).length).toBe(end - start);
  });

  it("erases a bank of a G0B1 by its code only, and none where an L4R5 has but one", () => {
    wake(stm32g0b1);
    memory.flash.fill(0);
    expect([...say(0x44, 0xbb), ...say(...closed(0, 0, 0xff, 0xfd))]).toEqual([ACK, NACK]);
    expect([...say(0x44, 0xbb), ...say(0xff, 0xfd, 0x02)]).toEqual([ACK, ACK]);
    expect([memory.flash[0x3ffff], memory.flash[0x40000], memory.flash[0x7ffff]]).toEqual([0, 0xff, 0xff]);
    expect([...say(0x44, 0xbb), ...say(0xff, 0xfe, 0x01)]).toEqual([ACK, ACK]);
    expect(memory.flash.every((byte) => byte === 0xff)).toBe(true);
    wake(withOneBank(stm32l4r5));
    expect([...say(0x44, 0xbb), ...say(0xff, 0xfd, 0x02)]).toEqual([ACK, NACK]);
  });

  it("knows 512 pages of 2 KB on the L475", () => {
    wake(stm32l475);
    memory.flash.fill(0);
    expect([...say(0x44, 0xbb), ...say(...closed(0, 0, 0x01, 0xff))]).toEqual([ACK, ACK]);
    expect(erasedRanges()).toEqual([511]);
    expect([memory.flash[0xff7ff], memory.flash[0xff800]]).toEqual([0, 0xff]);
  });

  it.each([
    ["a wrong checksum", [0, 0, 0, 1, 0]],
    ["a sector that there is not, and those beside it", closed(0, 1, 0, 1, 0, 12)],
    ["more sectors than there are", [0, 12]],
    ["a code that is reserved", [0xff, 0xf0, 0x0f]],
    ["all with a wrong checksum", [0xff, 0xff, 0x01]],
  ])("refuses %s", (_, list) => {
    expect([...say(0x44, 0xbb), ...say(...list)]).toEqual([ACK, NACK]);
    expect(erasedRanges()).toEqual([]);
  });
});

describe("Erase", () => {
  beforeEach(() => {
    wake(stm32f103);
    memory.flash.fill(0);
  });

  it("erases pages by numbers of one byte, and all", () => {
    expect([...say(0x43, 0xbc), ...say(...closed(1, 0, 127))]).toEqual([ACK, ACK]);
    expect([0, 0x3ff, 0x400, 0x1fbff, 0x1fc00].map((offset) => memory.flash[offset])).toEqual([
      ...[0xff, 0xff, 0, 0, 0xff],
    ]);
    expect([...say(0x43, 0xbc), ...say(0xff, 0x00)]).toEqual([ACK, ACK]);
    expect(memory.flash.every((byte) => byte === 0xff)).toBe(true);
  });

  it.each([
    ["a wrong checksum", [0, 0, 1]],
    ["a page that there is not", closed(0, 128)],
    ["all with a wrong complement", [0xff, 0x01]],
  ])("refuses %s", (_, list) => {
    expect([...say(0x43, 0xbc), ...say(...list)]).toEqual([ACK, NACK]);
    expect(memory.flash.every((byte) => byte === 0)).toBe(true);
  });
});
