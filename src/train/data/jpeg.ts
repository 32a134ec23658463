import jpeg from "jpeg-js";
import { UserError } from "../../base/errors.js";
import { expectPixels, type Image } from "./image.js";
import { orientImage, readOrientation } from "./orientation.js";

/** Of a progressive file; encoders make about ten. Each costs a walk over all pixels. */
const maximumScans = 100;
const maximumMemoryMb = 1024;

/**
 * Decodes a baseline or progressive JPEG, grey or in colour, and turns it upright where a camera noted how it was held.
 *
 * @throws UserError when the bytes are damaged, of a kind that is not read, or the image has too many pixels
 * Source: Recommendation ITU-T T.81.
 */
export function decodeJpeg(bytes: Buffer, name: string): Image {
  const { width, height, components, orientation } = readFrame(bytes, name);
  expectPixels(name, width, height);
  const channels = components === 1 ? 1 : 3;
  const data = new Float32Array(height * width * channels);
  const pixels = decodePixels(bytes, name);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < channels; c++) data[pixel * channels + c] = pixels[4 * pixel + c] / 255;
  }
  return orientImage({ height, width, channels, data }, orientation);
}

function decodePixels(bytes: Buffer, name: string): Uint8Array {
  try {
    return jpeg.decode(bytes, {
      useTArray: true,
      tolerantDecoding: false,
      maxMemoryUsageInMB: maximumMemoryMb,
    }).data;
  } catch (cause) {
    throw damaged(name, (cause as Error).message, cause);
  }
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
}

const exifHeader = "Exif\0\0";

/** Walks over the markers: the decoder would make room for whatever the header says before it looks at the data. */
function readFrame(bytes: Buffer, name: string): Frame & { readonly orientation: number } {
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let scans = 0;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes.readUInt16BE(at);
    if (marker === 0xffd9) break;
    if (marker < 0xffc0) {
      at += 1; // compressed data, or filling before a marker
      continue;
    }
    const hasNoLength = (marker >= 0xffd0 && marker <= 0xffd8) || marker === 0xffff;
    if (hasNoLength) {
      at += marker === 0xffff ? 1 : 2;
      continue;
    }
    if (isFrame(marker)) {
      if (frame !== undefined) throw damaged(name, "it has two frames");
      frame = expectFrame(bytes.subarray(at), marker, name);
    }
    const isExif = marker === 0xffe1 && bytes.toString("latin1", at + 4, at + 10) === exifHeader;
    if (isExif) orientation ??= readOrientation(bytes.subarray(at + 10, at + 2 + bytes.readUInt16BE(at + 2)));
    if (marker === 0xffda && ++scans > maximumScans) throw damaged(name, `it has over ${maximumScans} scans`);
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  if (frame === undefined || scans === 0) throw damaged(name, "it holds no image");
  return { ...frame, orientation: orientation ?? 1 };
}

/** SOF0 to SOF15; among them stand DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number): boolean =>
  marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);

function expectFrame(segment: Buffer, marker: number, name: string): Frame {
  if (segment.length < 10) throw damaged(name, "it is cut short in its header");
  const [precision, components] = [segment[4], segment[9]];
  if (marker > 0xffc2 || precision !== 8 || (components !== 1 && components !== 3)) {
    throw new UserError(
      `${name}: is a JPEG of process ${marker - 0xffc0}, ${precision} bits and ${components} components; ` +
        "expected baseline or progressive, 8 bits, grey or colour",
      "save it as an ordinary JPEG or PNG",
    );
  }
  return { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7), components };
}

function damaged(name: string, why: string, cause?: unknown): UserError {
  return new UserError(`${name}: is no whole JPEG: ${why}`, "save or copy it again", { cause });
}
