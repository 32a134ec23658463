import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, type Frame, FrameDecoder, MAX_FRAME_BYTES } from "../../src/link/frame.js";

const request: Frame = { type: 2, status: 0, id: 2, payload: Uint8Array.of(0xc0, 0xdb, 1, 127) };
const answer: Frame = { type: 0x82, status: -3, id: 0xffff, payload: new Uint8Array(0) };

const anyFrame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  status: fc.integer({ min: -128, max: 127 }),
  id: fc.integer({ min: 0, max: 0xffff }),
  // Escaped bytes come often.
  payload: fc
    .array(fc.oneof(fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd), fc.integer({ min: 0, max: 255 })), {
      maxLength: 64,
    })
    .map((bytes) => Uint8Array.from(bytes)),
});

describe("FrameDecoder", () => {
  it("gives back what was encoded, in whatever pieces it comes", () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 5 }),
        fc.integer({ min: 1, max: 20 }),
        (frames, pieceBytes) => {
          const line = Buffer.concat(frames.map(encodeFrame));
          const decoder = new FrameDecoder();
          const decoded: Frame[] = [];
          for (let i = 0; i < line.length; i += pieceBytes) {
            decoded.push(...decoder.push(line.subarray(i, i + pieceBytes)));
          }
          expect(decoded).toEqual(frames);
          expect(decoder.brokenFrames).toBe(0);
        },
      ),
      { seed: 1 },
    );
  });

  it("never takes a frame with one changed byte for whole", () => {
    const encoded = encodeFrame(request);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: encoded.length - 2 }),
        fc.integer({ min: 1, max: 255 }),
        (position, change) => {
          const broken = encoded.slice();
          broken[position]! ^= change;
          const decoder = new FrameDecoder();
          expect(decoder.push(broken)).toEqual([]);
          expect(decoder.brokenFrames).toBeGreaterThan(0);
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  it("finds the next frame after a torn one", () => {
    const torn = encodeFrame(request).subarray(0, 9);
    const decoder = new FrameDecoder();
    expect(decoder.push(Buffer.concat([torn, encodeFrame(answer)]))).toEqual([answer]);
    expect(decoder.brokenFrames).toBe(1);
  });

  it("takes the END of a broken frame for the start of the next", () => {
    const withoutFirst = encodeFrame(answer).subarray(1);
    const decoder = new FrameDecoder();
    expect(decoder.push(Buffer.concat([Uint8Array.of(0xc0, 1, 2, 3, 0xc0), withoutFirst]))).toEqual([answer]);
  });

  it("ignores text before and between frames", () => {
    const text = Buffer.from("m-ready\r\n");
    const decoder = new FrameDecoder();
    const line = Buffer.concat([text, encodeFrame(request), text, encodeFrame(answer)]);
    expect(decoder.push(line)).toEqual([request, answer]);
    expect(decoder.brokenFrames).toBe(0);
  });

  it("ignores empty frames", () => {
    const decoder = new FrameDecoder();
    expect(decoder.push(Uint8Array.of(0xc0, 0xc0, 0xc0))).toEqual([]);
    expect(decoder.push(encodeFrame(request))).toEqual([request]);
    expect(decoder.brokenFrames).toBe(0);
  });

  it("drops a frame with a byte after ESC that is no escape", () => {
    const encoded = encodeFrame(request);
    const position = encoded.indexOf(0xdb);
    encoded[position + 1] = 0x11;
    const decoder = new FrameDecoder();
    expect(decoder.push(encoded)).toEqual([]);
    expect(decoder.brokenFrames).toBe(1);
  });

  it("keeps no more than the longest frame of a line that never ends one", () => {
    const decoder = new FrameDecoder();
    decoder.push(Uint8Array.of(0xc0));
    decoder.push(new Uint8Array(MAX_FRAME_BYTES + 1));
    expect(decoder.push(encodeFrame(request))).toEqual([request]);
    expect(decoder.brokenFrames).toBe(1);
  });
});
