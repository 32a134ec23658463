import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import type { Board } from "./board.js";
import { bootselDrive } from "./boardDrive.js";
import { ChipRunner } from "./chipRunner.js";
import { type DebuggedChip, type GdbPort, openGdbPort } from "./gdbPort.js";
import { readUf2 } from "./readUf2.js";
import { Rp2040Chip } from "./rp2040Chip.js";
import { expectBoot2 } from "./rp2040Image.js";
import type { BoardState, VirtualStm32Options } from "./virtualStm32.js";

/** How often its drive looks for a file. */
const LOOK_MS = 100;

/**
 * A board with an RP2040 on rp2040js: after a reset the program in flash runs; with BOOTSEL held, or without a program that
 * the boot ROM starts, it is a drive that takes firmware.uf2: a folder.
 */
export class VirtualPico {
  readonly machine = "rp2040js";
  readonly flash: Uint8Array;
  /** BOOTSEL, looked at whenever the chip is reset. */
  boot0: boolean;
  /** Where it is a drive. */
  readonly drive = mkdtempSync(join(tmpdir(), "pinfer-RPI-RP2-"));
  private running: { readonly chip: Rp2040Chip; readonly runner: ChipRunner } | undefined;
  private looking: NodeJS.Timeout | undefined;
  private gdb: GdbPort | undefined;

  private constructor(private readonly options: VirtualStm32Options) {
    const { board, flash } = options;
    this.flash = Uint8Array.from(flash ?? new Uint8Array(board.flashBytes).fill(0xff));
    this.boot0 = options.boot0 ?? false;
  }

  /** @throws UserError when the flash is of another size, or the port for gdb is taken */
  static async start(options: VirtualStm32Options): Promise<VirtualPico> {
    const { board, flash, gdbPort } = options;
    expectSize(board, flash);
    const virtual = new VirtualPico(options);
    if (gdbPort !== undefined) virtual.gdb = await openGdbPort(gdbPort, () => virtual.debugged());
    await virtual.reset();
    return virtual;
  }

  get state(): BoardState {
    return this.running === undefined ? "bootloader" : "running";
  }

  /** What comes in on the UART; a drive has none. */
  receive(bytes: Uint8Array): void {
    this.running?.chip.receive(bytes);
    this.running?.runner.wake();
  }

  async reset(): Promise<void> {
    this.restart("reset");
  }

  async close(): Promise<void> {
    this.halt();
    this.gdb?.close();
    rmSync(this.drive, { recursive: true, force: true });
  }

  private restart(why: string): void {
    this.halt();
    const reason = this.boot0 ? "BOOTSEL is held" : whyNoProgram(this.flash);
    if (reason === undefined) this.boot(why);
    else this.openDrive(`${why}: ${reason}, the boot ROM's drive waits for firmware.uf2`);
  }

  private halt(): void {
    clearInterval(this.looking);
    const { running } = this;
    this.running = undefined;
    running?.runner.stop();
  }

  private boot(why: string): void {
    const chip = new Rp2040Chip(this.flash);
    chip.flash.onChange = ({ offset, after }) => this.flash.set(after, offset);
    const runner = new ChipRunner(chip, this.options.send);
    chip.onReset = () => {
      this.gdb?.follow();
      this.options.onEvent?.("reset by the program: the program in flash runs");
    };
    this.running = { chip, runner };
    this.gdb?.follow();
    void runner.run();
    this.options.onEvent?.(`${why}: the program in flash runs`);
  }

  private openDrive(text: string): void {
    this.gdb?.drop();
    writeFileSync(
      join(this.drive, bootselDrive.marks[0]!),
      `Model: Raspberry Pi RP2\nBoard-ID: ${bootselDrive.says}\n`,
    );
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.options.onEvent?.(text);
  }

  /** It takes the first whole file, and is a drive no more. */
  private look(): void {
    const file = join(this.drive, bootselDrive.file);
    if (!existsSync(file)) return;
    const written = readUf2(readFileSync(file), this.options.board.flashAddress, this.flash);
    if (written === undefined) return;
    this.flash.set(written);
    for (const name of [bootselDrive.file, ...bootselDrive.marks]) {
      rmSync(join(this.drive, name), { force: true });
    }
    this.boot0 = false; // nobody holds a button so long
    this.restart("firmware.uf2 written");
  }

  private debugged(): DebuggedChip | undefined {
    if (this.running === undefined) return undefined;
    const { chip, runner } = this.running;
    return {
      rp2040: chip.rp2040,
      isHalted: chip.isHalted,
      halt: () => {
        chip.isHalted = true;
      },
      resume: () => {
        chip.isHalted = false;
        runner.wake();
      },
    };
  }
}

function expectSize({ id, flashBytes }: Board, flash: Uint8Array | undefined): void {
  if (flash === undefined || flash.length === flashBytes) return;
  throw new UserError(
    `the kept flash has ${flash.length} B; board "${id}" has ${flashBytes} B`,
    "it is of another board: give another file",
  );
}

function whyNoProgram(flash: Uint8Array): string | undefined {
  try {
    expectBoot2(flash);
    return undefined;
  } catch {
    return flash.every((byte) => byte === 0xff) ? "flash is empty" : "flash holds no program";
  }
}
