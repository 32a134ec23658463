import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { type Chip, stm32f103, stm32f405, stm32l475 } from "../../src/flash/chips.js";
import { connectLoader, flashImage, startProgram } from "../../src/flash/flasher.js";
import { type FlashImage, planFlash } from "../../src/flash/planFlash.js";
import { type Mishap, type ModelLine, modelLine } from "./modelLine.js";

const withChecksum: Chip = { ...stm32l475, commands: [...stm32l475.commands, 0xa1] };
const models: [string, Chip][] = [
  ["STM32F405, Extended Erase", stm32f405],
  ["STM32L475, double words", stm32l475],
  ["STM32L475 with Get Checksum", withChecksum],
  ["STM32F103, Erase", stm32f103],
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
      for (const direction of ["sent", "received"] as const) {
        for (let position = 0; position < whole.counts[direction]; position++) {
          const line = modelLine(chip, {
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
