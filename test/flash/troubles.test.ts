import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import type { BootloaderLine } from "../../src/flash/bootloaderLine.js";
import { type Chip, stm32f103, stm32f405, stm32l4r5, stm32l475 } from "../../src/flash/chips.js";
import { connectLoader, flashImage, startProgram } from "../../src/flash/flasher.js";
import { planFlash } from "../../src/flash/planFlash.js";
import { expectChip } from "../../src/flash/troubles.js";
import { modelLine } from "./modelLine.js";

const image = { address: 0x08000000, data: Uint8Array.from({ length: 600 }, (_, i) => i % 251) };

async function flash(line: BootloaderLine) {
  const loader = await connectLoader(line);
  return flashImage(loader, planFlash(loader.chip, image));
}

/** A line on which something else than the loader's model answers. */
function lineThat(answer: (byte: number) => readonly number[]): BootloaderLine {
  let waiting: number[] = [];
  return {
    name: "the model",
    write: async (bytes) => {
      for (const byte of bytes) waiting.push(...answer(byte));
    },
    read: async (count) => Uint8Array.from(waiting.splice(0, count)),
    discard: () => {
      waiting = [];
    },
  };
}

describe("who flashes is told, with the remedy,", () => {
  it("that nobody answers", async () => {
    await expect(flash(lineThat(() => []))).rejects.toMatchObject({
      name: "UserError",
      message: "no ROM bootloader answers on the model",
      hint:
        "set BOOT0 high, reset the board and try again; --entry does it by DTR and RTS where they are wired; " +
        "else look for TX and RX swapped, no common ground, 5 V levels, or option bits that ignore BOOT0",
    });
  });

  it("first where else the board is flashed, when its loader does not listen on the link's cable", async () => {
    const silent = connectLoader(
      lineThat(() => []),
      "flash it --with drive",
    );
    await expect(silent).rejects.toMatchObject({
      message: "no ROM bootloader answers on the model",
      hint: expect.stringMatching(
        /^flash it --with drive; else set BOOT0 high, reset the board and try again; /,
      ),
    });
  });

  it("that what is sent comes back", async () => {
    await expect(flash(lineThat((byte) => [byte]))).rejects.toMatchObject({
      message: "what is sent to the model comes back: 0x7f instead of 0x79",
      hint: "TX and RX are joined, or the adapter echoes: take the bridge out, and wire TX to the board's RX",
    });
  });

  it("that something else answers", async () => {
    await expect(flash(lineThat(() => [0xc0]))).rejects.toMatchObject({
      message: "the model answers 0x7f with 0xc0 0xc0 0xc0, expected 0x79 (ACK)",
      hint: expect.stringMatching(/^a program is running instead of the loader .* try --baud 57600/),
    });
  });

  it("that the adapter sends no parity: 0x7f is heard, commands are not", async () => {
    // The loader drops bytes of a wrong parity.
    let isFirst = true;
    const answer = () => {
      const isHeard = isFirst;
      isFirst = false;
      return isHeard ? [0x79] : [];
    };
    await expect(flash(lineThat(answer))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the loader on the model acknowledges 0x7f but no command after it \(.*silence/,
      ),
      hint: expect.stringMatching(/^most likely the adapter sends no parity bit \(CH340 .* mini UART\)/),
    });
  });

  it("that the chip is not known", async () => {
    const other: Chip = { ...stm32f405, productId: 0x482 };
    await expect(flash(modelLine(other))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the chip on the model has product ID 482, which this pinfer has no map of; it knows STM32F405/,
      ),
      hint: "write build/firmware.hex with the chip maker's own tool, STM32CubeProgrammer for one",
    });
  });

  it("that the firmware is for another chip", () => {
    const board = { id: "olimex-stm32-h405", mcu: "STM32F405RG", productId: 0x413 };
    expect(() => expectChip("COM4", stm32l475, board)).toThrow(
      'the firmware is for board "olimex-stm32-h405" (STM32F405RG), the chip on COM4 is an STM32L475/476/486',
    );
    expect(() => expectChip("COM4", stm32f405, board)).not.toThrow();
  });

  it("that the chip is read-protected", async () => {
    const memory = new ChipMemory(stm32f405);
    memory.isReadProtected = true;
    await expect(flash(modelLine(memory))).rejects.toMatchObject({
      message: "the chip on the model is read-protected: its loader refuses Read Memory",
      hint: "`stm32flash -k the model` takes the protection off and erases the whole chip",
    });
  });

  it("that a chip of pages that an option bit decides is read-protected", async () => {
    const memory = new ChipMemory(stm32l4r5);
    memory.isReadProtected = true;
    await expect(flash(modelLine(memory))).rejects.toMatchObject({
      message: "the chip on the model is read-protected: its loader refuses Read Memory",
    });
  });

  const elsewhere = (address: number): Chip => ({
    ...stm32l4r5,
    bankOption: { ...stm32l4r5.bankOption!, address },
  });

  it.each([
    ["refuses to read", 0x1ff80000, () => undefined],
    ["answers 0xff 0xff 0xff 0xff for", 0x1feffffc, (bytes: Uint8Array) => bytes.fill(0xff)],
  ])("that the loader %s the option bytes, and nothing is erased", async (what, address, change) => {
    const memory = new ChipMemory(elsewhere(address), Uint8Array.of(9, 9));
    const readable = memory.readable.bind(memory);
    memory.readable = (at, count) => {
      const bytes = readable(at === 0x1ff00000 && what.startsWith("answers") ? address : at, count);
      if (bytes !== undefined && at === 0x1ff00000) change(bytes);
      return bytes;
    };
    await expect(flash(modelLine(memory))).rejects.toMatchObject({
      name: "UserError",
      message:
        `the loader on the model ${what} the option bytes at 0x1ff00000, which say how large the pages of its ` +
        "STM32L4R5/4S5 and others of L4R/L4S, 2 MB are",
      hint: expect.stringMatching(/^nothing was erased; write build\/firmware.hex with /),
    });
    expect([...memory.flash.subarray(0, 3)]).toEqual([9, 9, 0xff]);
  });

  it("that a sector keeps its bytes", async () => {
    const memory = new ChipMemory(stm32f405, Uint8Array.of(9, 9));
    memory.protectedPages.add(0);
    await expect(flash(modelLine(memory))).rejects.toMatchObject({
      message: "flash holds 0x09 at 0x08000000 after 3 tries, expected 0x00",
      hint: "page 0 is most likely write-protected, of which the loader tells nothing: `stm32flash -u PORT` ends that",
    });
  });

  it("that the loader has fallen silent, and where", async () => {
    const line = modelLine(stm32f405, { sent: (byte, n) => (n < 300 ? [byte] : []) });
    await expect(flash(line)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the loader on the model does not go on while writing at 0x08000100 \(resynchronizing: silence/,
      ),
      hint: "check cable and power, reset the board with BOOT0 high, and flash again: a cut flash does no harm",
    });
  });
});

describe("a loader that answers anything", () => {
  it("is given up with a message, in a bounded number of bytes, and never believed", async () => {
    // Mostly ACKs, so that sessions get far.
    const byte = fc.oneof({ weight: 5, arbitrary: fc.constant(0x79) }, { weight: 1, arbitrary: fc.nat(255) });
    const answer = fc.oneof(
      { weight: 4, arbitrary: byte.map((one) => [one]) },
      fc.array(byte, { maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(answer), async (answers) => {
        let sent = 0;
        const line = lineThat(() => {
          sent++;
          return answers.next().value!;
        });
        await expect(flash(line)).rejects.toMatchObject({ name: "UserError", hint: expect.any(String) });
        expect(sent).toBeLessThan(100_000);
      }),
      { seed: 3155, numRuns: 200 },
    );
  });
});

describe("a chip whose flashing was cut", () => {
  it("has no initial stack pointer until everything else is in place", async () => {
    const whole = modelLine(stm32f405);
    await flash(whole);
    let wasEmpty = false;
    for (let cut = 0; cut < whole.counts.sent; cut += 10) {
      const line = modelLine(stm32f405, { sent: (byte, n) => (n < cut ? [byte] : []) });
      await flash(line).catch(() => undefined);
      const { flash: bytes, isEmpty } = line.memory;
      if (!isEmpty) expect(bytes.subarray(0, 600)).toEqual(image.data);
      else if (bytes[599] !== 0xff) wasEmpty = true;
    }
    expect(wasEmpty).toBe(true);
  });
});

describe("planFlash", () => {
  const plan = (address: number, bytes: number, chip = stm32f405) =>
    planFlash(chip, { address, data: new Uint8Array(bytes) });

  it("cuts at multiples of 256 and fills the end up", () => {
    const lengths = plan(0x080000f0, 0x112).blocks.map(({ address, data }) => [address, data.length]);
    expect(lengths).toEqual([
      [0x080000f0, 16],
      [0x08000100, 256],
      [0x08000200, 4],
    ]);
    expect([...plan(0x08000000, 9, stm32l475).blocks[0].data]).toEqual(
      [0, 0, 0, 0, 0, 0, 0, 0, 0].concat([255, 255, 255, 255, 255, 255, 255]),
    );
  });

  it.each([
    [0x08000000, 0, "the image is empty"],
    [0x07fffffc, 8, "the image is 8 B at 0x07fffffc; STM32F405/407/415/417 has flash from 0x08000000 to"],
    [0x080ffffc, 8, "has flash from 0x08000000 to 0x08100000"],
    [0x08000002, 4, "the image starts at 0x08000002; STM32F405/407/415/417 programs units of 4 B"],
  ])("refuses an image at %i of %i bytes: %s", (address, bytes, message) => {
    expect(() => plan(address, bytes)).toThrow(message);
  });
});

describe("startProgram", () => {
  it("says so when the loader does not acknowledge", async () => {
    const line = modelLine(stm32f103);
    const loader = await connectLoader(line);
    line.reset();
    expect(await startProgram(loader, 0x08000000)).toBe(false);
  });
});
