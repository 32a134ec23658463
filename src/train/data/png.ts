import { inflateSync } from "node:zlib";
import { convertIndexedToRgb, type DecodedPng, decode } from "fast-png";
import { UserError } from "../../base/errors.js";
import { expectPixels, type Image } from "./image.js";
import { orientImage, readOrientation } from "./orientation.js";

export const pngSignature: Buffer = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
/** A chunk's length, type and check sum. */
const chunkOverhead = 12;
/** Colour type → numbers a pixel, and the bits each may have; 3 is indexed. */
const colourTypes: ReadonlyMap<number, { readonly channels: number; readonly depths: readonly number[] }> =
  new Map([
    [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
    [2, { channels: 3, depths: [8, 16] }],
    [3, { channels: 1, depths: [1, 2, 4, 8] }],
    [4, { channels: 2, depths: [8, 16] }],
    [6, { channels: 4, depths: [8, 16] }],
  ]);
/** First column and row of Adam7's passes, and the steps to the next. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Decodes a PNG of any colour type and depth (interlaced: from 8 bits on). What is transparent lies on white, and what a
 * camera noted to be turned is turned upright.
 *
 * Only the chunks that make the pixels reach the decoder, and they are unpacked before, up to what the header
 * promises: no small file takes the memory of a large one.
 *
 * @throws UserError when the bytes are damaged or the image has too many pixels
 * Source: Portable Network Graphics Specification, Third Edition, W3C.
 */
export function decodePng(bytes: Buffer, name: string): Image {
  const [header, ...chunks] = readChunks(bytes, name);
  expectPixelData(header, chunks, name);
  const isIndexed = header[17] === 3;
  if (isIndexed && !chunks.some((chunk) => typeOf(chunk) === "PLTE"))
    throw damaged(name, "it has no palette");
  const exif = chunks.find((chunk) => typeOf(chunk) === "eXIf");
  const needed = chunks.filter(
    (chunk) => typeOf(chunk) !== "eXIf" && (isIndexed || typeOf(chunk) !== "PLTE"),
  );
  try {
    const image = toImage(decode(Buffer.concat([pngSignature, header, ...needed]), { checkCrc: true }));
    return orientImage(image, exif === undefined ? 1 : readOrientation(exif.subarray(8, -4)));
  } catch (cause) {
    throw damaged(name, (cause as Error).message, cause);
  }
}

/** IHDR, PLTE, tRNS, eXIf, IDAT and IEND as they stand in the file. */
function readChunks(bytes: Buffer, name: string): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = pngSignature.length; ; ) {
    if (start + chunkOverhead > bytes.length) throw damaged(name, `it is cut short at byte ${bytes.length}`);
    const end = start + chunkOverhead + bytes.readUInt32BE(start);
    const chunk = bytes.subarray(start, end);
    const type = typeOf(chunk);
    if ((type === "IHDR") !== (chunks.length === 0)) throw damaged(name, "it does not start with one header");
    if (/^(IHDR|PLTE|tRNS|eXIf|IDAT|IEND)$/.test(type)) chunks.push(chunk);
    if (type === "IEND") return chunks;
    start = end;
  }
}

const typeOf = (chunk: Buffer): string => chunk.toString("latin1", 4, 8);

/** Checks the header, and that the data unpacks to as many bytes as it promises. */
function expectPixelData(header: Buffer, chunks: readonly Buffer[], name: string): void {
  if (header.length !== chunkOverhead + 13) throw damaged(name, `its header has ${header.length} bytes`);
  const [width, height] = [header.readUInt32BE(8), header.readUInt32BE(12)];
  const [depth, colourType, interlace] = [header[16], header[17], header[20]];
  const { channels, depths } = colourTypes.get(colourType) ?? { channels: 0, depths: [] };
  if (!depths.includes(depth)) throw damaged(name, `it has the colour type ${colourType} with ${depth} bits`);
  if (interlace === 1 && depth < 8) {
    throw new UserError(`${name}: is an interlaced PNG of ${depth} bits`, "save it without interlacing");
  }
  expectPixels(name, width, height);
  const used = interlace === 1 ? passes : [[0, 0, 1, 1] as const];
  const expected = used.reduce((sum, [x, y, stepX, stepY]) => {
    const [columns, rows] = [Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY)];
    return columns <= 0 || rows <= 0 ? sum : sum + rows * (1 + Math.ceil((columns * channels * depth) / 8));
  }, 0);
  const packed = chunks.filter((chunk) => typeOf(chunk) === "IDAT").map((chunk) => chunk.subarray(8, -4));
  const found = unpackedBytes(Buffer.concat(packed), expected, name);
  if (found !== expected) throw damaged(name, `its pixels take ${expected} B, found ${found} B`);
}

function unpackedBytes(packed: Buffer, maxOutputLength: number, name: string): number {
  try {
    return inflateSync(packed, { maxOutputLength }).length;
  } catch (cause) {
    throw damaged(name, (cause as Error).message, cause);
  }
}

function damaged(name: string, why: string, cause?: unknown): UserError {
  return new UserError(`${name}: is no whole PNG: ${why}`, "save or copy it again", { cause });
}

function toImage(png: DecodedPng): Image {
  const { height, width, depth, transparency } = png;
  const values = png.palette ? convertIndexedToRgb(png) : unpackBits(png);
  const samples = png.palette ? png.palette[0].length : png.channels;
  const full = png.palette ? 255 : 2 ** depth - 1;
  const channels = samples < 3 ? 1 : 3;
  const data = new Float32Array(height * width * channels);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const isKey = transparency?.every((key, c) => key === values[pixel * samples + c]) ?? false;
    const opacity = samples > channels ? values[pixel * samples + channels] / full : Number(!isKey);
    for (let c = 0; c < channels; c++) {
      data[pixel * channels + c] = (values[pixel * samples + c] / full) * opacity + 1 - opacity;
    }
  }
  return { height, width, channels, data };
}

/** A number for each pixel, where several share a byte. */
function unpackBits({ height, width, depth, data }: DecodedPng): ArrayLike<number> {
  if (depth >= 8) return data;
  const rowBytes = Math.ceil((width * depth) / 8);
  const values = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      values[y * width + x] = (data[y * rowBytes + (bit >> 3)] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return values;
}
