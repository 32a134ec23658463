import { expect } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { RomBootloader } from "../../src/board/romBootloader.js";
import type { Chip } from "../../src/flash/chips.js";

export const ACK = 0x79;
export const NACK = 0x1f;

/** Of the chip that was woken last. */
export let memory: ChipMemory;
export let loader: RomBootloader;

/** A loader on the present memory that hears nothing yet. */
export function startLoader(): void {
  loader = new RomBootloader(memory);
}

/** A loader that was spoken to. */
export function wake(chip: Chip): void {
  memory = new ChipMemory(chip);
  startLoader();
  expect(say(0x7f)).toEqual([ACK]);
}

export const say = (...bytes: number[]): number[] => [...loader.receive(Uint8Array.from(bytes))];
export const xor = (...bytes: number[]): number => bytes.reduce((sum, byte) => sum ^ byte, 0);
export const closed = (...bytes: number[]): number[] => [...bytes, xor(...bytes)];
export const at = (address: number): number[] =>
  closed(address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255);
export const flashStart = at(0x08000000);

/** Write Memory with everything right. */
export function write(address: number, data: readonly number[]): number[] {
  return [...say(0x31, 0xce), ...say(...at(address)), ...say(...closed(data.length - 1, ...data))];
}

export function read(address: number, count: number): number[] {
  return [...say(0x11, 0xee), ...say(...at(address)), ...say(count - 1, (count - 1) ^ 255)];
}
