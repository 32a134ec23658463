import type { Chip, FlashPage } from "../flash/chips.js";

/** Flash, RAM and protections of a chip, as the loader in its ROM finds them. */
export class ChipMemory {
  readonly flash: Uint8Array;
  readonly ram: Uint8Array;
  /** Numbers of pages that neither erase nor program. */
  readonly protectedPages: Set<number> = new Set();
  isReadProtected = false;

  /** @param flash what it holds; erased by default */
  constructor(
    readonly chip: Chip,
    flash?: Uint8Array,
  ) {
    this.flash = new Uint8Array(chip.flashBytes).fill(0xff);
    this.flash.set(flash?.subarray(0, chip.flashBytes) ?? []);
    this.ram = new Uint8Array(chip.ramBytes);
  }

  /** The first word of flash is erased: there is no initial stack pointer, so no program. */
  get isEmpty(): boolean {
    return this.flash.subarray(0, 4).every((byte) => byte === 0xff);
  }

  /** The bytes themselves, if all of them are flash or RAM that the loader leaves to others. */
  view(address: number, bytes: number): Uint8Array | undefined {
    const { chip } = this;
    const inFlash = address - chip.flashAddress;
    if (inFlash >= 0 && inFlash + bytes <= chip.flashBytes)
      return this.flash.subarray(inFlash, inFlash + bytes);
    const inRam = address - chip.ramAddress;
    if (inRam >= chip.loaderRamBytes && inRam + bytes <= chip.ramBytes) {
      return this.ram.subarray(inRam, inRam + bytes);
    }
    return undefined;
  }

  /** The same, or option bytes: those are only read here. */
  readable(address: number, bytes: number): Uint8Array | undefined {
    const option = this.chip.bankOption;
    const from = option === undefined ? -1 : address - option.address;
    const isOption = from >= 0 && from + bytes <= this.optionBytes.length;
    return isOption ? this.optionBytes.subarray(from, from + bytes) : this.view(address, bytes);
  }

  /** One word: all bits are set but the read protection's, level 0, and the banks' where there is one. */
  private get optionBytes(): Uint8Array {
    const { bankOption, hasBanks } = this.chip;
    const word = 0xffffffaa & ~(hasBanks ? 0 : (bankOption?.bit ?? 0));
    return Uint8Array.of(word, word >> 8, word >> 16, word >> 24);
  }

  /** Flash changes as its hardware lets it; nothing tells whether it did. */
  write(address: number, data: Uint8Array): void {
    if (address >= this.chip.ramAddress) {
      this.ram.set(data, address - this.chip.ramAddress);
      return;
    }
    if (this.chip.programBytes === 1) this.clearBits(address, data);
    else this.programUnits(address, data, this.chip.programBytes);
  }

  /** Any byte can be written again, and keeps the bits that are 0. RM0090 §3.6.2. */
  private clearBits(address: number, data: Uint8Array): void {
    data.forEach((byte, i) => {
      if (!this.isProtected(address + i)) this.flash[address + i - this.chip.flashAddress] &= byte;
    });
  }

  /** A unit that is not erased takes zeros only: PGERR of PM0075 §2.3.3, PROGERR of RM0351 §3.3.7. */
  private programUnits(address: number, data: Uint8Array, unitBytes: number): void {
    const start = address - this.chip.flashAddress;
    const first = start - (start % unitBytes);
    for (let offset = first; offset < start + data.length; offset += unitBytes) {
      const unit = this.flash.subarray(offset, offset + unitBytes);
      const wanted = Uint8Array.from(unit, (_, i) => data[offset + i - start] ?? 0xff);
      const isErased = unit.every((byte) => byte === 0xff);
      const isZero = wanted.every((byte) => byte === 0);
      if ((isErased || isZero) && !this.isProtected(offset + this.chip.flashAddress)) unit.set(wanted);
    }
  }

  erasePage({ number, address, bytes }: FlashPage): void {
    if (this.protectedPages.has(number)) return;
    const start = address - this.chip.flashAddress;
    this.flash.fill(0xff, start, start + bytes);
  }

  /** Does nothing when a page of them is protected. RM0090 §3.6.3. */
  eraseAll(pages: readonly FlashPage[] = this.chip.pages): void {
    if (pages.some(({ number }) => this.protectedPages.has(number))) return;
    for (const page of pages) this.erasePage(page);
  }

  private isProtected(address: number): boolean {
    if (this.protectedPages.size === 0) return false;
    const page = this.chip.pages.find((candidate) => address < candidate.address + candidate.bytes);
    return page !== undefined && this.protectedPages.has(page.number);
  }
}
