import { readFileSync } from "node:fs";
import fc from "fast-check";
import jpeg from "jpeg-js";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../src/train/data/decodeImage.js";
import { orientImage, readOrientation } from "../../../src/train/data/orientation.js";
import { exifOf, withExif } from "./exif.js";

/**
 * The image F of an F, 2 × 3, whose pixels are their own numbers, as each orientation stores it: by Exif's table, the
 * stored image's row 0 is the upright one's top, top, bottom, bottom, left, right, right or left, and its column 0 the
 * left, right, right, left, top, top, bottom or bottom.
 */
const upright = [
  [1, 2, 3],
  [4, 5, 6],
];
const stored: readonly (readonly (readonly number[])[])[] = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  [
    [3, 2, 1],
    [6, 5, 4],
  ],
  [
    [6, 5, 4],
    [3, 2, 1],
  ],
  [
    [4, 5, 6],
    [1, 2, 3],
  ],
  [
    [1, 4],
    [2, 5],
    [3, 6],
  ],
  [
    [3, 6],
    [2, 5],
    [1, 4],
  ],
  [
    [6, 3],
    [5, 2],
    [4, 1],
  ],
  [
    [4, 1],
    [5, 2],
    [6, 3],
  ],
];

describe("an image", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "that was held in orientation %i comes to stand upright",
    (orientation) => {
      const rows = stored[orientation - 1];
      for (const channels of [1, 3] as const) {
        const image = {
          height: rows.length,
          width: rows[0].length,
          channels,
          data: Float32Array.from(rows.flat().flatMap((value) => new Array<number>(channels).fill(value))),
        };
        expect(orientImage(image, orientation)).toEqual({
          height: 2,
          width: 3,
          channels,
          data: Float32Array.from(upright.flat().flatMap((value) => new Array<number>(channels).fill(value))),
        });
      }
    },
  );
});

describe("Exif's orientation", () => {
  it("is read in both byte orders", () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      expect(readOrientation(exifOf(orientation))).toBe(orientation);
      expect(readOrientation(exifOf(orientation, false))).toBe(orientation);
    }
  });

  it("is upright where it is none of 1 to 8, of another type, or cut short", () => {
    for (const orientation of [0, 9, 0xffff]) expect(readOrientation(exifOf(orientation))).toBe(1);
    const whole = exifOf(6);
    for (let length = 0; length < 34; length++) expect(readOrientation(whole.subarray(0, length))).toBe(1);
    const text = Buffer.from(whole);
    text.writeUInt16LE(2, 24);
    expect(readOrientation(text)).toBe(1);
  });

  it("is 1 to 8 whatever the bytes are", () => {
    const change = fc.tuple(fc.nat({ max: 37 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.boolean(), (changes, isLittle) => {
        const bytes = exifOf(6, isLittle);
        for (const [at, value] of changes) bytes[at] = value;
        expect([1, 2, 3, 4, 5, 6, 7, 8]).toContain(readOrientation(bytes));
      }),
      { seed: 1, numRuns: 3000 },
    );
  });
});

describe("a phone's JPEG", () => {
  const halfWhite = (): Buffer => {
    const data = Buffer.alloc(16 * 8 * 4, 255);
    for (let y = 0; y < 8; y++)
      for (let x = 8; x < 16; x++) data.fill(0, 4 * (16 * y + x), 4 * (16 * y + x) + 3);
    return jpeg.encode({ width: 16, height: 8, data }, 100).data;
  };
  const decode = (bytes: Buffer) => decodeImage(bytes, "a.jpg");

  it("is turned upright: held in orientation 6, its left half is the top", () => {
    const plain = decode(halfWhite());
    expect(plain).toMatchObject({ height: 8, width: 16 });
    const turned = decode(withExif(halfWhite(), exifOf(6)));
    expect(turned).toMatchObject({ height: 16, width: 8 });
    const row = (y: number) => [...turned.data.subarray(y * 24, y * 24 + 24)].map(Math.round);
    expect([row(0), row(7), row(8), row(15)]).toEqual([
      new Array(24).fill(1),
      new Array(24).fill(1),
      new Array(24).fill(0),
      new Array(24).fill(0),
    ]);
    expect(decode(withExif(halfWhite(), exifOf(1)))).toEqual(plain);
  });

  it("whose Exif is damaged is an image all the same", () => {
    const grey = readFileSync(new URL("images/grey.jpg", import.meta.url));
    for (const tiff of [Buffer.alloc(0), Buffer.from("II*"), exifOf(99), exifOf(6).subarray(0, 20)]) {
      expect(decode(withExif(grey, tiff))).toEqual(decode(grey));
    }
  });
});
