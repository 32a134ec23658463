import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { openPty, type Pty } from "../../src/board/pty.js";
import { RomBootloader } from "../../src/board/romBootloader.js";
import { type Chip, stm32f405, stm32g0b1, stm32l4r5, withOneBank } from "../../src/flash/chips.js";
import { connectLoader, flashImage, startProgram } from "../../src/flash/flasher.js";
import { planFlash } from "../../src/flash/planFlash.js";
import { openSerialLoader, type SerialLoader } from "../../src/flash/serialLoader.js";
import { temporaryDirectory } from "../firmware/images.js";

const image = { address: 0x08000000, data: Uint8Array.from({ length: 3000 }, (_, i) => i % 251) };

let memory: ChipMemory;
let pty: Pty;
let line: SerialLoader;
/** Counts what comes from the host; called before a byte is given to the loader, which gets what it returns. */
let pass: (byte: number, n: number) => readonly number[];

beforeEach(() => open(new ChipMemory(stm32f405)));
async function open(chipMemory: ChipMemory): Promise<void> {
  memory = chipMemory;
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
}
afterEach(close);
async function close(): Promise<void> {
  await line.close().catch(() => undefined);
  await pty.close();
}

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

const run = promisify(execFile);
const hasStm32flash = await run("stm32flash", ["-h"]).then(
  () => true,
  (error) => error.code !== "ENOENT",
);
const directory = temporaryDirectory();

describe.runIf(process.platform === "linux" && hasStm32flash)("stm32flash, which nobody here wrote,", () => {
  it.each<[string, Chip, string]>([
    ["STM32G0B1", stm32g0b1, "0x0467 (STM32G0B0/B1/C1xx)"],
    ["STM32L4R5 with two banks", stm32l4r5, "0x0470 (STM32L4Rxx/4Sxx)"],
    ["STM32L4R5 with one bank", withOneBank(stm32l4r5), "0x0470 (STM32L4Rxx/4Sxx)"],
  ])("writes, verifies, reads back and starts on a model of an %s", async (name, chip, device) => {
    await close();
    await open(new ChipMemory(chip, new Uint8Array(chip.flashBytes)));
    await line.close();
    const [written, back] = ["bin", "back"].map((ending) => join(directory, `${name}.${ending}`));
    writeFileSync(written, image.data);
    const stm32flash = (...options: string[]) => run("stm32flash", ["-m", "8n1", ...options, pty.path]);
    const { stdout } = await stm32flash("-w", written, "-v");
    expect(stdout).toContain(`Device ID    : ${device}`);
    expect(stdout).toContain("Wrote and verified address 0x08000b00");
    expect(memory.flash.subarray(0, 3000)).toEqual(image.data);
    await stm32flash("-r", back, "-S", "0x08000000:3000");
    expect(new Uint8Array(readFileSync(back))).toEqual(image.data);
    await stm32flash("-g", "0x08000000");
  });
});
