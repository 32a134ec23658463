import { BOOT2_BYTES, boot2Crc } from "../../src/board/rp2040Image.js";

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

/** As the first 256 bytes of flash, which the boot ROM runs from RAM: nothing has to be compiled. */
export function echoProgram(crc: (boot2: Uint8Array) => number = boot2Crc): Uint8Array {
  const boot2 = new Uint8Array(BOOT2_BYTES);
  const code = new DataView(boot2.buffer);
  for (const [i, half] of echo.entries()) code.setUint16(2 * i, half, true);
  for (const [i, word] of words.entries()) code.setUint32(2 * echo.length + 4 * i, word, true);
  code.setUint32(BOOT2_BYTES - 4, crc(boot2), true);
  return boot2;
}
