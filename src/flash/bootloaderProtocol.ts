/**
 * The bytes of the STM32 ROM bootloader's USART protocol. Source: ST AN3155 §3.
 *
 * Each command is its code and the code's complement; each answer begins with ACK or NACK.
 */
export const ACK = 0x79;
export const NACK = 0x1f;
/** The first byte after a reset, from which the loader measures the baud rate. AN3155 §1. */
export const SYNCHRONIZE = 0x7f;
/** Data that one Read Memory or Write Memory carries at most, in bytes. */
export const BLOCK_BYTES = 256;

export const Command = {
  get: 0x00,
  getVersion: 0x01,
  getId: 0x02,
  readMemory: 0x11,
  go: 0x21,
  writeMemory: 0x31,
  erase: 0x43,
  extendedErase: 0x44,
  writeProtect: 0x63,
  writeUnprotect: 0x73,
  readoutProtect: 0x82,
  readoutUnprotect: 0x92,
  getChecksum: 0xa1,
} as const;

export const commandNames: ReadonlyMap<number, string> = new Map([
  [Command.get, "Get"],
  [Command.getVersion, "Get Version"],
  [Command.getId, "Get ID"],
  [Command.readMemory, "Read Memory"],
  [Command.go, "Go"],
  [Command.writeMemory, "Write Memory"],
  [Command.erase, "Erase"],
  [Command.extendedErase, "Extended Erase"],
  [Command.writeProtect, "Write Protect"],
  [Command.writeUnprotect, "Write Unprotect"],
  [Command.readoutProtect, "Readout Protect"],
  [Command.readoutUnprotect, "Readout Unprotect"],
  [Command.getChecksum, "Get Checksum"],
]);

/** All bytes of a message, each folded into one; a message with its checksum folds to 0. */
export function xorOf(bytes: Iterable<number>, start = 0): number {
  let sum = start;
  for (const byte of bytes) sum ^= byte;
  return sum;
}

/** Most significant byte first, then their XOR. */
export function withChecksum(value: number): number[] {
  const bytes = [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  return [...bytes, xorOf(bytes)];
}

/** What Get Checksum is asked with: the CRC unit's values after a reset. RM0351 §14.4. */
export const CRC_POLYNOMIAL = 0x04c11db7;
export const CRC_START = 0xffffffff;

/**
 * What an STM32's CRC unit makes of whole words as they lie in memory, least significant byte first: most significant
 * bit first, nothing reflected, nothing inverted at the end. Source: RM0351 §14.3.3.
 *
 * @param bytes a multiple of 4
 */
export function crcUnit(bytes: Uint8Array, polynomial = CRC_POLYNOMIAL, start = CRC_START): number {
  let crc = start;
  for (let word = 0; word < bytes.length; word += 4) {
    crc ^= bytes[word] | (bytes[word + 1] << 8) | (bytes[word + 2] << 16) | (bytes[word + 3] << 24);
    for (let bit = 0; bit < 32; bit++) crc = crc < 0 ? (crc << 1) ^ polynomial : crc << 1;
  }
  return crc >>> 0;
}
