/** A file that the drive of a boot ROM takes: blocks that say themselves where they go. Source: UF2, github.com/microsoft/uf2. */

export const BLOCK_BYTES = 512;
export const PAYLOAD_BYTES = 256;
export const FIRST_MAGIC = 0x0a324655;
export const SECOND_MAGIC = 0x9e5d5157;
export const LAST_MAGIC = 0x0ab16f30;
const FAMILY_IS_THERE = 0x2000;
/** Of the RP2040, in the list of families. */
export const RP2040_FAMILY = 0xe48bff56;

/** @param address where the data goes, a multiple of 256 as the boot ROM asks; the last page is filled up with zeros */
export function uf2(data: Uint8Array, address: number, family: number = RP2040_FAMILY): Uint8Array {
  const count = Math.ceil(data.length / PAYLOAD_BYTES);
  const file = new Uint8Array(count * BLOCK_BYTES);
  const view = new DataView(file.buffer);
  for (let block = 0; block < count; block++) {
    const start = block * BLOCK_BYTES;
    const offset = block * PAYLOAD_BYTES;
    const head = [
      ...[FIRST_MAGIC, SECOND_MAGIC, FAMILY_IS_THERE, address + offset],
      ...[PAYLOAD_BYTES, block, count, family],
    ];
    for (const [i, word] of head.entries()) view.setUint32(start + 4 * i, word!, true);
    file.set(data.subarray(offset, offset + PAYLOAD_BYTES), start + 32);
    view.setUint32(start + BLOCK_BYTES - 4, LAST_MAGIC, true);
  }
  return file;
}
