import type { Random } from "../../../src/base/random.js";
import { encodeFrame } from "../../../src/link/frame.js";
import { MessageType } from "../../../src/link/messages.js";
import type { ByteFault, Piece } from "./faultyLine.js";

/** Longer than a try waits in the runs under fire. */
const LATE_MS = 90;

/** Makes a fault of its kind. */
type MakeFault = (random: Random, strike: number) => ByteFault;

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const noise = (random: Random, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () => random.integer(256));

/** Puts `middle` in place of `removed` bytes at a random position. */
function replace(random: Random, bytes: Uint8Array, removed: number, middle: Uint8Array): Piece[] {
  const start = random.integer(Math.max(1, bytes.length - removed + 1));
  return [{ bytes: join(bytes.subarray(0, start), middle, bytes.subarray(start + removed)) }];
}

/** A byte that means something to the frame layer is hit as often as all others together. */
function inserted(random: Random): Uint8Array {
  const special = [0xc0, 0xdb, 0xdc, 0xdd];
  return Uint8Array.of(random.integer(2) === 0 ? special[random.integer(4)]! : random.integer(256));
}

/** Nobody's request: from here on the device starts anew. */
const reset = encodeFrame({
  type: MessageType.reset,
  status: 0,
  id: 0xabcd,
  payload: new Uint8Array(0),
});

/** What may happen to the bytes of a line. */
export const byteFaults: Readonly<Record<string, MakeFault>> = {
  "a byte dropped": (random) => (bytes) => replace(random, bytes, 1, new Uint8Array(0)),
  "a byte doubled": (random) => (bytes) => {
    const at = random.integer(bytes.length);
    return [{ bytes: join(bytes.subarray(0, at + 1), bytes.subarray(at)) }];
  },
  "a bit flipped": (random) => (bytes) => {
    const flipped = bytes.slice();
    flipped[random.integer(bytes.length)]! ^= 1 << random.integer(8);
    return [{ bytes: flipped }];
  },
  "a byte inserted": (random) => (bytes) => replace(random, bytes, 0, inserted(random)),
  "two bytes swapped": (random) => (bytes) => {
    const swapped = bytes.slice();
    const [a, b] = [random.integer(bytes.length), random.integer(bytes.length)];
    [swapped[a], swapped[b]] = [bytes[b]!, bytes[a]!];
    return [{ bytes: swapped }];
  },
  "split, at every position in turn": (_, strike) => (bytes) => {
    const at = strike % bytes.length;
    return [{ bytes: bytes.slice(0, at) }, { bytes: bytes.slice(at), afterMs: 2 }];
  },
  "torn into single bytes": () => (bytes) =>
    Array.from(bytes.subarray(0, 40), (byte): Piece => ({ bytes: Uint8Array.of(byte), afterMs: 0 })).concat({
      bytes: bytes.slice(40),
      afterMs: 1,
    }),
  "the end cut off": (random) => (bytes) => [{ bytes: bytes.slice(0, random.integer(bytes.length)) }],
  "all lost": () => () => [],
  "all doubled": () => (bytes) => [{ bytes: join(bytes, bytes) }],
  "all late, after it was sent again": () => (bytes) => [{ bytes: bytes.slice(), afterMs: LATE_MS }],
  "overtaken by what followed": (random) => (bytes) => [
    { bytes: bytes.slice(), afterMs: 1 + random.integer(LATE_MS), isOvertaken: true },
  ],
  "doubled, the second one among later ones": (random) => (bytes) => [
    { bytes: bytes.slice() },
    { bytes: bytes.slice(), afterMs: random.integer(8), isOvertaken: true },
  ],
  "a burst of noise in it": (random) => (bytes) =>
    replace(random, bytes, random.integer(64), noise(random, 1 + random.integer(64))),
  "noise before and after it": (random) => (bytes) => [
    { bytes: join(noise(random, random.integer(300)), bytes, noise(random, random.integer(300))) },
  ],
  "the device told to start anew amid it": (random) => (bytes) => {
    const at = random.integer(bytes.length);
    return [{ bytes: join(bytes.subarray(0, at), reset, bytes.subarray(at)) }];
  },
  "the line stuck": (random) => () => {
    const level = [0x00, 0xff, 0xc0, 0xdb][random.integer(4)]!;
    return Array.from({ length: 8 }, () => ({ bytes: new Uint8Array(400).fill(level), afterMs: 8 }));
  },
};
