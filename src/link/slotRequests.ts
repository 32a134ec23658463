import type { Answer, Request } from "./exchange.js";
import { Refusal } from "./linkErrors.js";
import { MessageType } from "./messages.js";
import { type DeviceSlots, decodeSlots, encodeCommitSlot, encodeWriteSlot } from "./slotMessages.js";

/** The status of firmware that has no such request. */
const UNKNOWN_REQUEST = -1;

/** A page takes 20 to 50 ms to erase: of the slowest, with all of a slot to do at the first write. */
const ERASE_MS = 20_000;

/** What a device is asked about its slots. */
export class SlotRequests {
  constructor(private readonly ask: (request: Request) => Promise<Answer>) {}

  async describe(): Promise<DeviceSlots | undefined> {
    const request = { what: "slots", type: MessageType.slots, payload: new Uint8Array(0) };
    try {
      return decodeSlots((await this.ask(request)).payload);
    } catch (error) {
      if (error instanceof Refusal && error.status === UNKNOWN_REQUEST) return undefined;
      throw error;
    }
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const payload = encodeWriteSlot(offset, bytes);
    const what = `write at ${offset} of the slot`;
    const request = { what, type: MessageType.writeSlot, payload };
    await this.ask(offset === 0 ? { ...request, thinkMs: ERASE_MS } : request);
  }

  async commit(size: number, crc: number): Promise<void> {
    const payload = encodeCommitSlot(size, crc);
    await this.ask({ what: "commit of the slot", type: MessageType.commitSlot, payload });
  }
}
