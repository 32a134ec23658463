import type { BootloaderLine } from "./bootloaderLine.js";
import {
  ACK,
  Command,
  CRC_POLYNOMIAL,
  CRC_START,
  commandNames,
  NACK,
  SYNCHRONIZE,
  withChecksum,
  xorOf,
} from "./bootloaderProtocol.js";
import { FIRST_CODE } from "./chips.js";

/** What came where an answer was expected. */
export type Trouble = "silence" | "refusal" | "garbage";

/** One exchange went wrong; asking again after `resynchronize` may help. */
export class BootloaderTrouble extends Error {
  override readonly name = "BootloaderTrouble";

  constructor(
    /** The command, and the part of it: "Write Memory: data". */
    readonly step: string,
    readonly trouble: Trouble,
    /** What came instead. */
    readonly found: Uint8Array,
  ) {
    super(`${step}: ${trouble}, ${found.length} bytes came`);
  }
}

/** How long the loader may take, in ms. The longest by DS8626 §6.3.12: 4 s for a sector of 128 KB; 32 s for all. */
const waits = { answer: 1000, synchronize: 500, write: 1000, erasePage: 6000, eraseAll: 40_000, quiet: 100 };

/**
 * Ends any message the loader may still wait for: longer than the longest, 512 numbers of pages. It begins with another
 * byte than it goes on with, so that no checksum comes out right by chance of regularity, and 0xFF is in no place
 * where it would start an erase.
 */
const ENDLESS = new Uint8Array(1040).fill(0xff);
ENDLESS[0] = 0xfe;

export interface LoaderDescription {
  readonly protocolVersion: number;
  readonly commands: readonly number[];
}

/** The host's side of the ROM bootloader's protocol, a method for a command. Each throws BootloaderTrouble. */
export class BootloaderClient {
  constructor(private readonly line: BootloaderLine) {}

  /**
   * Sends 0x7F until the loader answers.
   *
   * @returns whether the loader was spoken with before: it then took 0x7F for a command, and refused
   */
  async synchronize(): Promise<"first" | "again"> {
    const found: number[] = [];
    for (let i = 0; i < 3; i++) {
      const answer = await this.offer(SYNCHRONIZE);
      if (answer === ACK) return "first";
      if (answer === NACK) return "again";
      if (answer !== undefined) found.push(answer);
    }
    if (found.length > 0) throw new BootloaderTrouble("0x7F", "garbage", Uint8Array.from(found));
    // It may be in the middle of a message that another program left unfinished.
    await this.resynchronize();
    return "again";
  }

  /** Brings a loader that may wait for any byte of any message back to where it waits for a command. */
  async resynchronize(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      // A pair of 0xFF is no command; one is enough when another byte came before.
      for (let i = 0; i < 2; i++) if ((await this.offer(0xff)) === NACK) return this.drain();
      await this.line.write(ENDLESS);
      await this.drain();
    }
    throw new BootloaderTrouble("resynchronizing", "silence", new Uint8Array(0));
  }

  private async offer(byte: number): Promise<number | undefined> {
    this.line.discard();
    await this.line.write(Uint8Array.of(byte));
    return (await this.line.read(1, waits.synchronize))[0];
  }

  /** Until nothing comes any more. */
  private async drain(): Promise<void> {
    for (let i = 0; i < ENDLESS.length; i++) {
      if ((await this.line.read(1, waits.quiet)).length === 0) return;
    }
  }

  async get(): Promise<LoaderDescription> {
    await this.command(Command.get);
    const [last] = await this.take("Get: size", 1);
    const [protocolVersion, ...rest] = await this.take("Get: commands", last + 2);
    if (rest.pop() !== ACK) throw new BootloaderTrouble("Get: end", "garbage", Uint8Array.from(rest));
    return { protocolVersion, commands: rest };
  }

  async getId(): Promise<number> {
    await this.command(Command.getId);
    const answer = await this.take("Get ID", 4);
    if (answer[0] !== 1 || answer[3] !== ACK) throw new BootloaderTrouble("Get ID", "garbage", answer);
    return (answer[1] << 8) | answer[2];
  }

  /** @param count 1 to 256 bytes */
  async readMemory(address: number, count: number): Promise<Uint8Array> {
    await this.command(Command.readMemory);
    await this.send("Read Memory: address", withChecksum(address));
    await this.send("Read Memory: size", [count - 1, (count - 1) ^ 0xff]);
    return this.take("Read Memory: data", count);
  }

  /** @param data 4 to 256 bytes, a multiple of 4 */
  async writeMemory(address: number, data: Uint8Array): Promise<void> {
    await this.command(Command.writeMemory);
    await this.send("Write Memory: address", withChecksum(address));
    const message = [data.length - 1, ...data];
    await this.send("Write Memory: data", [...message, xorOf(message)], waits.write);
  }

  /**
   * @param page its number, or a code that stands for more
   * @param isExtended by Extended Erase, with numbers of two bytes
   */
  async erasePage(page: number, isExtended: boolean): Promise<void> {
    const command = isExtended ? Command.extendedErase : Command.erase;
    await this.command(command);
    if (page >= FIRST_CODE) {
      const code = [page >> 8, page & 0xff];
      await this.send(`${commandNames.get(command)}: bank`, [...code, xorOf(code)], waits.eraseAll);
      return;
    }
    const list = isExtended ? [0, 0, page >> 8, page & 0xff] : [0, page];
    await this.send(`${commandNames.get(command)}: pages`, [...list, xorOf(list)], waits.erasePage);
  }

  async eraseAll(isExtended: boolean): Promise<void> {
    const command = isExtended ? Command.extendedErase : Command.erase;
    await this.command(command);
    const code = isExtended ? [0xff, 0xff, 0x00] : [0xff, 0x00];
    await this.send(`${commandNames.get(command)}: all`, code, waits.eraseAll);
  }

  /** Starts the program whose initial stack pointer is at the address. */
  async go(address: number): Promise<void> {
    await this.command(Command.go);
    await this.send("Go: address", withChecksum(address));
  }

  /** @param count a multiple of 4 */
  async getChecksum(address: number, count: number): Promise<number> {
    await this.command(Command.getChecksum);
    await this.send("Get Checksum: address", withChecksum(address));
    await this.send("Get Checksum: size", withChecksum(count / 4));
    await this.send("Get Checksum: polynomial", withChecksum(CRC_POLYNOMIAL));
    await this.send("Get Checksum: start", withChecksum(CRC_START), waits.write);
    const answer = await this.take("Get Checksum: answer", 5);
    if (xorOf(answer) !== 0) throw new BootloaderTrouble("Get Checksum: answer", "garbage", answer);
    return new DataView(answer.buffer, answer.byteOffset).getUint32(0);
  }

  private command(code: number): Promise<void> {
    return this.send(commandNames.get(code)!, [code, code ^ 0xff]);
  }

  /** What came before it is late or doubled, and would be taken for its answer. */
  private async send(step: string, bytes: readonly number[], waitMs = waits.answer): Promise<void> {
    this.line.discard();
    await this.line.write(Uint8Array.from(bytes));
    const answer = await this.line.read(1, waitMs);
    if (answer.length === 0) throw new BootloaderTrouble(step, "silence", answer);
    if (answer[0] === NACK) throw new BootloaderTrouble(step, "refusal", answer);
    if (answer[0] !== ACK) throw new BootloaderTrouble(step, "garbage", answer);
  }

  private async take(step: string, count: number): Promise<Uint8Array> {
    const bytes = await this.line.read(count, waits.answer);
    if (bytes.length < count) throw new BootloaderTrouble(step, "silence", bytes);
    return bytes;
  }
}
