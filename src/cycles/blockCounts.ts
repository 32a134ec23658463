import { UserError } from "../base/errors.js";
import { cyclesOf, isBranch, refillCycles } from "./cortexM4.js";
import type { Listing } from "./listing.js";

/** Instructions that ran one after the other, as blockCounts.c tells them. */
export interface BlockCount {
  readonly address: number;
  readonly instructions: number;
  readonly runs: number;
  /** Of these, after the instruction that stands right before: the pipeline goes on. */
  readonly fromAbove: number;
  /** Of these, before something that does not stand right behind. */
  readonly taken: number;
}

/** What ran between two readings of the counter. */
export interface Count {
  readonly instructions: number;
  readonly cycles: number;
}

/** @param text of one measurement, without its last line */
export function readBlocks(text: string): BlockCount[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [address, ...counts] = line.split(" ");
      const [instructions, runs, fromAbove, taken] = counts.map(Number) as [number, number, number, number];
      return { address: Number.parseInt(address!, 16), instructions, runs, fromAbove, taken };
    });
}

/**
 * Models the cycles of blocks.
 *
 * @throws UserError when one ran that the listing has not: code in RAM
 */
export function modelCycles({ instructions, positions }: Listing, blocks: readonly BlockCount[]): Count {
  let count = 0;
  let cycles = 0;
  for (const block of blocks) {
    const first = positions.get(block.address);
    if (first === undefined) {
      throw new UserError(
        `the image has no instruction at 0x${block.address.toString(16)}, where a block ran`,
      );
    }
    const last = first + block.instructions - 1;
    const start = instructions[first]!;
    const fresh = block.runs - block.fromAbove;
    cycles += fresh * cyclesOf(start, undefined) + block.fromAbove * cyclesOf(start, instructions[first - 1]);
    for (let i = first + 1; i <= last; i++)
      cycles += block.runs * cyclesOf(instructions[i]!, instructions[i - 1]);
    if (isBranch(instructions[last]!)) cycles += block.taken * refillCycles;
    count += block.runs * block.instructions;
  }
  return { instructions: count, cycles };
}
