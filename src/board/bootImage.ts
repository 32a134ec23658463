import type { ChipMemory } from "./chipMemory.js";

/** What the emulator is started with. */
export interface BootImage {
  /** A raw image of all of flash, or an ELF file. */
  readonly bytes: Uint8Array;
  /** Where the core begins, when that is not what flash begins with. */
  readonly programCounter?: number;
}

/**
 * The chip as Go leaves it: the stack pointer from the address, the program counter from behind it. RAM is as it was
 * written through the loader.
 *
 * From the start of flash that is what a reset does too. Elsewhere the core begins with a few instructions at the end of
 * RAM that do it.
 */
export function bootImage({ chip, flash, ram }: ChipMemory, address: number): BootImage {
  if (address === chip.flashAddress) return { bytes: flash };
  const jump = jumpTo(address);
  const jumpAddress = chip.ramAddress + chip.ramBytes - jump.length;
  const ramWithJump = ram.slice();
  ramWithJump.set(jump, jumpAddress - chip.ramAddress);
  return {
    bytes: elf([
      { address: chip.flashAddress, bytes: flash },
      { address: chip.ramAddress, bytes: ramWithJump },
    ]),
    programCounter: jumpAddress + 1, // in Thumb state
  };
}

/** Source: ARM DDI 0403 §A7.7. */
function jumpTo(address: number): Uint8Array {
  const code = new DataView(new ArrayBuffer(16));
  const instructions = [
    0x4802, // ldr r0, [pc, #8]
    0x6801, // ldr r1, [r0]
    0xf381, // msr msp, r1
    0x8808,
    0x6841, // ldr r1, [r0, #4]
    0x4708, // bx r1
  ];
  for (const [i, instruction] of instructions.entries()) code.setUint16(2 * i, instruction, true);
  code.setUint32(12, address, true);
  return new Uint8Array(code.buffer);
}

interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;

/** A 32-bit ARM executable that is nothing but segments. Source: ELF 1.2, §1. */
function elf(segments: readonly Segment[]): Uint8Array {
  const dataStart = HEADER_BYTES + PROGRAM_HEADER_BYTES * segments.length;
  const size = segments.reduce((sum, { bytes }) => sum + bytes.length, dataStart);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  const halves = (at: number, values: readonly number[]) => {
    for (const [i, value] of values.entries()) view.setUint16(at + 2 * i, value, true);
  };
  const words = (at: number, values: readonly number[]) => {
    for (const [i, value] of values.entries()) view.setUint32(at + 4 * i, value, true);
  };
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]); // 32 bits, least significant byte first, version 1
  halves(16, [2, 40]); // an executable, for ARM
  words(20, [1, 0, HEADER_BYTES, 0, 0x05000000]); // version 1, no entry, program headers, ABI version 5
  halves(40, [HEADER_BYTES, PROGRAM_HEADER_BYTES, segments.length, 40, 0, 0]);
  let offset = dataStart;
  segments.forEach(({ address, bytes }, i) => {
    // to be loaded; readable, writable, executable
    words(HEADER_BYTES + PROGRAM_HEADER_BYTES * i, [
      1,
      offset,
      address,
      address,
      bytes.length,
      bytes.length,
      7,
      4,
    ]);
    file.set(bytes, offset);
    offset += bytes.length;
  });
  return file;
}
