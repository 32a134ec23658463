import { BLOCK_BYTES, FIRST_MAGIC, LAST_MAGIC, PAYLOAD_BYTES, RP2040_FAMILY, SECOND_MAGIC } from "./uf2.js";

/**
 * What a boot ROM's drive takes of a file: its blocks for this chip's flash.
 *
 * @returns undefined while blocks are missing, as in a file that is being written
 */
export function readUf2(file: Uint8Array, flashAddress: number, flash: Uint8Array): Uint8Array | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const written = Uint8Array.from(flash);
  const seen = new Set<number>();
  let total = 0;
  for (let start = 0; start + BLOCK_BYTES <= file.length; start += BLOCK_BYTES) {
    const word = (at: number) => view.getUint32(start + at, true);
    const isBlock =
      word(0) === FIRST_MAGIC && word(4) === SECOND_MAGIC && word(BLOCK_BYTES - 4) === LAST_MAGIC;
    const offset = word(12) - flashAddress;
    const fits = offset >= 0 && offset % PAYLOAD_BYTES === 0 && offset + PAYLOAD_BYTES <= flash.length;
    if (!isBlock || word(28) !== RP2040_FAMILY || word(16) !== PAYLOAD_BYTES || !fits) continue;
    written.set(file.subarray(start + 32, start + 32 + PAYLOAD_BYTES), offset);
    seen.add(word(20));
    total = word(24);
  }
  return total > 0 && seen.size === total ? written : undefined;
}
