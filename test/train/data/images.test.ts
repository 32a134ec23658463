import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.js";
import { decodeImage } from "../../../src/train/data/decodeImage.js";
import { resizeImage, toChannels } from "../../../src/train/data/image.js";
import { userError } from "../userError.js";
import { makePng, pngChunk } from "./makePng.js";

const fixture = (name: string): Buffer => readFileSync(new URL(`images/${name}`, import.meta.url));
const decode = (bytes: Buffer) => decodeImage(bytes, "a.png");
const values = (bytes: Buffer) => [...decode(bytes).data].map((value) => Math.round(value * 255));

/** What Pillow 12 wrote the fixtures of: 20 × 13 pixels of three smooth channels, 0..255. */
const original = Array.from({ length: 13 * 20 }, (_, pixel) => {
  const [x, y] = [pixel % 20, Math.floor(pixel / 20)];
  return [250 - 20 * y, Math.round(20 + (200 * x) / 19), Math.round(128 + 100 * Math.sin(x / 5 + y / 7))];
});

describe("a PNG", () => {
  it("of Pillow's becomes its pixels", () => {
    expect(decode(fixture("rgb.png"))).toMatchObject({ height: 13, width: 20, channels: 3 });
    expect(values(fixture("rgb.png"))).toEqual(original.flat());
  });

  it.each([
    [1, [0b01000000, 0b10000000], [0, 255, 255, 0]],
    [2, [0b00011011, 0b11000000], [0, 85, 170, 255, 255]],
    [4, [0x0f, 0x30], [0, 255, 51]],
    [8, [0, 7], [0, 7]],
    [16, [0xff, 0xff, 0x80, 0x00], [255, 128]],
  ])("of %i bits a pixel is unpacked", (depth, row, expected) => {
    // 1 bit: two rows of 2 pixels; the others: one row
    const rows = depth === 1 ? row.map((byte) => [byte]) : [row];
    const width = expected.length / rows.length;
    const data = rows.flatMap((bytes) => [0, ...bytes]);
    expect(values(makePng({ width, height: rows.length, depth, colourType: 0, data }))).toEqual(expected);
  });

  it("with a palette becomes colour", () => {
    const chunks = [["PLTE", [1, 2, 3, 250, 251, 252]]] as const;
    const png = makePng({ width: 3, height: 1, depth: 1, colourType: 3, data: [0, 0b01100000], chunks });
    expect(values(png)).toEqual([1, 2, 3, 250, 251, 252, 250, 251, 252]);
  });

  it("without the palette its header promises is refused", () => {
    const png = makePng({ width: 1, height: 1, depth: 8, colourType: 3, data: [0, 0] });
    expect(() => decode(png)).toThrow(userError("a.png: is no whole PNG: it has no palette"));
  });

  it("in colour may suggest a palette, which changes nothing", () => {
    const chunks = [["PLTE", [9, 9, 9]]] as const;
    const png = makePng({ width: 1, height: 1, depth: 8, colourType: 2, data: [0, 5, 6, 7], chunks });
    expect(values(png)).toEqual([5, 6, 7]);
  });

  it("lies on white where it is transparent: by alpha, by palette, by a colour", () => {
    // 100 · 51/255 + 255 · 204/255 = 224
    const alpha = makePng({ width: 2, height: 1, depth: 8, colourType: 4, data: [0, 100, 51, 100, 255] });
    expect(values(alpha)).toEqual([224, 100]);
    const chunks = [
      ["PLTE", [1, 2, 3, 4, 5, 6]],
      ["tRNS", [0]],
    ] as const;
    const palette = makePng({ width: 2, height: 1, depth: 8, colourType: 3, data: [0, 0, 1], chunks });
    expect(values(palette)).toEqual([255, 255, 255, 4, 5, 6]);
    const key = [["tRNS", [0, 7]]] as const;
    const colour = makePng({ width: 2, height: 1, depth: 8, colourType: 0, data: [0, 7, 8], chunks: key });
    expect(values(colour)).toEqual([255, 8]);
  });

  it("may be interlaced from 8 bits on", () => {
    // 2 × 2 has three passes that hold something: [0,0], then column 1, then row 1.
    const parts = { width: 2, height: 2, depth: 8, colourType: 0, interlace: 1 };
    expect(values(makePng({ ...parts, data: [0, 1, 0, 2, 0, 3, 4] }))).toEqual([1, 2, 3, 4]);
    expect(() => decode(makePng({ ...parts, depth: 1, data: [0, 0, 0, 0, 0, 0] }))).toThrow(
      userError("a.png: is an interlaced PNG of 1 bits"),
    );
  });

  it("is refused when its data is not what the header promises", () => {
    const parts = { width: 3, height: 2, depth: 8, colourType: 0 };
    expect(() => decode(makePng({ ...parts, data: [0, 1, 2, 3, 0, 1, 2] }))).toThrow(
      userError("a.png: is no whole PNG: its pixels take 8 B, found 7 B"),
    );
    const bomb = makePng({ ...parts, data: new Array<number>(100_000).fill(0) });
    expect(() => decode(bomb)).toThrow(
      /^a\.png: is no whole PNG: Cannot create a Buffer larger than 8 bytes/,
    );
  });

  it("is refused before anything is unpacked when it has too many pixels, or none", () => {
    const huge = makePng({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, depth: 8, colourType: 0, data: [0] });
    expect(() => decode(huge)).toThrow(
      userError("a.png: is an image of 2147483647 × 2147483647 pixels; expected 1 to 16777216"),
    );
    expect(() => decode(makePng({ width: 0, height: 1, depth: 8, colourType: 0, data: [0] }))).toThrow(
      "is an image of 0 × 1 pixels",
    );
  });

  it("is refused when it is cut short or a check sum is wrong", () => {
    const whole = fixture("rgb.png");
    expect(() => decode(whole.subarray(0, 100))).toThrow(
      userError("a.png: is no whole PNG: it is cut short at byte 100"),
    );
    const wrong = Buffer.from(whole);
    wrong[wrong.length - 14] ^= 1; // in the last check sum but one
    expect(() => decode(wrong)).toThrow(/^a\.png: is no whole PNG: CRC mismatch/);
  });

  it("reaches the decoder without its texts and profiles", () => {
    // A profile that says it is deflated and is not: a reader of it would fail.
    const chunks = [["iCCP", [65, 0, 0, 1, 2, 3]]] as const;
    expect(values(makePng({ width: 1, height: 1, depth: 8, colourType: 0, data: [0, 9], chunks }))).toEqual([
      9,
    ]);
  });
});

describe("a JPEG", () => {
  /** Largest and mean difference to the original, in steps of 255. */
  function errorOf(name: string, expected: readonly number[]) {
    const differences = values(fixture(name)).map((value, i) => Math.abs(value - expected[i]));
    const mean = differences.reduce((sum, d) => sum + d, 0) / differences.length;
    return { largest: Math.max(...differences), mean };
  }

  // Measured: 9 and 1.5; and, with colours at half the resolution, 24 and 6.3 (Pillow: 20 and 2.7, it smooths them).
  it.each([
    ["progressive.jpg", 12, 2],
    ["baseline420.jpg", 30, 7],
  ])("%s is close to what it was made of", (name, largest, mean) => {
    expect(decode(fixture(name))).toMatchObject({ height: 13, width: 20, channels: 3 });
    const error = errorOf(name, original.flat());
    expect(error.largest).toBeLessThanOrEqual(largest);
    expect(error.mean).toBeLessThanOrEqual(mean);
  });

  it("in grey has one channel", () => {
    expect(decode(fixture("grey.jpg")).channels).toBe(1);
    const luma = original.map(([r, g, b]) => Math.round(0.299 * r + 0.587 * g + 0.114 * b));
    expect(errorOf("grey.jpg", luma).largest).toBeLessThanOrEqual(5);
  });

  it("is refused before it is decoded when it has too many pixels", () => {
    const bytes = fixture("grey.jpg");
    const frame = bytes.indexOf(Buffer.from("ffc0", "hex"));
    bytes.writeUInt32BE(0xffffffff, frame + 5);
    expect(() => decode(bytes)).toThrow("is an image of 65535 × 65535 pixels");
  });

  it("is refused when its process is not read, or it has too many scans", () => {
    const lossless = fixture("grey.jpg");
    lossless[lossless.indexOf(Buffer.from("ffc0", "hex")) + 1] = 0xc3;
    expect(() => decode(lossless)).toThrow(
      "a.png: is a JPEG of process 3, 8 bits and 1 components; expected baseline or progressive",
    );
    const whole = fixture("grey.jpg");
    const scan = Buffer.from("ffda0008010100003f00", "hex");
    const many = Buffer.concat([
      whole.subarray(0, -2),
      ...new Array<Buffer>(101).fill(scan),
      whole.subarray(-2),
    ]);
    expect(() => decode(many)).toThrow(userError("a.png: is no whole JPEG: it has over 100 scans"));
  });

  it("is refused when it is cut short", () => {
    expect(() => decode(fixture("progressive.jpg").subarray(0, 400))).toThrow(UserError);
    expect(() => decode(fixture("progressive.jpg").subarray(0, 30))).toThrow(
      userError("a.png: is no whole JPEG: it holds no image"),
    );
  });
});

describe("decodeImage", () => {
  it("tells what is neither", () => {
    expect(() => decode(Buffer.from("GIF89a"))).toThrow(
      userError("a.png: begins with 47494638; expected a PNG or JPEG"),
    );
    expect(() => decode(Buffer.alloc(0))).toThrow(userError("a.png: is empty; expected a PNG or JPEG"));
  });

  it.each(["rgb.png", "progressive.jpg", "baseline420.jpg", "grey.jpg"])(
    "answers damaged copies of %s with an image or a UserError, each after less than a second of work",
    (name) => {
      const whole = fixture(name);
      const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }));
      fc.assert(
        fc.property(fc.array(change, { maxLength: 8 }), fc.nat({ max: whole.length }), (changes, cut) => {
          const bytes = Buffer.from(cut % 3 === 0 ? whole.subarray(0, cut) : whole);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const started = process.cpuUsage(); // the clock on the wall goes on while others are run
          try {
            const { height, width, channels, data } = decode(bytes);
            expect(data.length).toBe(height * width * channels);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
          const { user, system } = process.cpuUsage(started);
          expect(user + system).toBeLessThan(1e6);
        }),
        { seed: 1, numRuns: 400 },
      );
    },
  );

  it("answers PNGs of any header, palette and data with an image or a UserError", () => {
    const byte = fc.nat({ max: 255 });
    const parts = fc.record({
      width: fc.nat({ max: 9 }),
      height: fc.nat({ max: 9 }),
      depth: fc.constantFrom(1, 2, 4, 8, 16, 3),
      colourType: fc.constantFrom(0, 2, 3, 4, 6, 5),
      interlace: fc.constantFrom(0, 1, 2),
      data: fc.array(fc.oneof(fc.constant(0), byte), { maxLength: 80 }),
      chunks: fc.array(fc.tuple(fc.constantFrom("PLTE", "tRNS", "tEXt"), fc.array(byte, { maxLength: 12 })), {
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(parts, (given) => {
        try {
          const { data } = decode(makePng(given));
          expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
    expect(pngChunk("IEND", new Uint8Array(0)).toString("hex")).toBe("0000000049454e44ae426082");
  });
});

describe("an image", () => {
  const grey = { height: 2, width: 3, channels: 1, data: Float32Array.of(0, 3, 6, 9, 12, 15) } as const;

  it("shrinks to the means of areas, parts of pixels by their share", () => {
    expect([...resizeImage(grey, 1, 1).data]).toEqual([7.5]);
    // Width 3 → 2: 1.5 pixels each, (0 + 3/2) / 1.5 = 1 and (3/2 + 6) / 1.5 = 5; the row below 9 more.
    expect(resizeImage(grey, 2, 2).data).toEqual(Float32Array.of(1, 5, 10, 14));
  });

  it("grows by repeating, and keeps its mean", () => {
    const grown = resizeImage(grey, 4, 6);
    expect([...grown.data.subarray(0, 6)]).toEqual([0, 0, 3, 3, 6, 6]);
    expect(resizeImage(grown, 1, 1).data[0]).toBeCloseTo(7.5, 6);
  });

  it("keeps a constant at every size", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, size, size, (height, width, toHeight, toWidth) => {
        const image = {
          height,
          width,
          channels: 3,
          data: new Float32Array(height * width * 3).fill(0.3),
        } as const;
        for (const value of resizeImage(image, toHeight, toWidth).data) expect(value).toBeCloseTo(0.3, 5);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("turns grey by BT.601's weights, and grey to colour by repeating", () => {
    const color = { height: 1, width: 1, channels: 3, data: Float32Array.of(1, 0.5, 0.25) } as const;
    expect(toChannels(color, 1).data[0]).toBeCloseTo(0.299 + 0.2935 + 0.0285, 6);
    expect([...toChannels({ ...grey, height: 1, width: 1, data: Float32Array.of(0.5) }, 3).data]).toEqual([
      0.5, 0.5, 0.5,
    ]);
  });
});
