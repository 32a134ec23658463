import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { BOOT2_BYTES, boot2Crc } from "../../src/board/rp2040Image.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { temporaryDirectory } from "../firmware/images.js";
import { echoProgram } from "../support/echoProgram.js";

const directory = temporaryDirectory();

/** An ELF file whose one segment is the first 256 bytes of flash: nothing has to be compiled. */
function writeElf(name: string, crc: (boot2: Uint8Array) => number): string {
  const boot2 = echoProgram(crc);
  const elf = new Uint8Array(52 + 32 + BOOT2_BYTES);
  const view = new DataView(elf.buffer);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint32(28, 52, true); // one program header, behind this one
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  const segment = [1, 84, 0x10000000, 0x10000000, BOOT2_BYTES, BOOT2_BYTES, 5, 4];
  for (const [i, word] of segment.entries()) view.setUint32(52 + 4 * i, word, true);
  elf.set(boot2, 84);
  const path = join(directory, name);
  writeFileSync(path, elf);
  return path;
}

describe("an RP2040 in a process of its own", () => {
  it("is reached by TCP and messages, on any system", async () => {
    const elf = writeElf("echo.elf", boot2Crc);
    const virtual = await startVirtualBoard({ elf, board: findBoard("pico"), withPins: true });
    expect(virtual.portPath).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(virtual.emulator).toBe("rp2040js");
    const socket = connect(Number(virtual.portPath.split(":").at(-1)), "127.0.0.1");
    const echoed: number[] = [];
    socket.on("data", (bytes: Buffer) => echoed.push(...bytes));
    await once(socket, "connect");
    const pins = virtual.pins!;
    expect(await pins.read(7)).toBe(0);
    const sent = Array.from({ length: 300 }, (_, i) => i & 255);
    socket.write(Uint8Array.from(sent));
    while (echoed.length < sent.length) await once(socket, "data");
    expect(echoed).toEqual(sent);
    expect(await pins.read(7)).toBe(1);
    await pins.drive(9, 1);
    expect([await pins.read(9), await pins.read(8)]).toEqual([1, 0]);
    socket.destroy();
    await virtual.stop();
    await expect(pins.read(7)).rejects.toThrow("Channel closed");
  });

  it("tells what the boot ROM would not start", async () => {
    const elf = writeElf("broken.elf", (boot2) => boot2Crc(boot2) ^ 1);
    await expect(startVirtualBoard({ elf, board: findBoard("pico") })).rejects.toThrow(
      `${elf}: the boot ROM would not start this image: the CRC-32 of its first 252 B is 0x`,
    );
  });
});
