import { type RP2040, Simulator } from "rp2040js";
import { Rp2040Flash } from "./rp2040Flash.js";
import { expectBoot2 } from "./rp2040Image.js";
import { Rp2040Rom } from "./rp2040Rom.js";

const FLASH_ADDRESS = 0x10000000;
const RAM_ADDRESS = 0x20000000;
/** Where the boot ROM runs the first bytes of flash. Source: RP2040 datasheet §2.8.1.3.1. */
const BOOT2_ADDRESS = 0x20041f00;
const RAM_END = 0x20042000;

/** Offsets and bits of registers. Source: RP2040 datasheet §2.20, §4.2.8, §4.7.6, §2.12.8. */
const SYSINFO = 0x40000;
const PLATFORM = 0x04;
const UART_FLAGS = 0x18;
const FULL_OF_RECEIVED = 1 << 6;
const WATCHDOG = 0x40058;
const WATCHDOG_CONTROL = 0x00;
const WATCHDOG_TRIGGER = 0x80000000;
const WATCHDOG_REASON = 0x08;
const CHIP_RESET = 0x08;
const VOLTAGE_AND_RESET = 0x40064;
const HAD_POWER = 1 << 8;
const TIMED_OUT = 1;
const FORCED = 2;
const HARD_FAULT = 3;

/** What its type leaves out. */
type Watchdog = RP2040["peripherals"][number] & { onWatchdogTrigger: () => void };

/** What rp2040js says where a chip would fault. */
const faults = /^(Read from invalid|Write to undefined|Warning: Instruction at)/;

/**
 * An RP2040 that runs what is in flash, on rp2040js: one core, as the boot ROM starts it, without a boot ROM but for a
 * model of the functions that change flash. Each instruction takes one cycle of the core's clock, so SysTick counts
 * instructions.
 */
export class Rp2040Chip {
  private chip!: RP2040;
  private clock!: Simulator["clock"];
  /** What has come in, and how much of it the UART has. */
  private received = Buffer.alloc(0);
  private fed = 0;
  private sent: number[] = [];
  /** What wires put on pins from outside. */
  private readonly driven = new Map<number, boolean>();
  private readonly readings = new Map<number, number>();
  private isFaulty = false;
  private isToReset = false;
  /** Why the watchdog has reset it. */
  private reason = 0;
  /** A debugger holds it: nothing is executed, and no time goes by. */
  isHalted = false;
  /** Told when it has begun anew, but for the first time. */
  onReset: () => void = () => undefined;
  /** That have been executed since it began, whatever reset it meanwhile. */
  instructions = 0;
  readonly flash: Rp2040Flash;

  /**
   * @param image what flash holds from its start
   * @throws UserError when the boot ROM would not start it
   */
  constructor(image: Uint8Array) {
    expectBoot2(image);
    this.flash = new Rp2040Flash(image);
    this.reset();
  }

  /** As it is until the next reset. */
  get rp2040(): RP2040 {
    return this.chip;
  }

  /** Of the core, as the clocks' registers say. */
  get coreHz(): number {
    return this.chip.clkSys;
  }

  /** Of the UART, as its registers say. */
  get baud(): number {
    return this.chip.uart[0]!.baudRate;
  }

  /** What comes in on the UART's receive line; a full UART makes it wait. */
  receive(bytes: Uint8Array): void {
    this.received = Buffer.concat([this.received.subarray(this.fed), bytes]);
    this.fed = 0;
  }

  /** What the UART has sent since it was asked last. */
  takeSent(): Uint8Array {
    const bytes = Uint8Array.from(this.sent);
    this.sent = [];
    return bytes;
  }

  /**
   * Executes at most so many instructions.
   *
   * @returns how many nanoseconds it will sleep then, unless something comes in: 0 while it has work, Infinity where nothing
   *   will wake it by itself
   */
  run(most: number): number {
    for (let left = most; left > 0; ) {
      if (this.isHalted) return Number.POSITIVE_INFINITY;
      this.feed();
      if (this.isAsleep()) return this.clock.nanosToNextAlarm || Number.POSITIVE_INFINITY;
      const step = Math.min(left, INSTRUCTIONS_BETWEEN_BYTES);
      left -= this.execute(step);
      if (this.isToReset) this.resetItself();
    }
    return 0;
  }

  /** Lets time go by while it sleeps, but not beyond the next thing that its own clocks do. */
  sleep(nanoseconds: number): void {
    this.clock.tick(Math.min(nanoseconds, this.clock.nanosToNextAlarm));
    if (this.isToReset) this.resetItself();
  }

  /** Puts a level on an input, as a wire would, until another one comes. */
  drive(pin: number, level: number): void {
    this.driven.set(pin, level !== 0);
    this.settle(pin);
  }

  /** The level on a pin, whoever drives it. */
  read(pin: number): number {
    return this.levelOf(pin) ? 1 : 0;
  }

  /** What the ADC gives from now on, 0 to 4095. */
  driveAnalog(channel: number, reading: number): void {
    this.readings.set(channel, reading);
    this.chip.adc.channelValues[channel] = reading;
  }

  private resetItself(): void {
    this.reset();
    this.onReset();
  }

  private reset(): void {
    const { rp2040: chip, clock } = new Simulator();
    this.chip = chip;
    this.clock = clock;
    this.isToReset = false;
    this.isFaulty = false;
    const nothing = () => undefined;
    const warn = (_: string, message: string) => {
      if (faults.test(message)) this.isFaulty = true;
    };
    chip.logger = { debug: nothing, info: nothing, warn, error: () => (this.isFaulty = true) };
    chip.onBreak = () => {
      this.isFaulty = true;
    };
    new Rp2040Rom(chip, this.flash, (nanoseconds) => clock.tick(nanoseconds));
    chip.uart[0]!.onByte = (byte) => this.sent.push(byte);
    // It is no chip, and says so: the firmware counts instructions then.
    const sysinfo = chip.peripherals[SYSINFO]!;
    const readSysinfo = sysinfo.readUint32.bind(sysinfo);
    sysinfo.readUint32 = (offset) => (offset === PLATFORM ? 0 : readSysinfo(offset));
    this.connectWatchdog(chip.peripherals[WATCHDOG] as Watchdog);
    chip.peripherals[VOLTAGE_AND_RESET]!.readUint32 = (offset) => (offset === CHIP_RESET ? HAD_POWER : 0);
    // Else it reloads one cycle early. Without its interrupt, which the firmware leaves off, it counts round by itself.
    chip.ppb.systickAlarm.enable = false;
    const { core } = chip;
    const check = core.checkForInterrupts.bind(core);
    // One that is masked ends a sleep, and is not taken: rp2040js takes it.
    core.checkForInterrupts = () => (core.waiting && core.PM ? isPending(core) : check());
    for (const [pin, gpio] of chip.gpio.entries()) gpio.addListener(() => this.settle(pin));
    for (const pin of this.driven.keys()) this.settle(pin);
    for (const [channel, reading] of this.readings) chip.adc.channelValues[channel] = reading;
    chip.sram.set(this.flash.bytes.subarray(0, RAM_END - BOOT2_ADDRESS), BOOT2_ADDRESS - RAM_ADDRESS);
    core.SP = RAM_END;
    core.PC = BOOT2_ADDRESS;
  }

  /** It has the chip start anew, and tells why then. */
  private connectWatchdog(watchdog: Watchdog): void {
    const { reason } = this;
    const read = watchdog.readUint32.bind(watchdog);
    const write = watchdog.writeUint32.bind(watchdog);
    const bite = (why: number) => {
      this.reason = why;
      this.isToReset = true;
    };
    watchdog.readUint32 = (offset) => (offset === WATCHDOG_REASON ? reason : read(offset));
    watchdog.writeUint32 = (offset, value) => {
      if (offset === WATCHDOG_CONTROL && (value & WATCHDOG_TRIGGER) !== 0) bite(FORCED);
      else write(offset, value);
    };
    watchdog.onWatchdogTrigger = () => {
      write(WATCHDOG_CONTROL, 0); // at zero it would bite without end, in no time
      bite(TIMED_OUT);
    };
  }

  private feed(): void {
    const uart = this.chip.uart[0]!;
    while (
      this.fed < this.received.length &&
      uart.enabled &&
      (uart.readUint32(UART_FLAGS) & FULL_OF_RECEIVED) === 0
    ) {
      uart.feedByte(this.received[this.fed++]!);
    }
  }

  /** One that has come before ends a sleep too; rp2040js looks only at those that come while it lasts. */
  private isAsleep(): boolean {
    const { core } = this.chip;
    if (core.waiting && isPending(core)) core.waiting = false;
    return core.waiting;
  }

  /** Until it sleeps, asks for a reset, or so many instructions are done. */
  private execute(most: number): number {
    const { chip, clock } = this;
    const { core } = chip;
    let done = 0;
    while (done < most && !core.waiting && !this.isToReset && !this.isHalted) {
      const { PC } = core;
      core.executeInstruction();
      done++;
      if (this.isFaulty) {
        this.isFaulty = false;
        core.PC = PC; // what an exception tells as its place
        core.exceptionEntry(HARD_FAULT);
        this.isFaulty = false; // there may have been no stack
      }
      clock.tick(1e9 / chip.clkSys);
    }
    this.instructions += done;
    return done;
  }

  private levelOf(pin: number): boolean {
    const gpio = this.chip.gpio[pin]!;
    if (gpio.outputEnable) return gpio.outputValue;
    return this.driven.get(pin) ?? (gpio.pullupEnabled && !gpio.pulldownEnabled);
  }

  private settle(pin: number): void {
    this.chip.gpio[pin]!.setInputValue(this.levelOf(pin));
  }
}

function isPending({ pendingInterrupts, enabledInterrupts }: RP2040["core"]): boolean {
  return (pendingInterrupts & enabledInterrupts) !== 0;
}

/** A received byte takes the firmware tens of them, and the UART holds 32. */
const INSTRUCTIONS_BETWEEN_BYTES = 1000;

/** Flash as an ELF file's segments fill it. Source: ELF 1.2, §1. */
export function flashOfElf(elf: Uint8Array): Uint8Array {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const [start, size, count] = [view.getUint32(28, true), view.getUint16(42, true), view.getUint16(44, true)];
  const segments = Array.from({ length: count }, (_, i) => {
    const word = (at: number) => view.getUint32(start + i * size + at, true);
    const address = word(12);
    return { kind: word(0), offset: word(4), at: address - FLASH_ADDRESS, bytes: word(16) };
  }).filter(({ kind, bytes, at }) => kind === 1 && bytes > 0 && at >= 0);
  const end = Math.max(0, ...segments.map(({ at, bytes }) => at + bytes));
  if (end > MOST_FLASH_BYTES) throw new RangeError(`the image takes ${end} B of flash`);
  const flash = new Uint8Array(end).fill(0xff);
  for (const { offset, at, bytes } of segments) flash.set(elf.subarray(offset, offset + bytes), at);
  return flash;
}

const MOST_FLASH_BYTES = 16 * 2 ** 20;
