import { UserError } from "../../base/errors.js";

/** An image of reals from 0 (black) to 1 (white), row by row. */
export interface Image {
  readonly height: number;
  readonly width: number;
  /** 1 is grey, 3 is red, green, blue. */
  readonly channels: 1 | 3;
  /** [height, width, channels] */
  readonly data: Float32Array;
}

/**
 * Luma of BT.601 for colour to grey, as Pillow's "L" and OpenCV weight it; grey to colour repeats it.
 * Source: Recommendation ITU-R BT.601-7 §2.5.1.
 */
export function toChannels(image: Image, channels: 1 | 3): Image {
  if (image.channels === channels) return image;
  const { height, width } = image;
  const data = new Float32Array(height * width * channels);
  for (let pixel = 0; pixel < height * width; pixel++) {
    if (channels === 3) {
      data.fill(image.data[pixel], 3 * pixel, 3 * pixel + 3);
    } else {
      const at = 3 * pixel;
      data[pixel] = 0.299 * image.data[at] + 0.587 * image.data[at + 1] + 0.114 * image.data[at + 2];
    }
  }
  return { height, width, channels, data };
}

/**
 * Resizes by averaging over areas: an output pixel is the mean of the input it covers, parts of pixels by their share.
 * Enlarging repeats pixels. The proportions become those of the new size.
 */
export function resizeImage(image: Image, height: number, width: number): Image {
  if (image.height === height && image.width === width) return image;
  const { channels } = image;
  const rows = averageAxis(image.data, 1, image.height, height, image.width * channels);
  const data = averageAxis(rows, height, image.width, width, channels);
  return { height, width, channels, data };
}

/** [outer, from, inner] → [outer, to, inner] */
function averageAxis(
  input: Float32Array,
  outer: number,
  from: number,
  to: number,
  inner: number,
): Float32Array {
  const output = new Float32Array(outer * to * inner);
  for (let o = 0; o < outer; o++) {
    for (let t = 0; t < to; t++) {
      const start = (t * from) / to;
      const end = ((t + 1) * from) / to;
      for (let f = Math.floor(start); f < Math.min(from, Math.ceil(end)); f++) {
        const share = (Math.min(end, f + 1) - Math.max(start, f)) / (end - start);
        for (let i = 0; i < inner; i++) {
          output[(o * to + t) * inner + i] += share * input[(o * from + f) * inner + i];
        }
      }
    }
  }
  return output;
}

/** 16 megapixels: 192 MB of reals in colour. */
const maximumPixels = 2 ** 24;

/** @throws UserError when an image has no pixel or more than are decoded */
export function expectPixels(name: string, width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= maximumPixels) return;
  throw new UserError(
    `${name}: is an image of ${width} × ${height} pixels; expected 1 to ${maximumPixels}`,
    "make it smaller: the network sees no more than `size`",
  );
}
