import type { Image } from "./image.js";

const orientationTag = 0x0112;
/** A SHORT, as Exif has it. */
const shortType = 3;
/** Entries of a camera's first directory; it has some tens. */
const maximumEntries = 1000;

/**
 * How a camera was held, from the TIFF data of an Exif block: 1 to 8, and 1 (upright) where it does not say so or is
 * damaged. Its note on pixels is worth no image.
 *
 * Source: Exif 2.32, CIPA DC-008, §4.6.4 and table 4; the layout is TIFF 6.0's, §2.
 */
export function readOrientation(tiff: Buffer): number {
  const order = tiff.toString("latin1", 0, 4);
  if (tiff.length < 8 || (order !== "II*\0" && order !== "MM\0*")) return 1;
  const isLittle = order === "II*\0";
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return 1;
  const entries = Math.min(short(directory), maximumEntries);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > tiff.length) return 1;
    if (short(at) !== orientationTag) continue;
    const orientation = short(at + 8);
    return short(at + 2) === shortType && orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}

/** Where a pixel [y, x] of the upright image stands in the stored one of `bottom` + 1 rows and `right` + 1 columns. */
type Source = (y: number, x: number, bottom: number, right: number) => readonly [y: number, x: number];

const sources: readonly Source[] = [
  (y, x) => [y, x],
  (y, x, _, right) => [y, right - x],
  (y, x, bottom, right) => [bottom - y, right - x],
  (y, x, bottom) => [bottom - y, x],
  (y, x) => [x, y],
  (y, x, bottom) => [bottom - x, y],
  (y, x, bottom, right) => [bottom - x, right - y],
  (y, x, _, right) => [x, right - y],
];

/** The image upright. @param orientation as {@link readOrientation} gives it; from 5 on, height and width change places */
export function orientImage(image: Image, orientation: number): Image {
  if (orientation === 1) return image;
  const { channels } = image;
  const [height, width] = orientation < 5 ? [image.height, image.width] : [image.width, image.height];
  const source = sources[orientation - 1];
  const data = new Float32Array(image.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromY, fromX] = source(y, x, image.height - 1, image.width - 1);
      const from = (fromY * image.width + fromX) * channels;
      data.set(image.data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return { height, width, channels, data };
}
