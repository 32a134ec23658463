import { rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { devNull } from "node:os";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import type { Board } from "./board.js";
import { pinName } from "./pinNames.js";

/** Pins of an emulated chip, from outside: what a wire or a meter would do. */
export interface EmulatedPins {
  /** Puts a level on an input; the emulator has let go of it only when it ends. */
  drive(pin: number, level: number): Promise<void>;
  /** The level that the program drives. */
  read(pin: number): Promise<number>;
  /** Has a channel of the ADC read 0 to 4095, where the emulator has one. */
  driveAnalog?(channel: number, reading: number): Promise<void>;
}

/** Whether the emulator has the board's pins. */
export function hasEmulatedPins({ emulator, emulatedGpioAddress }: Board): boolean {
  return emulator === "rp2040js" || emulatedGpioAddress !== undefined;
}

/** Registers of a GPIO port stand so far apart, and the output register at this offset. RM0351, GPIO. */
const PORT_BYTES = 0x400;
const OUTPUT_OFFSET = 0x14;

/**
 * The emulator's own test port as a way to its pins: a socket on which lines are asked and answered.
 * Source: QEMU, system/qtest.c.
 */
export class PinSocket implements EmulatedPins {
  private readonly folder = makeTemporaryFolder();
  private readonly path = join(this.folder, "qtest");
  private socket: Socket | undefined;
  private readonly waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];

  /** @param gpioAddress of port A's registers */
  constructor(private readonly gpioAddress: number) {}

  /** What the emulator has to be started with. */
  get emulatorArguments(): readonly string[] {
    return ["-accel", "tcg", "-qtest", `unix:${this.path},server=on,wait=off`, "-qtest-log", devNull];
  }

  /** Once the emulator has told its serial port, the socket is there too. */
  async open(): Promise<void> {
    const socket = createConnection(this.path);
    this.socket = socket;
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (text + chunk).split("\n");
      text = lines.pop()!;
      for (const line of lines) this.waiting.shift()?.resolve(line);
    });
    const fail = (): void => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error("the emulator's pins went away"));
    };
    socket.on("close", fail);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    socket.on("error", fail);
  }

  close(): void {
    this.socket?.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async drive(pin: number, level: number): Promise<void> {
    const port = String.fromCharCode(97 + (pin >> 4));
    await this.ask(`set_irq_in /machine/soc/gpio${port} unnamed-gpio-in ${pin & 15} ${level}`);
  }

  async read(pin: number): Promise<number> {
    const address = this.gpioAddress + PORT_BYTES * (pin >> 4) + OUTPUT_OFFSET;
    const [, value] = (await this.ask(`readl 0x${address.toString(16)}`)).split(" ");
    if (value === undefined) throw new UserError(`the emulator tells nothing of ${pinName(pin)}`);
    return (Number(value) >> (pin & 15)) & 1;
  }

  private ask(line: string): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket!.write(`${line}\n`);
    }).then((answer) => {
      if (!answer.startsWith("OK")) throw new Error(`the emulator answered "${answer}" to "${line}"`);
      return answer;
    });
  }
}
