import type { Random } from "../../src/base/random.js";

/** Numbers at which readers of offsets, lengths and shapes go wrong. */
const words = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  127,
  128,
  255,
  65535,
  65536,
  2 ** 24,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];

/** Where the bytes that mean something to a reader lie: all but the contents of large constants. */
export function structuralPositions(bytes: Uint8Array, constants: readonly Uint8Array[]): Int32Array {
  const isContent = new Uint8Array(bytes.length);
  for (const { byteOffset, length } of constants) {
    const start = byteOffset - bytes.byteOffset;
    if (length > 64) isContent.fill(1, start, start + length);
  }
  return Int32Array.from(isContent.keys()).filter((position) => isContent[position] === 0);
}

/**
 * A damaged copy: one to four of flipped bits, changed bytes, 16- and 32-bit numbers set to edges or to a number from
 * another place (which splices offsets), moved blocks, cuts, and bytes put in or taken out.
 *
 * @param positions where it is damaged
 */
export function mutate(bytes: Uint8Array, positions: Int32Array, random: Random): Uint8Array {
  let changed = Uint8Array.from(bytes);
  const below = (limit: number) => random.integer(limit);
  const count = 1 + below(4);
  for (let i = 0; i < count && changed.length >= 8; i++) {
    const view = new DataView(changed.buffer, changed.byteOffset, changed.byteLength);
    const at = Math.min(positions[below(positions.length)], changed.length - 1);
    const word = Math.min(at - (at % 4), changed.length - 4);
    const other = Math.min(positions[below(positions.length)], changed.length - 4);
    switch (below(10)) {
      case 0:
        changed[at] ^= 1 << below(8);
        break;
      case 1:
        changed[at] = below(256);
        break;
      case 2:
        view.setUint32(word, words[below(words.length)], true);
        break;
      case 3:
        view.setUint32(word, view.getUint32(other - (other % 4), true), true);
        break;
      case 4:
        view.setInt32(word, view.getInt32(word, true) + below(65) - 32, true);
        break;
      case 5:
        view.setUint32(word, below(changed.length), true);
        break;
      case 6:
        view.setUint16(
          Math.min(at - (at % 2), changed.length - 2),
          below(2) === 0 ? below(64) : below(65536),
          true,
        );
        break;
      case 7:
        changed.copyWithin(word, other, other + 4 * (1 + below(16)));
        break;
      case 8:
        changed = changed.slice(0, below(8) === 0 ? below(changed.length) : changed.length - below(64));
        break;
      default: {
        const size = 1 + below(8);
        const rest = changed.slice(below(2) === 0 ? at : Math.min(at + size, changed.length));
        const joined = new Uint8Array(at + size + rest.length);
        joined.set(changed.subarray(0, at));
        joined.set(rest, joined.length - rest.length);
        changed = joined;
      }
    }
  }
  return changed;
}
