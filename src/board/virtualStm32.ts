import { UserError } from "../base/errors.js";
import { type Chip, findChip } from "../flash/chips.js";
import { hex } from "../flash/planFlash.js";
import type { Board } from "./board.js";
import { bootImage } from "./bootImage.js";
import { ChipMemory } from "./chipMemory.js";
import { chooseMachine, type Emulator, startEmulator } from "./emulator.js";
import { type Departure, RomBootloader } from "./romBootloader.js";

export type BoardState = "bootloader" | "running" | "stopped";

/** Of any board that `pinfer board` starts. */
export interface VirtualStm32Options {
  readonly board: Board;
  /** What flash holds; erased by default. */
  readonly flash?: Uint8Array;
  /** Default false. */
  readonly boot0?: boolean;
  /** What the board sends on its serial port. */
  readonly send: (bytes: Uint8Array) => void;
  /** At which gdb finds the program, on this computer, whenever one runs. */
  readonly gdbPort?: number;
  /** What happens to it, for whoever looks on: "reset: the program in flash runs". Flash changes only before one. */
  readonly onEvent?: (text: string) => void;
}

/**
 * A board with an STM32: after a reset the loader of its ROM answers, or the program in flash runs on the emulator, by
 * BOOT0. An empty flash always leads to the loader; of chips that do not look whether it is, that is a kindness.
 */
export class VirtualStm32 {
  /** The pin, looked at whenever the chip is reset. */
  boot0: boolean;
  readonly memory: ChipMemory;
  private loader: RomBootloader | undefined;
  private emulator: Emulator | undefined;
  private isClosed = false;
  /** Of emulators that have ended. */
  private stolenBefore = 0;
  /** Resets wait for one another. */
  private latest: Promise<void> = Promise.resolve();
  /** What comes while a program is being started; bytes to a board that has stopped are lost. */
  private waiting: Uint8Array[] | undefined;

  private constructor(
    readonly chip: Chip,
    /** The emulator's. */
    readonly machine: string,
    private readonly options: VirtualStm32Options,
  ) {
    this.memory = new ChipMemory(chip, options.flash);
    this.boot0 = options.boot0 ?? false;
  }

  /** @throws UserError when the board is not emulated, its loader not known, or the flash of another size */
  static async start(options: VirtualStm32Options): Promise<VirtualStm32> {
    const { board, flash } = options;
    const machine = await chooseMachine(board);
    const chip = board.productId === undefined ? undefined : findChip(board.productId);
    if (chip === undefined) throw new Error(`no chip answers Get ID with ${board.productId}`);
    if (flash !== undefined && flash.length !== chip.flashBytes) {
      throw new UserError(
        `the kept flash has ${flash.length} B; ${chip.name} has ${chip.flashBytes} B`,
        "it is of another board: give another file",
      );
    }
    const virtual = new VirtualStm32(chip, machine, options);
    await virtual.reset();
    return virtual;
  }

  get state(): BoardState {
    if (this.loader !== undefined) return "bootloader";
    return this.emulator === undefined && this.waiting === undefined ? "stopped" : "running";
  }

  get flash(): Uint8Array {
    return this.memory.flash;
  }

  /** What comes in on the serial port. */
  receive(bytes: Uint8Array): void {
    if (this.loader !== undefined) this.load(this.loader, bytes);
    else if (this.emulator !== undefined) this.emulator.write(bytes);
    else this.waiting?.push(bytes);
  }

  /** For how long its emulators have not been run though they stood ready. */
  stolenMs(): number {
    return this.stolenBefore + (this.emulator?.stolenMs() ?? 0);
  }

  /** The reset button. Returns when the loader waits or the program runs. */
  reset(): Promise<void> {
    return this.inTurn(() => this.restart("reset"));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.inTurn(() => this.halt());
  }

  private load(loader: RomBootloader, bytes: Uint8Array): void {
    const answer = loader.receive(bytes);
    if (answer.length > 0) this.options.send(answer);
    if (loader.departure === undefined) return;
    this.loader = undefined;
    this.waiting = [];
    const { departure } = loader;
    this.inTurn(() => this.depart(departure)).catch((error) => this.stopFor(error));
  }

  private async depart(departure: Departure): Promise<void> {
    if ("reset" in departure) await this.restart("reset by the loader");
    else await this.boot(`go ${hex(departure.go)}`, departure.go);
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.latest.then(act);
    this.latest = done.catch(() => undefined);
    return done;
  }

  private async restart(why: string): Promise<void> {
    await this.halt();
    if (this.isClosed) return;
    if (this.boot0 || this.memory.isEmpty) {
      this.loader = new RomBootloader(this.memory);
      const reason = this.boot0 ? "BOOT0 is high" : "flash is empty";
      this.tell(`${why}: ${reason}, the ROM bootloader waits`);
    } else {
      await this.boot(why);
    }
  }

  private async boot(why: string, address = this.chip.flashAddress): Promise<void> {
    if (this.isClosed) return;
    this.waiting ??= [];
    const emulator = await startEmulator({
      board: this.options.board,
      machine: this.machine,
      image: bootImage(this.memory, address),
      gdbPort: this.options.gdbPort,
      onBytes: this.options.send,
      onReset: () => {
        this.inTurn(() => this.restart("reset by the program")).catch((error) => this.stopFor(error));
      },
      onFailure: (code, text) => {
        if (this.emulator === emulator) this.emulator = undefined;
        this.stopFor(`the emulator ended with code ${code}: ${text}`);
      },
    });
    this.emulator = emulator;
    const where = address < this.chip.ramAddress ? "flash" : "RAM";
    this.tell(`${why}: the program in ${where} runs`);
    for (const bytes of this.waiting) emulator.write(bytes);
    this.waiting = undefined;
  }

  private async halt(): Promise<void> {
    const { emulator } = this;
    this.stolenBefore = this.stolenMs();
    this.loader = undefined;
    this.emulator = undefined;
    await emulator?.stop();
  }

  private stopFor(reason: unknown): void {
    this.waiting = undefined;
    this.tell(`stopped: ${reason instanceof Error ? reason.message : reason}`);
  }

  private tell(text: string): void {
    this.options.onEvent?.(text);
  }
}
