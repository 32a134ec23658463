import { Command } from "./bootloaderProtocol.js";

/** A part of flash that is erased as one: a sector, a page, or a bank that is not erased by pages. */
export interface FlashPage {
  /** What Erase and Extended Erase call it; from `FIRST_CODE` on a code that stands alone. */
  readonly number: number;
  readonly address: number;
  readonly bytes: number;
}

/** From here on Extended Erase takes no number of pages but a code: all, or a bank. AN3155 §3.8. */
export const FIRST_CODE = 0xfff0;
export const BANK_2 = 0xfffd;

/** What people call it: "page 3", "bank 2". */
export function pageName({ number }: FlashPage): string {
  return number === BANK_2 ? "bank 2" : `page ${number}`;
}

/** A bit of the option bytes by which flash is one bank or two, with pages of other sizes. */
export interface BankOption {
  /** Of the word of option bytes, which the loader reads like memory. Its lowest byte is the read protection. */
  readonly address: number;
  /** Set: two banks, as chips leave the factory. */
  readonly bit: number;
  /** Where the bit is clear. */
  readonly pagesOfOneBank: readonly FlashPage[];
}

/** What is known of a chip and the loader in its ROM. */
export interface Chip {
  /** What Get ID answers. */
  readonly productId: number;
  readonly name: string;
  /** Of the protocol, as Get tells it: 0x31 is 3.1. */
  readonly protocolVersion: number;
  /** As Get lists them. */
  readonly commands: readonly number[];
  readonly flashAddress: number;
  readonly flashBytes: number;
  /** As they are when the chip leaves the factory, or as `bankOption` says. */
  readonly pages: readonly FlashPage[];
  readonly bankOption?: BankOption;
  readonly ramAddress: number;
  readonly ramBytes: number;
  /** At the start of RAM, in use by the loader itself. */
  readonly loaderRamBytes: number;
  /** Flash is programmed in units of so many bytes; 1 where any byte may be. */
  readonly programBytes: 1 | 2 | 8 | 32;
  /** Extended Erase knows banks 1 and 2. */
  readonly hasBanks: boolean;
  /** After a reset with BOOT0 low, an empty flash starts the loader too. */
  readonly checksForEmptyFlash: boolean;
}

const common = [
  Command.get,
  Command.getVersion,
  Command.getId,
  Command.readMemory,
  Command.go,
  Command.writeMemory,
];
const protections = [
  Command.writeProtect,
  Command.writeUnprotect,
  Command.readoutProtect,
  Command.readoutUnprotect,
];
const withExtendedErase = [...common, Command.extendedErase, ...protections];
const withErase = [...common, Command.erase, ...protections];

const KB = 1024;
const flashAddress = 0x08000000;
const ramAddress = 0x20000000;

/** Pages one after the other, numbered from 0. */
function pagesOf(sizes: readonly number[]): FlashPage[] {
  let address = flashAddress;
  return sizes.map((bytes, number) => {
    const page = { number, address, bytes };
    address += bytes;
    return page;
  });
}

const same = (count: number, bytes: number): number[] => new Array<number>(count).fill(bytes);
/** 4 sectors of 16 KB, one of 64 KB, then 128 KB each. RM0090 §3.3, RM0390 §3.3, RM0383 §3.3. */
const f4Sectors = (large: number): number[] => [...same(4, 16 * KB), 64 * KB, ...same(large, 128 * KB)];

type Description = Omit<Chip, "pages" | "flashBytes" | "flashAddress" | "ramAddress">;

function chip(sizes: readonly number[], description: Description): Chip {
  const flashBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
  return { ...description, flashAddress, flashBytes, pages: pagesOf(sizes), ramAddress };
}

/** The chip with its flash as one bank. */
export function withOneBank(chip: Chip): Chip {
  return { ...chip, hasBanks: false, pages: chip.bankOption!.pagesOfOneBank };
}

const f4 = {
  protocolVersion: 0x31,
  commands: withExtendedErase,
  programBytes: 1,
  hasBanks: false,
  checksForEmptyFlash: false,
} as const;
const f1 = {
  protocolVersion: 0x22,
  commands: withErase,
  programBytes: 2,
  hasBanks: false,
  checksForEmptyFlash: false,
} as const;

/** Source: RM0090 §3.3 and §3.6, DS8626 §4; the loader's RAM and product ID from AN2606. */
export const stm32f405: Chip = chip(f4Sectors(7), {
  ...f4,
  productId: 0x413,
  name: "STM32F405/407/415/417",
  ramBytes: 128 * KB,
  loaderRamBytes: 12 * KB,
});

/** Source: RM0351 §3.3 (2 banks of 256 pages of 2 KB, double words) and §3.3.7; AN2606. */
export const stm32l475: Chip = chip(same(512, 2 * KB), {
  productId: 0x415,
  name: "STM32L475/476/486",
  protocolVersion: 0x31,
  commands: withExtendedErase,
  ramBytes: 96 * KB,
  loaderRamBytes: 12.25 * KB,
  programBytes: 8,
  hasBanks: true,
  checksForEmptyFlash: true,
});

/** Source: PM0075 §2 (128 pages of 1 KB, half words); AN2606. */
export const stm32f103: Chip = chip(same(128, KB), {
  ...f1,
  productId: 0x410,
  name: "STM32F101/102/103, medium density",
  ramBytes: 20 * KB,
  loaderRamBytes: 0.5 * KB,
});

/**
 * Source: STM32CubeProgrammer's table 0x470 (2 banks of 256 pages of 4 KB, or 256 pages of 8 KB; double words; the
 * option word that its loader is asked for), OpenOCD's stm32l4x.c (the same), stm32flash 0.7 (RAM of the loader).
 *
 * A page's number means another place with one bank than with two, so nothing is erased before the bit was read.
 * stm32flash does not look, and erases twice or four times what it writes.
 */
export const stm32l4r5: Chip = chip(same(512, 4 * KB), {
  productId: 0x470,
  name: "STM32L4R5/4S5 and others of L4R/L4S, 2 MB",
  protocolVersion: 0x31,
  commands: withExtendedErase,
  ramBytes: 640 * KB,
  loaderRamBytes: 12.5 * KB,
  programBytes: 8,
  hasBanks: true,
  bankOption: { address: 0x1ff00000, bit: 1 << 22, pagesOfOneBank: pagesOf(same(256, 8 * KB)) },
  checksForEmptyFlash: true,
});

const g0b1Bank = pagesOf(same(128, 2 * KB));

/**
 * Source: RM0444 §3.3 (2 banks of 128 pages of 2 KB, double words), stm32flash 0.7 (RAM; the loader leaves 16 KB of it).
 *
 * How its loader numbers pages of bank 2 is not settled: 128 in one edition of STM32CubeProgrammer's table, 0xFF00 in
 * another, 256 in RM0444. By its code the bank is erased whatever the numbers, and whether there are two banks or one
 * the first 128 pages are the same; so an image of more than 256 KB erases all that lies behind them.
 */
export const stm32g0b1: Chip = {
  productId: 0x467,
  name: "STM32G0B1/0C1/0B0, 512 KB",
  protocolVersion: 0x31,
  commands: withExtendedErase,
  flashAddress,
  flashBytes: 512 * KB,
  pages: [...g0b1Bank, { number: BANK_2, address: flashAddress + 256 * KB, bytes: 256 * KB }],
  ramAddress,
  ramBytes: 128 * KB,
  loaderRamBytes: 16 * KB,
  programBytes: 8,
  hasBanks: true,
  checksForEmptyFlash: true,
};

/** Source: RM0444 §3.3 (64 pages of 2 KB, double words), stm32flash 0.7 (RAM of the loader). */
export const stm32g071: Chip = chip(same(64, 2 * KB), {
  productId: 0x460,
  name: "STM32G070/071/081",
  protocolVersion: 0x31,
  commands: withExtendedErase,
  ramBytes: 36 * KB,
  loaderRamBytes: 9.75 * KB,
  programBytes: 8,
  hasBanks: false,
  checksForEmptyFlash: true,
});

/**
 * Source: RM0433 §4.3.4 (2 banks of 8 sectors of 128 KB, words of 256 bits), stm32flash 0.7 (sectors numbered through both
 * banks; RAM of the loader).
 */
export const stm32h743: Chip = chip(same(16, 128 * KB), {
  productId: 0x450,
  name: "STM32H742/743/750/753",
  protocolVersion: 0x31,
  commands: withExtendedErase,
  ramBytes: 128 * KB,
  loaderRamBytes: 16.25 * KB,
  programBytes: 32,
  hasBanks: false,
  checksForEmptyFlash: false,
});

/** Loaders by what they answer to Get ID. */
export const chips: readonly Chip[] = [
  stm32f405,
  stm32l475,
  stm32f103,
  stm32g0b1,
  stm32l4r5,
  chip(same(128, KB), {
    ...f1,
    productId: 0x420,
    name: "STM32F100, low and medium density",
    ramBytes: 8 * KB,
    loaderRamBytes: 0.5 * KB,
  }),
  chip(f4Sectors(3), {
    ...f4,
    productId: 0x421,
    name: "STM32F446",
    ramBytes: 128 * KB,
    loaderRamBytes: 12 * KB,
  }),
  chip(f4Sectors(3), {
    ...f4,
    productId: 0x431,
    name: "STM32F411",
    ramBytes: 128 * KB,
    loaderRamBytes: 12 * KB,
  }),
  chip(f4Sectors(3), {
    ...f4,
    productId: 0x433,
    name: "STM32F401, 256 KB and more",
    ramBytes: 96 * KB,
    loaderRamBytes: 12 * KB,
  }),
  stm32g071,
  stm32h743,
];

export function findChip(productId: number): Chip | undefined {
  return chips.find((candidate) => candidate.productId === productId);
}
