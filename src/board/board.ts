import type { Target } from "../program/target.js";
import type { PinForm } from "./pinNames.js";

/** A pin with a part of the board behind it; active low when a low level lights it, or means that it is pressed. */
export interface PinPart {
  readonly pin: string;
  readonly isActiveLow: boolean;
}

/** What is known of a board's pins. */
export interface BoardPins {
  readonly form: PinForm;
  /** All that the package has: "PA0" or "GP0", … */
  readonly names: readonly string[];
  /** Pins that nothing else may use, and by what they are taken. */
  readonly taken: ReadonlyMap<string, string>;
  /** Pins that the ADC reads, and its channel there. */
  readonly analog: ReadonlyMap<string, number>;
  readonly led: PinPart | undefined;
  readonly button: PinPart | undefined;
}

/**
 * How firmware comes into a board as it is sold: over the link's cable, where the ROM loader listens too; over USB, by
 * the ROM loader's DFU; by the ST-LINK on the board; by the drive that the ST-LINK is; by the drive that the chip's own
 * ROM loader is, which takes UF2 files.
 */
export const flashWays = ["cable", "usb", "st-link", "drive", "uf2"] as const;
export type FlashWay = (typeof flashWays)[number];

/** What a chip takes, in MHz. */
export interface ClockLimits {
  readonly core: number;
  /** Those of an STM32; others have no such buses. */
  readonly apb1?: number;
  readonly apb2?: number;
  /** The highest clock of the flash, where that is a bus of its own, with 0, 1, 2 … wait states. */
  readonly waitStates?: readonly number[];
}

/** What reading flash costs an STM32 at the board's clock. */
export interface FlashWait {
  /** Cycles that a read takes longer than one of RAM. */
  readonly states: number;
  /** What saves a part of them: "the ART accelerator's caches". Undefined where the family names nothing. */
  readonly hiddenBy?: string;
}

/** What is known of a board: all that exporting, compiling and emulating need. */
export interface Board {
  /** What users type and what the firmware tells in its hello. */
  readonly id: string;
  readonly title: string;
  readonly mcu: string;
  readonly core: string;
  /** What networks for it are planned for: its core's. */
  readonly target: Target;
  readonly flashAddress: number;
  /** 0 on the host, which sets no limit; the same for `ramBytes`. */
  readonly flashBytes: number;
  readonly ramAddress: number;
  readonly ramBytes: number;
  /** Reserved for the stack at the bottom of RAM, as in the linker script. 0 on the host. */
  readonly stackBytes: number;
  /** Core clock on hardware, from the crystal. 0 where nothing says it, and on the host. */
  readonly clockHz: number;
  /** None on the host, and of what exists in the emulator alone. */
  readonly limits?: ClockLimits;
  /** Of an STM32, from `limits.waitStates` at `clockHz`. */
  readonly flashWait?: FlashWait;
  readonly compiler: "arm-none-eabi-gcc" | "riscv64-unknown-elf-gcc" | "gcc";
  /** Target flags of compiler and linker. */
  readonly cpuFlags: readonly string[];
  /** C files beside the generated network, relative to firmware/. */
  readonly sources: readonly string[];
  /** Headers these sources include, relative to firmware/. */
  readonly headers: readonly string[];
  /** Relative to firmware/; "." is firmware/ itself. */
  readonly includeDirectories: readonly string[];
  /** Relative to firmware/. */
  readonly linkerScript?: string;
  /** What the linker script includes, relative to firmware/. */
  readonly linkerIncludes?: readonly string[];
  /** A board of the user's, whose folder is not firmware/boards/<id>. */
  readonly own?: {
    readonly folder: string;
    /** What an exported folder has to hold to tell of it, relative to firmware/. */
    readonly descriptions: readonly string[];
  };
  /** QEMU's program for the core; or the npm package that knows the whole chip. */
  readonly emulator: "qemu-system-arm" | "qemu-system-riscv32" | "rp2040js";
  /** The emulator's machines that run its image, the best first; none when it is not emulated. */
  readonly emulatorMachines: readonly string[];
  /** The oldest QEMU that has one of them: "9.1". */
  readonly emulatorSince?: string;
  /** Of the emulator's time, a power of two: with more its timers tell instructions apart that one tick would hold. */
  readonly nanosecondsPerInstruction: number;
  /** Of port A's registers, where the emulator has the pins. */
  readonly emulatedGpioAddress?: number;
  /** Undefined where nobody says: the host, and boards that leave it out. */
  readonly flashedBy?: readonly FlashWay[];
  /** Of an STM32's ROM bootloader, as it answers Get ID (AN2606); others have none. */
  readonly productId?: number;
  /** What slots for updates are a multiple of, where the flash is erased in larger pieces than 4096 B. */
  readonly slotPageBytes?: number;
  readonly pins: BoardPins;
  /** Who ran the firmware on one, and when. */
  readonly seenOnHardware?: string;
  /** Pins and wiring, one fact a line. */
  readonly notes: readonly string[];
}
