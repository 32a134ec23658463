import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import {
  BANK_2,
  type Chip,
  stm32f103,
  stm32f405,
  stm32g0b1,
  stm32l4r5,
  stm32l475,
  withOneBank,
} from "../../src/flash/chips.js";
import { connectLoader, flashImage, startProgram } from "../../src/flash/flasher.js";
import { type FlashImage, planFlash } from "../../src/flash/planFlash.js";
import { type Mishap, type ModelLine, modelLine } from "./modelLine.js";

const withChecksum: Chip = { ...stm32l475, commands: [...stm32l475.commands, 0xa1] };
const models: [string, Chip][] = [
  ["STM32F405, Extended Erase", stm32f405],
  ["STM32L475, double words", stm32l475],
  ["STM32L475 with Get Checksum", withChecksum],
  ["STM32F103, Erase", stm32f103],
  ["STM32G0B1", stm32g0b1],
  ["STM32L4R5, two banks", stm32l4r5],
  ["STM32L4R5, one bank", withOneBank(stm32l4r5)],
];

/** Neither 0 nor erased anywhere, so no block is skipped and no mistake is hidden. */
function image(bytes: number, address = 0x08000000): FlashImage {
  return { address, data: Uint8Array.from({ length: bytes }, (_, i) => ((i * 151) % 254) + 1) };
}

/** They meet at 0x08000100, where a block ends. */
const twoShortBlocks = image(40, 0x080000f0);

/** What lies in the model's flash where the image is to be. */
function held({ memory }: ModelLine, { address, data }: FlashImage): Uint8Array {
  return memory.flash.subarray(address - 0x08000000, address - 0x08000000 + data.length);
}

async function flash(line: ModelLine, wanted: FlashImage) {
  const loader = await connectLoader(line);
  const report = await flashImage(loader, planFlash(loader.chip, wanted));
  return { report, isStarted: await startProgram(loader, wanted.address) };
}

describe.each(models)("flashing a model of %s", (_, chip) => {
  it("puts 64 KB into flash over what was there, verifies and starts them", async () => {
    const line = modelLine(new ChipMemory(chip, new Uint8Array(chip.flashBytes)));
    const wanted = image(65_536);
    const { report, isStarted } = await flash(line, wanted);
    expect(held(line, wanted)).toEqual(wanted.data);
    expect(report).toEqual({
      erasedPages: chip.pages.filter(({ address }) => address < 0x08010000).length,
      writtenBytes: 65_536,
      verifiedBytes: 65_536,
      verifiedBy: chip === withChecksum ? "checksum" : "reading back",
      retries: 0,
    });
    expect([isStarted, line.loader.departure]).toEqual([true, { go: 0x08000000 }]);
  });

  it("erases only the pages that the image touches", async () => {
    const line = modelLine(new ChipMemory(chip, new Uint8Array(chip.flashBytes)));
    const page = chip.pages[2];
    const wanted = image(page.bytes + 1, page.address);
    await flash(line, wanted);
    const start = page.address - 0x08000000;
    const end = start + page.bytes + chip.pages[3].bytes;
    expect(held(line, wanted)).toEqual(wanted.data);
    expect([line.memory.flash[start - 1], line.memory.flash[end - 1], line.memory.flash[end]]).toEqual([
      ...[0, 0xff, 0],
    ]);
  });

  it("goes on with a loader that was spoken with before, and with one left in any message", async () => {
    const whole = modelLine(chip);
    const wanted = twoShortBlocks;
    await flash(whole, wanted);
    for (let cut = 0; cut < whole.counts.sent; cut++) {
      let isSecond = false;
      const line = modelLine(chip, { sent: (byte, n) => (isSecond || n < cut ? [byte] : []) });
      await flash(line, wanted).catch(() => undefined);
      isSecond = true;
      line.discard();
      await flash(line, wanted).catch((error) => {
        throw new Error(`after ${cut} bytes: ${error}`, { cause: error });
      });
      expect([cut, held(line, wanted)]).toEqual([cut, wanted.data]);
    }
  });
});

describe("flash in banks", () => {
  const full = (chip: Chip) => modelLine(new ChipMemory(chip, new Uint8Array(chip.flashBytes)));

  it("of an STM32G0B1: the second is erased as one, by the image that reaches it and no other", async () => {
    const line = full(stm32g0b1);
    const before = image(2048, 0x0803f800);
    expect((await flash(line, before)).report.erasedPages).toBe(1);
    expect([held(line, before), line.memory.flash[0x40000]]).toEqual([before.data, 0]);

    line.reset();
    const across = image(2048 + 8, 0x0803f800);
    const { pages } = planFlash(stm32g0b1, across);
    expect(pages.map(({ number }) => number)).toEqual([127, BANK_2]);
    expect((await flash(line, across)).report).toMatchObject({ erasedPages: 2, retries: 0 });
    expect(held(line, across)).toEqual(across.data);
    expect(line.memory.flash[0x3f7ff]).toBe(0);
    expect(line.memory.flash.subarray(0x40008).every((byte) => byte === 0xff)).toBe(true);
  });

  it.each([
    ["two banks", stm32l4r5, 4096],
    ["one bank", withOneBank(stm32l4r5), 8192],
  ])(
    "of an STM32L4R5 with %s: no page but the image's is erased, in its second half either",
    async (_, chip, bytes) => {
      const line = full(chip);
      const wanted = image(100, 0x08102000);
      await flash(line, wanted);
      const { flash: after } = line.memory;
      expect(held(line, wanted)).toEqual(wanted.data);
      expect(after.subarray(0x102000 + 104, 0x102000 + bytes).every((byte) => byte === 0xff)).toBe(true);
      expect(after.filter((byte) => byte !== 0).length).toBe(bytes);
    },
  );
});

describe("the option bit of an STM32L4R5", () => {
  it.each([
    [2, stm32l4r5],
    [1, withOneBank(stm32l4r5)],
  ])(
    "is believed when it comes twice: %i banks, whatever bit of the loader's answers is flipped",
    async (_, chip) => {
      const memory = new ChipMemory(chip);
      const whole = modelLine(memory);
      await connectLoader(whole);
      for (let position = 0; position < whole.counts.received; position++) {
        for (let bit = 0; bit < 8; bit++) {
          const received: Mishap = (byte, n) => [n === position ? byte ^ (1 << bit) : byte];
          const { chip: found } = await connectLoader(modelLine(memory, { received }));
          expect([position, bit, found.hasBanks, found.pages[1].bytes]).toEqual([
            ...[position, bit, chip.hasBanks, chip.pages[1].bytes],
          ]);
        }
      }
    },
  );
});

describe.each(models)("a fault on the line to %s", (_, chip) => {
  const wanted = chip === stm32f405 ? image(300) : twoShortBlocks;
  const lost: Mishap = () => [];
  const doubled: Mishap = (byte) => [byte, byte];
  const flipped: Mishap = (byte, n) => [byte ^ (1 << ((n * 5) % 8))];
  const inserted: Mishap = (byte, n) => [(n * 77) & 0xff, byte];
  const faults = { lost, doubled, flipped, inserted };

  it.each(Object.entries(faults))(
    "at any byte, %s, either way: the image is right in the end",
    async (_, fault) => {
      const whole = modelLine(chip);
      await flash(whole, wanted);
      let retried = 0;
      const memory = new ChipMemory(chip); // one for all: making 2 MB takes longer than flashing them
      for (const direction of ["sent", "received"] as const) {
        for (let position = 0; position < whole.counts[direction]; position++) {
          memory.flash.fill(0xff);
          const line = modelLine(memory, {
            [direction]: (byte: number, n: number) => (n === position ? fault(byte, n) : [byte]),
          });
          const { report } = await flash(line, wanted).catch((error) => {
            throw new Error(`${direction} ${position}: ${error}`, { cause: error });
          });
          expect([direction, position, held(line, wanted)]).toEqual([direction, position, wanted.data]);
          if (report.retries > 0) retried++;
        }
      }
      expect(retried).toBeGreaterThan(whole.counts.sent / 2);
    },
  );

  it("again and again: what is reported as good is good", async () => {
    let [good, bad] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(100, 300, 1000),
        fc.infiniteStream(fc.nat(9999)),
        async (rate, numbers) => {
          const shake: Mishap = (byte) => {
            const number = numbers.next().value! % rate;
            return number > 4
              ? [byte]
              : number === 0
                ? []
                : number === 1
                  ? [byte, byte]
                  : [byte ^ (1 << number)];
          };
          const line = modelLine(chip, { sent: shake, received: shake });
          const result = await flash(line, wanted).then(
            () => "good" as const,
            () => "bad" as const,
          );
          if (result === "bad") bad++;
          else {
            good++;
            expect(held(line, wanted)).toEqual(wanted.data);
          }
        },
      ),
      { seed: 3155, numRuns: 200 },
    );
    expect(good).toBeGreaterThan(10);
    expect(bad).toBeGreaterThan(10);
  });
});
