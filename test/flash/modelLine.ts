import { ChipMemory } from "../../src/board/chipMemory.js";
import { RomBootloader } from "../../src/board/romBootloader.js";
import type { BootloaderLine } from "../../src/flash/bootloaderLine.js";
import type { Chip } from "../../src/flash/chips.js";

/** Changes the n-th byte, from 0, that travels in a direction: no byte loses it, two double it. */
export type Mishap = (byte: number, n: number) => readonly number[];

const untouched: Mishap = (byte) => [byte];

export interface ModelLine extends BootloaderLine {
  readonly memory: ChipMemory;
  readonly loader: RomBootloader;
  /** Bytes that the host sent, and that the loader sent. */
  readonly counts: { sent: number; received: number };
  /** The board is reset with BOOT0 high. */
  reset(): void;
}

/** A host's line to a model of the loader, without a clock: what is not there at once does not come in time. */
export function modelLine(
  memory: ChipMemory | Chip,
  { sent = untouched, received = untouched }: { sent?: Mishap; received?: Mishap } = {},
): ModelLine {
  const chipMemory = memory instanceof ChipMemory ? memory : new ChipMemory(memory);
  let loader = new RomBootloader(chipMemory);
  let waiting: number[] = [];
  const counts = { sent: 0, received: 0 };
  return {
    name: "the model",
    memory: chipMemory,
    get loader() {
      return loader;
    },
    counts,
    reset: () => {
      loader = new RomBootloader(chipMemory);
    },
    write: async (bytes) => {
      for (const byte of bytes) {
        const answer = loader.receive(Uint8Array.from(sent(byte, counts.sent++)));
        for (const back of answer) waiting.push(...received(back, counts.received++));
      }
    },
    read: async (count) => Uint8Array.from(waiting.splice(0, count)),
    discard: () => {
      waiting = [];
    },
  };
}
