import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { crcUnit } from "../../src/flash/bootloaderProtocol.js";
import {
  type Chip,
  stm32f103,
  stm32f405,
  stm32g0b1,
  stm32l4r5,
  stm32l475,
  withOneBank,
} from "../../src/flash/chips.js";
import {
  ACK,
  at,
  closed,
  flashStart,
  loader,
  memory,
  NACK,
  read,
  say,
  startLoader,
  wake,
  write,
} from "./romLoader.js";

beforeEach(() => wake(stm32f405));

describe("the ROM bootloader", () => {
  it("hears nothing before the first 0x7f, and takes a second one for half a command", () => {
    startLoader();
    expect(say(0x00, 0xff, 0x55)).toEqual([]);
    expect(say(0x7f)).toEqual([ACK]);
    expect(say(0x7f)).toEqual([]);
    expect(say(0x7f)).toEqual([NACK]);
  });

  it.each([
    ["a complement that is none", [0x00, 0xfe]],
    ["a command that there is not", [0x55, 0xaa]],
    ["Erase where there is Extended Erase", [0x43, 0xbc]],
    ["Get Checksum in version 3.1", [0xa1, 0x5e]],
  ])("refuses %s", (_, bytes) => {
    expect(say(...bytes)).toEqual([NACK]);
    expect(say(0x02, 0xfd)).toEqual([ACK, 1, 0x04, 0x13, ACK]);
  });

  it("answers Get with its version and commands", () => {
    expect(say(0x00, 0xff)).toEqual([
      ...[ACK, 11, 0x31, 0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x44],
      ...[0x63, 0x73, 0x82, 0x92, ACK],
    ]);
    wake(stm32f103);
    expect(say(0x00, 0xff).slice(0, 10)).toEqual([ACK, 11, 0x22, 0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x43]);
  });

  it("answers Get Version and Get ID", () => {
    expect(say(0x01, 0xfe)).toEqual([ACK, 0x31, 0, 0, ACK]);
    wake(stm32l475);
    expect(say(0x02, 0xfd)).toEqual([ACK, 1, 0x04, 0x15, ACK]);
  });
});

describe("Read Memory", () => {
  it("gives up to 256 bytes of flash", () => {
    memory.flash.set([1, 2, 3, 4], 0x100);
    expect(read(0x08000100, 4)).toEqual([ACK, ACK, ACK, 1, 2, 3, 4]);
    expect(read(0x08000000, 256)).toHaveLength(3 + 256);
    expect(read(0x080fffff, 1)).toEqual([ACK, ACK, ACK, 0xff]);
  });

  it.each([
    ["a wrong checksum", [...flashStart.slice(0, 4), 0x09]],
    ["an address below flash", at(0x07ffffff)],
    ["an address behind flash", at(0x08100000)],
    ["the loader's own RAM", at(0x20000000)],
    ["an address behind RAM", at(0x20020000)],
  ])("refuses %s", (_, address) => {
    say(0x11, 0xee);
    expect(say(...address)).toEqual([NACK]);
  });

  it("gives the option bytes that say how many banks there are, and no others; they are not written", () => {
    wake(stm32l4r5);
    expect(read(0x1ff00000, 4).slice(3)).toEqual([0xaa, 0xff, 0xff, 0xff]);
    expect([...say(0x11, 0xee), ...say(...at(0x1ff00004))]).toEqual([ACK, NACK]);
    expect([...say(0x31, 0xce), ...say(...at(0x1ff00000))]).toEqual([ACK, NACK]);
    wake(withOneBank(stm32l4r5));
    expect(read(0x1ff00000, 4).slice(3)).toEqual([0xaa, 0xff, 0xbf, 0xff]);
    wake(stm32l475);
    expect([...say(0x11, 0xee), ...say(...at(0x1ff00000))]).toEqual([ACK, NACK]);
  });

  it("refuses a size whose complement is wrong, and a size that runs out of flash", () => {
    expect([...say(0x11, 0xee), ...say(...flashStart), ...say(3, 3)]).toEqual([ACK, ACK, NACK]);
    expect(read(0x080fffff, 2)).toEqual([ACK, ACK, NACK]);
  });
});

describe("Write Memory", () => {
  it("writes what Read Memory gives back", () => {
    expect(write(0x08000010, [1, 2, 3, 4])).toEqual([ACK, ACK, ACK]);
    expect(read(0x0800000f, 6).slice(3)).toEqual([0xff, 1, 2, 3, 4, 0xff]);
    expect(write(0x20004000, [9, 8, 7, 6])).toEqual([ACK, ACK, ACK]);
    expect(read(0x20004000, 4).slice(3)).toEqual([9, 8, 7, 6]);
  });

  it.each([
    ["a wrong checksum", [3, 1, 2, 3, 4, 0]],
    ["a number of bytes that is no multiple of 4", closed(2, 1, 2, 3)],
  ])("refuses %s, and writes nothing", (_, data) => {
    expect([...say(0x31, 0xce), ...say(...flashStart), ...say(...data)]).toEqual([ACK, ACK, NACK]);
    expect(memory.isEmpty).toBe(true);
  });

  it("refuses an address with a wrong checksum, and data that runs out of flash", () => {
    expect([...say(0x31, 0xce), ...say(8, 0, 0, 0, 9)]).toEqual([ACK, NACK]);
    expect(write(0x080ffffc, [1, 2, 3, 4, 5, 6, 7, 8])).toEqual([ACK, ACK, NACK]);
  });

  it("only clears bits of a byte that is not erased", () => {
    write(0x08000000, [0xf0, 0xff, 0xff, 0xff]);
    expect(write(0x08000000, [0x3c, 0x01, 0xff, 0xff])).toEqual([ACK, ACK, ACK]);
    expect(read(0x08000000, 4).slice(3)).toEqual([0x30, 0x01, 0xff, 0xff]);
  });

  it("leaves a double word of an L4 alone that is not erased, but for zeros", () => {
    wake(stm32l475);
    const old = [1, 2, 3, 4, 5, 6, 7, 8];
    write(0x08000000, old);
    expect(write(0x08000000, [0, 0, 0, 0, 9, 9, 9, 9])).toEqual([ACK, ACK, ACK]);
    expect(read(0x08000000, 8).slice(3)).toEqual(old);
    write(0x08000000, [0, 0, 0, 0, 0, 0, 0, 0]);
    expect(read(0x08000000, 9).slice(3)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0xff]);
  });

  it("fills half a double word of an L4 up with 0xff, after which the other half is lost", () => {
    wake(stm32l475);
    write(0x08000004, [1, 2, 3, 4]);
    write(0x08000000, [5, 6, 7, 8]);
    expect(read(0x08000000, 8).slice(3)).toEqual([0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
  });
});

describe("Go", () => {
  it("leaves the loader, which then hears nothing", () => {
    expect([...say(0x21, 0xde), ...say(...flashStart)]).toEqual([ACK, ACK]);
    expect(loader.departure).toEqual({ go: 0x08000000 });
    expect(say(0x7f, 0x7f)).toEqual([]);
  });

  it("refuses an address where nothing is", () => {
    expect([...say(0x21, 0xde), ...say(...at(0x10000000))]).toEqual([ACK, NACK]);
    expect(loader.departure).toBeUndefined();
  });
});

describe("Get Checksum", () => {
  const withChecksum: Chip = { ...stm32l475, commands: [...stm32l475.commands, 0xa1] };
  const ask = (words: number[], start = at(0xffffffff)) => [
    ...[...say(0xa1, 0x5e), ...say(...flashStart), ...say(...words)],
    ...[...say(...at(0x04c11db7)), ...say(...start)],
  ];

  it("gives the CRC unit's checksum", () => {
    wake(withChecksum);
    memory.flash.set([1, 2, 3, 4]);
    const crc = crcUnit(Uint8Array.of(1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff));
    expect(ask(at(2))).toEqual([ACK, ACK, ACK, ACK, ACK, ...at(crc)]);
  });

  it("computes words as the CRC unit does", () => {
    // A word goes in from its most significant bit, so reversed bytes are an ordinary CRC of the bytes in order.
    const inOrder = Buffer.from("4321" + "8765", "latin1");
    const bitwise = [..."12345678"].reduce((crc, letter) => {
      let next = crc ^ (letter.charCodeAt(0) << 24);
      for (let bit = 0; bit < 8; bit++) next = next < 0 ? (next << 1) ^ 0x04c11db7 : next << 1;
      return next;
    }, -1);
    expect(crcUnit(inOrder)).toBe(bitwise >>> 0);
  });

  it("refuses sizes that run out of flash, size 0, and wrong checksums", () => {
    for (const words of [at(0x40001), at(0), [0, 0, 0, 2, 3]]) {
      wake(withChecksum);
      expect([...say(0xa1, 0x5e), ...say(...flashStart), ...say(...words)]).toEqual([ACK, ACK, NACK]);
    }
    wake(withChecksum);
    expect(ask(at(2), [1, 2, 3, 4, 5])).toEqual([ACK, ACK, ACK, ACK, NACK]);
  });
});

describe("protections", () => {
  it("make writes and erases of a sector do nothing, without a word, until they are taken off", () => {
    write(0x08000000, [1, 1, 1, 1]);
    expect([...say(0x63, 0x9c), ...say(...closed(0, 0))]).toEqual([ACK, ACK]);
    expect(loader.departure).toEqual({ reset: true });
    startLoader();
    say(0x7f);
    expect(write(0x08000004, [2, 2, 2, 2])).toEqual([ACK, ACK, ACK]);
    expect([...say(0x44, 0xbb), ...say(...closed(0, 0, 0, 0))]).toEqual([ACK, ACK]);
    expect([...say(0x44, 0xbb), ...say(0xff, 0xff, 0x00)]).toEqual([ACK, ACK]);
    expect(read(0x08000000, 8).slice(3)).toEqual([1, 1, 1, 1, 0xff, 0xff, 0xff, 0xff]);
    expect(write(0x08004000, [2, 2, 2, 2])).toEqual([ACK, ACK, ACK]);
    expect(read(0x08004000, 4).slice(3)).toEqual([2, 2, 2, 2]);

    expect(say(0x73, 0x8c)).toEqual([ACK, ACK]);
    startLoader();
    say(0x7f);
    write(0x08000004, [2, 2, 2, 2]);
    expect(read(0x08000000, 8).slice(3)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });

  it("refuse a list of sectors that is wrong", () => {
    expect([...say(0x63, 0x9c), ...say(0, 0, 1)]).toEqual([ACK, NACK]);
    expect([...say(0x63, 0x9c), ...say(...closed(0, 12))]).toEqual([ACK, NACK]);
  });

  it("against reading refuse all but Get, Get Version, Get ID and the way out, which erases the chip", () => {
    write(0x08000000, [1, 1, 1, 1]);
    expect(say(0x82, 0x7d)).toEqual([ACK, ACK]);
    startLoader();
    say(0x7f);
    for (const command of [0x11, 0x21, 0x31, 0x44, 0x63, 0x73, 0x82]) {
      expect(say(command, command ^ 255)).toEqual([NACK]);
    }
    expect(say(0x02, 0xfd)).toHaveLength(5);
    expect(say(0x92, 0x6d)).toEqual([ACK, ACK]);
    startLoader();
    say(0x7f);
    expect(read(0x08000000, 4).slice(3)).toEqual([0xff, 0xff, 0xff, 0xff]);
  });
});

describe("hostile bytes", () => {
  it("neither break the loader nor make it answer more than a block for each message", () => {
    const anything = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(...stm32l475.commands, 0xa1).map((code) => Uint8Array.of(code, code ^ 255)),
        fc.constantFrom(0x08000000, 0x080ffffc, 0x20003100).map((address) => Uint8Array.from(at(address))),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(anything, fc.constantFrom(stm32f405, stm32l475, stm32f103, stm32g0b1), (messages, chip) => {
        wake({ ...chip, commands: [...chip.commands, 0xa1] });
        for (const message of messages) {
          const answer = loader.receive(message);
          // a message of two bytes at the least brings 257 at the most
          expect(answer.length).toBeLessThanOrEqual(257 * Math.ceil((message.length + 1) / 2));
        }
      }),
      { seed: 3155, numRuns: 300 },
    );
  });
});
