import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeTelnet, LONGEST_MESSAGE, TelnetDecoder, telnetMessage } from "../../src/link/telnet.js";

const decode = (...chunks: readonly Uint8Array[]) => {
  const decoder = new TelnetDecoder();
  const parts = chunks.map((chunk) => decoder.push(chunk));
  return {
    data: parts.flatMap(({ data }) => [...data]),
    events: parts.flatMap(({ events }) => events),
  };
};
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("TelnetDecoder", () => {
  it("takes data, options and messages apart", () => {
    // 41 | IAC DO 44 | IAC IAC | IAC SB 44 101 0 1 194 0 IAC SE | 42 | IAC NOP | 43
    expect(decode(hex("41 fffd2c ffff fffa2c650001c200fff0 42 fff1 43"))).toEqual({
      data: [0x41, 0xff, 0x42, 0x43],
      events: [
        { verb: 253, option: 44 },
        { option: 44, payload: Uint8Array.of(101, 0, 1, 194, 0) },
      ],
    });
  });

  it("keeps of a message without an end so much and no more", () => {
    const endless = new Uint8Array(1_000_000).fill(7);
    const { data, events } = decode(hex("fffa"), endless, hex("fff0 41"));
    expect(data).toEqual([0x41]);
    expect(events).toEqual([{ option: 7, payload: new Uint8Array(LONGEST_MESSAGE - 1).fill(7) }]);
  });

  it("reads the same however a stream is cut, whatever it holds", () => {
    const byte = fc.oneof(fc.constantFrom(255, 250, 240, 251, 253, 44), fc.nat(255));
    const chunks = fc.array(fc.array(byte, { maxLength: 20 }), { maxLength: 20 });
    fc.assert(
      fc.property(chunks, (parts) => {
        const cut = decode(...parts.map((part) => Uint8Array.from(part)));
        expect(cut).toEqual(decode(Uint8Array.from(parts.flat())));
        for (const event of cut.events) {
          if ("payload" in event) expect(event.payload.length).toBeLessThan(LONGEST_MESSAGE);
        }
      }),
      { numRuns: 2000, seed: 2217 },
    );
  });

  it("gives back what was escaped", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.nat(255), { maxLength: 8 }), (data, payload) => {
        const message = telnetMessage(44, payload);
        expect(decode(escapeTelnet(data), message)).toEqual({
          data: [...data],
          events: [{ option: 44, payload: Uint8Array.from(payload) }],
        });
      }),
      { seed: 2217 },
    );
  });
});
