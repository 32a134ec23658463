/** What one erased sector or programmed page does. */
export interface FlashChange {
  readonly offset: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A Pico's; boards have up to 16 MB. */
const FLASH_BYTES = 2 ** 21;

/**
 * The flash chip beside an RP2040: erased bits are 1, programming clears bits. What it holds outlives every reset.
 *
 * Source: W25Q16JV datasheet §8.2 (sectors of 4 KB, pages of 256 B).
 */
export class Rp2040Flash {
  static readonly sectorBytes = 4096;
  static readonly pageBytes = 256;
  readonly bytes: Uint8Array;
  /** Told of each sector and page when it has changed. */
  onChange: (change: FlashChange) => void = () => undefined;

  /** @param image what it holds from its start; a Pico's flash, or a larger one */
  constructor(image: Uint8Array) {
    this.bytes = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(FLASH_BYTES, image.length)))).fill(0xff);
    this.bytes.set(image);
  }

  eraseSector(offset: number): void {
    this.change(offset, new Uint8Array(Rp2040Flash.sectorBytes).fill(0xff));
  }

  programPage(offset: number, bytes: Uint8Array): void {
    this.change(
      offset,
      bytes.map((byte, i) => byte & this.bytes[(offset + i) % this.bytes.length]!),
    );
  }

  /** Beyond its end an address is one from its start. */
  private change(address: number, after: Uint8Array): void {
    const offset = address % this.bytes.length;
    const before = this.bytes.slice(offset, offset + after.length);
    this.bytes.set(after, offset);
    this.onChange({ offset, before, after });
  }
}
