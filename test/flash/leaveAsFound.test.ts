import { describe, expect, it } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { type Chip, stm32f103, stm32f405, stm32l4r5 } from "../../src/flash/chips.js";
import { connectLoader, flashImage } from "../../src/flash/flasher.js";
import { leaveAsFound } from "../../src/flash/leaveAsFound.js";
import { planFlash } from "../../src/flash/planFlash.js";
import { expectChip } from "../../src/flash/troubles.js";
import { type ModelLine, modelLine } from "./modelLine.js";

const data = Uint8Array.from({ length: 600 }, (_, i) => 1 + (i % 251));

/** As `pinfer flash` does it: firmware for a chip, to an address. */
async function flash(line: ModelLine, wanted: Chip, address = 0x08000000) {
  const went: boolean[] = [];
  const flashed = leaveAsFound(
    line,
    async (aboutToErase) => {
      const loader = await connectLoader(line);
      expectChip(line.name, loader.chip, { id: "a board", mcu: wanted.name, productId: wanted.productId });
      const plan = planFlash(loader.chip, { address, data });
      await flashImage(loader, plan, ({ phase }) => phase === "erasing" && aboutToErase());
    },
    async (isStarted) => void went.push(isStarted),
  );
  const error: Error | undefined = await flashed.then(
    () => undefined,
    (cause) => cause,
  );
  return { error, went };
}

const full = (chip: Chip) => new ChipMemory(chip, new Uint8Array(chip.flashBytes).fill(0x11));

describe("flashing that is refused before anything is erased", () => {
  it.each([
    ["firmware for another chip", stm32f405, stm32f103, undefined, 'the firmware is for board "a board"'],
    ["an address outside of flash", stm32f405, stm32f405, 0x20000000, "the image is 600 B at 0x20000000"],
    ["an address inside of a block", stm32f405, stm32f405, 0x08000001, "0x08000001"],
  ] as const)("starts the old program, untouched: %s", async (_, chip, wanted, address, told) => {
    const line = modelLine(full(chip));
    const { error, went } = await flash(line, wanted, address);
    expect(error?.message).toContain(told);
    expect(line.loader.departure).toEqual({ go: 0x08000000 });
    expect(went).toEqual([true]);
    expect(line.memory.flash.every((byte) => byte === 0x11)).toBe(true);
  });

  it.each([
    ["whose banks say nothing then", stm32l4r5],
    ["without banks", stm32f405],
  ])("asks for a reset where the loader of a read-protected chip refuses Go: %s", async (_, chip) => {
    const memory = full(chip);
    memory.isReadProtected = true;
    const line = modelLine(memory);
    const { error, went } = await flash(line, chip);
    expect(error?.message).toBe("the chip on the model is read-protected: its loader refuses Read Memory");
    expect(line.loader.departure).toBeUndefined();
    expect(went).toEqual([false]);
  });
});

describe("flashing that fails later", () => {
  it("starts nothing: what is in flash is no whole program", async () => {
    const memory = full(stm32f405);
    memory.protectedPages.add(0);
    const line = modelLine(memory);
    const { error, went } = await flash(line, stm32f405);
    expect(error?.message).toContain("flash holds 0x11 at 0x08000000 after 3 tries");
    expect(line.loader.departure).toBeUndefined();
    expect(went).toEqual([]);
  });

  it("and flashing that goes well leave the board as they always did", async () => {
    const line = modelLine(full(stm32f405));
    const { error, went } = await flash(line, stm32f405);
    expect([error, went, line.loader.departure]).toEqual([undefined, [], undefined]);
  });
});
