import {
  ACK,
  Command,
  crcUnit,
  NACK,
  SYNCHRONIZE,
  withChecksum,
  xorOf,
} from "../flash/bootloaderProtocol.js";
import { BANK_2, FIRST_CODE, type FlashPage } from "../flash/chips.js";
import type { ChipMemory } from "./chipMemory.js";

/** How the loader ends: a jump to a program, or a reset. */
export type Departure = { readonly go: number } | { readonly reset: true };

/** Waits for the next byte. */
type Conversation<Result> = Generator<undefined, Result, number>;

/** All that a read-protected chip still does. AN3155 §3. */
const allowedUnderReadProtection: ReadonlySet<number> = new Set([
  Command.get,
  Command.getVersion,
  Command.getId,
  Command.readoutUnprotect,
]);

/**
 * The loader in an STM32's ROM: bytes in, bytes out, no clock. It waits for a message's end for ever, as the ROM does.
 *
 * Source: ST AN3155. Where that is silent: a block that is no multiple of 4, and numbers of pages that the chip does not
 * have, are refused; bytes before the first 0x7F are not heard.
 */
export class RomBootloader {
  /** Set when it has ended; it then answers nothing any more. */
  departure: Departure | undefined;
  private readonly conversation: Conversation<Departure>;
  private answer: number[] = [];

  constructor(private readonly memory: ChipMemory) {
    this.conversation = this.converse();
    this.conversation.next();
  }

  /** @returns what it sends until it waits for more */
  receive(bytes: Uint8Array): Uint8Array {
    this.answer = [];
    for (const byte of bytes) {
      if (this.departure !== undefined) break;
      const { done, value } = this.conversation.next(byte);
      if (done) this.departure = value;
    }
    return Uint8Array.from(this.answer);
  }

  private send(...bytes: number[]): void {
    this.answer.push(...bytes);
  }

  private *converse(): Conversation<Departure> {
    while ((yield) !== SYNCHRONIZE);
    this.send(ACK);
    for (;;) {
      const command = yield;
      const complement = yield;
      if ((command ^ complement) !== 0xff || !this.knows(command)) {
        this.send(NACK);
        continue;
      }
      this.send(ACK);
      const departure = yield* this.obey(command);
      if (departure !== undefined) return departure;
    }
  }

  private knows(command: number): boolean {
    const isListed = this.memory.chip.commands.includes(command);
    return isListed && (!this.memory.isReadProtected || allowedUnderReadProtection.has(command));
  }

  private *obey(command: number): Conversation<Departure | undefined> {
    const { chip } = this.memory;
    switch (command) {
      case Command.get:
        this.send(chip.commands.length, chip.protocolVersion, ...chip.commands, ACK);
        return undefined;
      case Command.getVersion:
        this.send(chip.protocolVersion, 0, 0, ACK);
        return undefined;
      case Command.getId:
        this.send(1, chip.productId >> 8, chip.productId & 0xff, ACK);
        return undefined;
      case Command.readMemory:
        yield* this.readMemory();
        return undefined;
      case Command.go:
        return yield* this.go();
      case Command.writeMemory:
        yield* this.writeMemory();
        return undefined;
      case Command.erase:
        yield* this.erase();
        return undefined;
      case Command.extendedErase:
        yield* this.extendedErase();
        return undefined;
      case Command.getChecksum:
        yield* this.getChecksum();
        return undefined;
      default:
        return yield* this.changeProtection(command);
    }
  }

  /** One byte, ACK or NACK, by whether all is well. */
  private acknowledge(isWell: boolean): boolean {
    this.send(isWell ? ACK : NACK);
    return isWell;
  }

  private *take(count: number): Conversation<Uint8Array> {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = yield;
    return bytes;
  }

  /** Four bytes, most significant first, and their XOR; undefined if that is wrong. */
  private *takeWord(): Conversation<number | undefined> {
    const bytes = yield* this.take(5);
    return xorOf(bytes) === 0 ? new DataView(bytes.buffer).getUint32(0) : undefined;
  }

  /** An address of `bytes` that are there, acknowledged; or undefined, refused. */
  private *takeAddress(bytes: number, look: "view" | "readable" = "view"): Conversation<number | undefined> {
    const address = yield* this.takeWord();
    const isThere = address !== undefined && this.memory[look](address, bytes) !== undefined;
    return this.acknowledge(isThere) ? address : undefined;
  }

  private *readMemory(): Conversation<void> {
    const address = yield* this.takeAddress(1, "readable");
    if (address === undefined) return;
    const count = yield;
    const complement = yield;
    const bytes = this.memory.readable(address, count + 1);
    if (this.acknowledge((count ^ complement) === 0xff && bytes !== undefined)) this.send(...bytes!);
  }

  /** The stack pointer is at the address, the program's start behind it. */
  private *go(): Conversation<Departure | undefined> {
    const address = yield* this.takeAddress(8);
    return address === undefined ? undefined : { go: address };
  }

  private *writeMemory(): Conversation<void> {
    const address = yield* this.takeAddress(1);
    if (address === undefined) return;
    const last = yield;
    const data = yield* this.take(last + 1);
    const checksum = yield;
    const isWhole = xorOf(data, last) === checksum && data.length % 4 === 0;
    const isThere = this.memory.view(address, data.length) !== undefined;
    if (isWhole && isThere) this.memory.write(address, data);
    this.acknowledge(isWhole && isThere);
  }

  /** Numbers of one byte: 255 and its complement for all pages. */
  private *erase(): Conversation<void> {
    const last = yield;
    if (last === 0xff) {
      const complement = yield;
      if (complement === 0) this.memory.eraseAll();
      this.acknowledge(complement === 0);
      return;
    }
    yield* this.erasePages(last, 1);
  }

  /** Numbers of two bytes. */
  private *extendedErase(): Conversation<void> {
    const [high, low] = yield* this.take(2);
    const last = (high << 8) | low;
    if (last >= FIRST_CODE) {
      const checksum = yield;
      const pages = this.pagesOfBank(last);
      const isWell = checksum === (high ^ low) && pages !== undefined;
      if (isWell) this.memory.eraseAll(pages);
      this.acknowledge(isWell);
      return;
    }
    yield* this.erasePages(last, 2);
  }

  /** 0xFFFF for all, 0xFFFE and 0xFFFD for banks 1 and 2. AN3155 §3.8. */
  private pagesOfBank(code: number): readonly FlashPage[] | undefined {
    const { pages, hasBanks, flashAddress, flashBytes } = this.memory.chip;
    if (code === 0xffff) return pages;
    if (!hasBanks || code < BANK_2) return undefined;
    const middle = flashAddress + flashBytes / 2;
    return pages.filter(({ address }) => address >= middle === (code === BANK_2));
  }

  private *erasePages(last: number, numberBytes: 1 | 2): Conversation<void> {
    const { pages } = this.memory.chip;
    if (last >= pages.length) {
      this.acknowledge(false);
      return;
    }
    const list = yield* this.take((last + 1) * numberBytes);
    const checksum = yield;
    const named = Array.from({ length: last + 1 }, (_, i) =>
      this.findPage(numberBytes === 1 ? list[i] : (list[2 * i] << 8) | list[2 * i + 1]),
    );
    const isWell =
      xorOf(list, (last >> 8) ^ (last & 0xff)) === checksum && named.every((page) => page !== undefined);
    if (isWell) for (const page of named) this.memory.erasePage(page!);
    this.acknowledge(isWell);
  }

  private findPage(wanted: number): FlashPage | undefined {
    return this.memory.chip.pages.find(({ number }) => number === wanted && number < FIRST_CODE);
  }

  private *getChecksum(): Conversation<void> {
    const address = yield* this.takeAddress(4);
    if (address === undefined) return;
    const words = yield* this.takeWord();
    const bytes = words === undefined ? undefined : this.memory.view(address, 4 * words);
    if (!this.acknowledge(bytes !== undefined && bytes.length > 0)) return;
    const polynomial = yield* this.takeWord();
    if (!this.acknowledge(polynomial !== undefined)) return;
    const start = yield* this.takeWord();
    if (!this.acknowledge(start !== undefined)) return;
    this.send(...withChecksum(crcUnit(bytes!, polynomial, start)));
  }

  /** Each is kept in the option bytes, which a reset loads. */
  private *changeProtection(command: number): Conversation<Departure | undefined> {
    const { memory } = this;
    if (command === Command.writeProtect) {
      const last = yield;
      const list = yield* this.take(last + 1);
      const checksum = yield;
      const isWell = xorOf(list, last) === checksum && list.every((page) => page < memory.chip.pages.length);
      if (!this.acknowledge(isWell)) return undefined;
      for (const page of list) memory.protectedPages.add(page);
    } else {
      if (command === Command.writeUnprotect) memory.protectedPages.clear();
      if (command === Command.readoutProtect) memory.isReadProtected = true;
      if (command === Command.readoutUnprotect) {
        memory.protectedPages.clear();
        memory.eraseAll();
        memory.isReadProtected = false;
      }
      this.send(ACK);
    }
    return { reset: true };
  }
}
