import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { BOOT2_BYTES, boot2Crc } from "../../src/board/rp2040Image.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { temporaryDirectory } from "../firmware/images.js";

const directory = temporaryDirectory();

/** GP7 is high from the first byte on; every byte comes back. It sleeps in between, with interrupts masked. */
const echo = [
  0xb672, // cpsid i
  0x480c, // ldr r0, [pc, #48]: UART0
  0x490c, // ldr r1, [pc, #48]: on, both directions
  0x6301, // str r1, [r0, #0x30]
  0x2110, // movs r1, #16: an interrupt when a byte has come
  0x6381, // str r1, [r0, #0x38]
  0x4a0b, // ldr r2, [pc, #44]: NVIC_ISER
  0x490c, // ldr r1, [pc, #48]: of UART0
  0x6011, // str r1, [r2, #0]
  0x4b0c, // ldr r3, [pc, #48]: GPIO7_CTRL
  0x2105, // movs r1, #5: software's
  0x6019, // str r1, [r3, #0]
  0x4b0b, // ldr r3, [pc, #44]: SIO
  0x2180, // movs r1, #128
  0x6259, // str r1, [r3, #0x24]: GP7 is an output
  0xbf30, // wfi
  0x6982, // ldr r2, [r0, #0x18]
  0x06d2, // lsls r2, r2, #27: is there none?
  0xd4fb, // bmi to wfi
  0x6159, // str r1, [r3, #0x14]: GP7 is high
  0x6802, // ldr r2, [r0, #0]
  0x6002, // str r2, [r0, #0]
  0xe7f8, // b to the look
  0x46c0, // nop
  0x46c0, // nop
  0x46c0, // nop
];
const words = [0x40034000, 0x301, 0xe000e100, 1 << 20, 0x4001403c, 0xd0000000];

/** An ELF file whose one segment is the first 256 bytes of flash: nothing has to be compiled. */
function writeElf(name: string, crc: (boot2: Uint8Array) => number): string {
  const boot2 = new Uint8Array(BOOT2_BYTES);
  const code = new DataView(boot2.buffer);
  for (const [i, half] of echo.entries()) code.setUint16(2 * i, half, true);
  for (const [i, word] of words.entries()) code.setUint32(2 * echo.length + 4 * i, word, true);
  code.setUint32(BOOT2_BYTES - 4, crc(boot2), true);
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
