import { UserError } from "../base/errors.js";
import { BLOCK_BYTES } from "./bootloaderProtocol.js";
import type { Chip, FlashPage } from "./chips.js";

/** What is to be in flash, without gaps. */
export interface FlashImage {
  readonly address: number;
  readonly data: Uint8Array;
}

/** What one Write Memory or Read Memory carries. */
export interface FlashBlock {
  readonly address: number;
  readonly data: Uint8Array;
}

/** What is erased and written of a chip, settled before anything is. */
export interface FlashPlan {
  readonly chip: Chip;
  readonly image: FlashImage;
  /** Those the image touches, and no others: they are erased whole. */
  readonly pages: readonly FlashPage[];
  /** The whole image in order of addresses, its end filled up with 0xFF to what the chip programs at once. */
  readonly blocks: readonly FlashBlock[];
}

/** @throws UserError when the image is not in the chip's flash, or starts where the chip cannot program */
export function planFlash(chip: Chip, image: FlashImage): FlashPlan {
  const { address, data } = image;
  const end = address + data.length;
  const flashEnd = chip.flashAddress + chip.flashBytes;
  if (data.length === 0) throw new UserError("the image is empty", "build the firmware again");
  if (address < chip.flashAddress || end > flashEnd) {
    throw new UserError(
      `the image is ${data.length} B at ${hex(address)}; ${chip.name} has flash from ${hex(chip.flashAddress)} to ${hex(flashEnd)}`,
      "give --address where the image is to lie, or build it for this chip",
    );
  }
  const unit = Math.max(4, chip.programBytes);
  if (address % unit !== 0) {
    throw new UserError(
      `the image starts at ${hex(address)}; ${chip.name} programs units of ${unit} B`,
      `give an --address that is a multiple of ${unit}`,
    );
  }
  const pages = chip.pages.filter((page) => page.address < end && page.address + page.bytes > address);
  const blocks: FlashBlock[] = [];
  for (let start = address; start < end; ) {
    const stop = Math.min(end, start - (start % BLOCK_BYTES) + BLOCK_BYTES);
    const padded = new Uint8Array(Math.ceil((stop - start) / unit) * unit).fill(0xff);
    padded.set(data.subarray(start - address, stop - address));
    blocks.push({ address: start, data: padded });
    start = stop;
  }
  return { chip, image, pages, blocks };
}

export function blocksOf(plan: FlashPlan, pages: readonly FlashPage[]): FlashBlock[] {
  return plan.blocks.filter(({ address }) => pages.some((page) => isIn(page, address)));
}

export function isIn(page: FlashPage, address: number): boolean {
  return address >= page.address && address < page.address + page.bytes;
}

/** 0x08000000 */
export function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}
