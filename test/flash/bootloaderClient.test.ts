import { describe, expect, it } from "vitest";
import { BootloaderClient } from "../../src/flash/bootloaderClient.js";
import { stm32f103, stm32f405, stm32l475 } from "../../src/flash/chips.js";
import { connectLoader, flashImage } from "../../src/flash/flasher.js";
import { planFlash } from "../../src/flash/planFlash.js";
import { modelLine } from "./modelLine.js";

const ACK = 0x79;

describe("the host", () => {
  it("takes a doubled ACK for no answer to what it asks next", async () => {
    const line = modelLine(stm32f405, { received: (byte, n) => (n === 0 ? [byte, byte] : [byte]) });
    const client = new BootloaderClient(line);
    expect(await client.synchronize()).toBe("first");
    expect(await client.get()).toMatchObject({ protocolVersion: 0x31 });
  });

  it("erases nothing anew for a block whose checksum or acknowledgement was lost", async () => {
    const image = { address: 0x08000000, data: new Uint8Array(600).fill(7) };
    const whole = modelLine(stm32f405);
    const first = await connectLoader(whole);
    const before = whole.counts.sent;
    await flashImage(first, planFlash(first.chip, image));
    const perBlock = 2 + 5 + 1 + 88 + 1; // the last block of 600 bytes comes first, after reading and erasing
    const positions = [before + 9 + 7 + perBlock - 1, before + 9 + 7 + 10];
    for (const position of positions) {
      const line = modelLine(stm32f405, { sent: (byte, n) => (n === position ? [] : [byte]) });
      const loader = await connectLoader(line);
      const report = await flashImage(loader, planFlash(loader.chip, image));
      expect(report).toMatchObject({ retries: 1, erasedPages: 1, writtenBytes: 600 });
    }
  });

  // What has come of each message when its sender ends; any of them may be a command's whole beginning.
  const beginnings: [string, typeof stm32f405, number[]][] = [
    ["half a command", stm32f405, [0x31]],
    ["Read Memory, before its address", stm32f405, [0x11, 0xee]],
    ["Read Memory, before its size", stm32f405, [0x11, 0xee, 0x08, 0, 0, 0, 0x08]],
    ["Write Memory, before its size", stm32f405, [0x31, 0xce, 0x08, 0, 0, 0, 0x08]],
    ["Write Memory, in its data", stm32l475, [0x31, 0xce, 0x08, 0, 0, 0, 0x08, 0xff, 1, 2, 3]],
    ["Extended Erase", stm32f405, [0x44, 0xbb]],
    ["Extended Erase, in a long list", stm32l475, [0x44, 0xbb, 0x01, 0xff, 0, 0]],
    ["Erase", stm32f103, [0x43, 0xbc]],
    ["Erase, in its list", stm32f103, [0x43, 0xbc, 0x10, 1, 2]],
    ["Write Protect", stm32f405, [0x63, 0x9c]],
  ];

  it.each(beginnings)(
    "brings a loader back that was left in %s, and completes nothing",
    async (_, chip, begun) => {
      const answers: number[] = [];
      const line = modelLine(chip, {
        received: (byte) => {
          answers.push(byte);
          return [byte];
        },
      });
      line.memory.flash.fill(0);
      line.loader.receive(Uint8Array.of(0x7f, ...begun));
      const client = new BootloaderClient(line);
      await client.synchronize();
      expect(answers).not.toContain(ACK);
      expect(line.memory.flash.every((byte) => byte === 0)).toBe(true);
      expect(await client.getId()).toBe(chip.productId);

      line.loader.receive(Uint8Array.from(begun));
      answers.length = 0;
      await client.resynchronize();
      expect(answers).not.toContain(ACK);
      expect(await client.getId()).toBe(chip.productId);
    },
  );
});
