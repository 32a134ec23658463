import type { RP2040 } from "rp2040js";
import { Rp2040Flash } from "./rp2040Flash.js";

/** Addresses; those behind the two pointers are the model's own. Source: RP2040 datasheet §2.8.3. */
const FUNCTION_TABLE_POINTER = 0x14;
const LOOKUP_POINTER = 0x18;
const FUNCTIONS = 0x40;
const TABLE = 0x100;

const BREAK = 0xbe00; // BKPT
const RETURN = 0x4770; // BX LR

const RAM_ADDRESS = 0x20000000;

/** Typical times. Source: W25Q16JV datasheet §9.6. */
const NANOSECONDS_OF_SECTOR = 45e6;
const NANOSECONDS_OF_PAGE = 4e5;

/** Registers of SSI, and what has it read flash as memory: words of 32 bits after command 03h. Source: RP2040 datasheet §4.10. */
const SSI = 0x18000;
const SSI_CTRLR0 = 0x00;
const SSI_ENABLE = 0x08;
const SSI_SPI_CTRLR0 = 0xf4;
const CONTROL_OF_MEMORY = 0x001f0300;
const COMMAND_OF_MEMORY = 0x03000218;

/** What is read from flash while it is none: UDF, an instruction that faults, in both halves of each word. */
const unreadable = new Uint8Array(2 ** 24).fill(0xde);
const unreadableView = new DataView(unreadable.buffer);

/** Where rp2040js reads flash; to its users they are the same for ever. */
type Memory = { -readonly [Field in "flash" | "flashView"]: RP2040[Field] };

/** What it returns is left in the first register. */
type RomFunction = (first: number, second: number, third: number) => number | undefined;

/**
 * The functions of the boot ROM that change flash, for rp2040js, which has no ROM: whose flash always reads, and whose SSI keeps
 * what is written to it. Each of them is an instruction that stops the core while this model does what the datasheet says
 * of it. From flash_exit_xip on, until SSI is set to read again and flash_flush_cache has let go of the flash, all that is read or run
 * from there faults; erasing or programming before that does nothing.
 *
 * Source: RP2040 datasheet §2.8.3.1.3; pico-bootrom's program_flash_generic.c for the order.
 */
export class Rp2040Rom {
  private readonly readable: RP2040["flashView"];
  private readonly readableBytes: RP2040["flash"];
  /** By their codes in the ROM's table, in which the lookup itself is not; what they get is in the first registers. */
  private readonly functions: readonly (readonly [code: string, run: RomFunction])[] = [
    ["", (table, code) => this.lookUp(table, code)],
    ["IF", () => this.connect()],
    ["EX", () => this.exitXip()],
    ["RE", (offset, size) => this.eraseRange(offset, size)],
    ["RP", (offset, address, size) => this.programRange(offset, address, size)],
    ["FC", () => this.flushCache()],
  ];
  /** The ROM drives its select line. */
  private isTaken = false;
  /** It takes commands. */
  private isSerial = false;

  /** @param tick lets time go by */
  constructor(
    private readonly chip: RP2040,
    private readonly flash: Rp2040Flash,
    private readonly tick: (nanoseconds: number) => void,
  ) {
    this.readable = chip.flashView;
    this.readableBytes = chip.flash;
    this.readableBytes.set(flash.bytes);
    this.write();
    const { onBreak } = chip;
    chip.onBreak = (code) => {
      const call = (chip.core.PC & ~1) < TABLE ? this.functions[code] : undefined;
      if (call === undefined) {
        onBreak(code);
        return;
      }
      const { registers } = chip.core;
      const [first, second, third] = Array.from(registers.subarray(0, 3), (value) => value >>> 0);
      registers[0] = call[1](first!, second!, third!) ?? 0;
    };
    const ssi = chip.peripherals[SSI]!;
    const write = ssi.writeUint32.bind(ssi);
    ssi.writeUint32 = (offset, value) => {
      write(offset, value);
      if (offset === SSI_ENABLE) this.settle();
    };
    this.settle();
  }

  private write(): void {
    const rom = new DataView(this.chip.bootrom.buffer);
    rom.setUint16(FUNCTION_TABLE_POINTER, TABLE, true);
    rom.setUint16(LOOKUP_POINTER, FUNCTIONS + 1, true); // of Thumb
    for (const [i, [code]] of this.functions.entries()) {
      rom.setUint16(FUNCTIONS + 4 * i, BREAK | i, true);
      rom.setUint16(FUNCTIONS + 4 * i + 2, RETURN, true);
      if (i === 0) continue;
      const entry = TABLE + 4 * (i - 1);
      rom.setUint16(entry, code.charCodeAt(0) | (code.charCodeAt(1) << 8), true);
      rom.setUint16(entry + 2, FUNCTIONS + 4 * i + 1, true);
    }
  }

  /** Pairs of 16 bits, of code and address; a code of 0 ends them. */
  private lookUp(table: number, code: number): number {
    for (let entry = table; this.chip.readUint16(entry) !== 0; entry += 4) {
      if (this.chip.readUint16(entry) === code) return this.chip.readUint16(entry + 2);
    }
    return 0;
  }

  private connect(): undefined {
    this.isTaken = true;
    this.settle();
  }

  private exitXip(): undefined {
    this.isSerial = this.isTaken;
    this.chip.peripherals[SSI]!.writeUint32(SSI_CTRLR0, 0);
    this.settle();
  }

  private flushCache(): undefined {
    this.isTaken = false;
    this.isSerial = false;
    this.settle();
  }

  private eraseRange(offset: number, size: number): undefined {
    const { sectorBytes } = Rp2040Flash;
    for (let at = offset; this.isSerial && at < offset + size; at += sectorBytes) {
      this.flash.eraseSector(at);
      this.readableBytes.set(this.flash.bytes.subarray(at, at + sectorBytes), at);
      this.tick(NANOSECONDS_OF_SECTOR);
    }
  }

  private programRange(offset: number, address: number, size: number): undefined {
    const { pageBytes } = Rp2040Flash;
    const start = address - RAM_ADDRESS;
    for (let done = 0; this.isSerial && done < size; done += pageBytes) {
      const page = this.chip.sram.slice(start + done, start + done + pageBytes);
      const at = offset + done;
      this.flash.programPage(at, page);
      this.readableBytes.set(this.flash.bytes.subarray(at, at + pageBytes), at);
      this.tick(NANOSECONDS_OF_PAGE);
    }
  }

  /** Flash reads as memory, or not. */
  private settle(): void {
    const { chip } = this;
    const ssi = chip.peripherals[SSI]!;
    const isMemory =
      !this.isTaken &&
      ssi.readUint32(SSI_ENABLE) === 1 &&
      ssi.readUint32(SSI_CTRLR0) === CONTROL_OF_MEMORY &&
      ssi.readUint32(SSI_SPI_CTRLR0) === COMMAND_OF_MEMORY;
    const memory: Memory = chip;
    memory.flashView = isMemory ? this.readable : unreadableView;
    memory.flash = isMemory ? this.readableBytes : unreadable;
  }
}
