import { UserError } from "../base/errors.js";
import { hex } from "../flash/planFlash.js";

/** What the boot ROM copies to RAM and runs there, if it is whole. Source: RP2040 datasheet §2.8.1.3.1. */
export const BOOT2_BYTES = 256;

/** CRC-32 as the boot ROM takes it, bits not reflected: of the first 252 bytes of flash, in the four behind them. */
export function boot2Crc(flash: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of flash.subarray(0, BOOT2_BYTES - 4)) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

/**
 * @param image what flash begins with
 * @throws UserError when the boot ROM would not start it
 */
export function expectBoot2(image: Uint8Array): void {
  const whole = new Uint8Array(BOOT2_BYTES).fill(0xff);
  whole.set(image.subarray(0, BOOT2_BYTES));
  const found = new DataView(whole.buffer).getUint32(BOOT2_BYTES - 4, true);
  const expected = boot2Crc(whole);
  if (found === expected) return;
  throw new UserError(
    `the boot ROM would not start this image: the CRC-32 of its first 252 B is ${hex(expected)}, and ${hex(found)} stands behind them`,
    "firmware/rp2040/boot2.c has both, the second as its last word",
  );
}
