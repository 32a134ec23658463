import { expect } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { Random } from "../../src/base/random.js";

/**
 * Reads a file with one bit flipped, at `count` places drawn at random.
 *
 * @returns how many of the flips were not refused by a UserError
 */
export function countAccepted(file: Uint8Array, count: number, read: (damaged: Buffer) => unknown): number {
  const random = new Random(3);
  let accepted = 0;
  for (let flip = 0; flip < count; flip++) {
    const damaged = Buffer.from(file);
    damaged[random.integer(file.length)]! ^= 1 << random.integer(8);
    try {
      read(damaged);
      accepted += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
    }
  }
  return accepted;
}
