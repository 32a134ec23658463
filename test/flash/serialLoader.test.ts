import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { openPty, type Pty } from "../../src/board/pty.js";
import { RomBootloader } from "../../src/board/romBootloader.js";
import { stm32f405 } from "../../src/flash/chips.js";
import { connectLoader, flashImage, startProgram } from "../../src/flash/flasher.js";
import { planFlash } from "../../src/flash/planFlash.js";
import { openSerialLoader, type SerialLoader } from "../../src/flash/serialLoader.js";

const image = { address: 0x08000000, data: Uint8Array.from({ length: 3000 }, (_, i) => i % 251) };

let memory: ChipMemory;
let pty: Pty;
let line: SerialLoader;
/** Counts what comes from the host; called before a byte is given to the loader, which gets what it returns. */
let pass: (byte: number, n: number) => readonly number[];

beforeEach(async () => {
  memory = new ChipMemory(stm32f405);
  pass = (byte) => [byte];
  const loader = new RomBootloader(memory);
  let n = 0;
  pty = await openPty((bytes) => {
    for (const byte of bytes) {
      const answer = loader.receive(Uint8Array.from(pass(byte, n++)));
      if (answer.length > 0) pty.write(answer);
    }
  });
  line = await openSerialLoader(pty.path, 115_200);
});
afterEach(async () => {
  await line.close().catch(() => undefined);
  await pty.close();
});

async function flash() {
  const loader = await connectLoader(line);
  const report = await flashImage(loader, planFlash(loader.chip, image));
  return { report, isStarted: await startProgram(loader, image.address) };
}

describe.runIf(process.platform === "linux")("over a real port", () => {
  it("an image gets into flash", async () => {
    expect(await flash()).toMatchObject({ report: { retries: 0 }, isStarted: true });
    expect(memory.flash.subarray(0, 3000)).toEqual(image.data);
  });

  it("a lost byte is waited for, and its block sent again", async () => {
    pass = (byte, n) => (n === 500 ? [] : [byte]);
    expect(await flash()).toMatchObject({ report: { retries: 1 }, isStarted: true });
    expect(memory.flash.subarray(0, 3000)).toEqual(image.data);
  });

  it("a port that goes away is told", async () => {
    let closed: Promise<void> | undefined;
    pass = (byte, n) => {
      if (n === 500) closed = pty.close();
      return n < 500 ? [byte] : []; // closing takes its time
    };
    await expect(flash()).rejects.toMatchObject({
      message: expect.stringContaining(`port ${pty.path} went away`),
      hint: "check the cable, and that the board has power",
    });
    await closed;
  });

  it("a port that is in use is told", async () => {
    await expect(openSerialLoader(pty.path, 115_200)).rejects.toThrow(
      `port ${pty.path} is in use by another program`,
    );
  });
});
