import type { FloatArray, Shape } from "../../base/tensor.js";
import { type Augment, expectAmount, expectSampleShape, symmetric, symmetricInteger } from "./augment.js";

export interface ImageAugmentOptions {
  /** [height, width, channels] of samples that are flat; default: the sample's own shape. */
  readonly shape?: Shape;
  /** What comes in from outside, as the network gets it (after normalization); default 0. */
  readonly fill?: number;
}

const axes = ["height", "width", "channels"];

/** Moves an image by up to `pixels` in each direction; whole pixels, each distance alike. */
export function imageShift(pixels: number, { shape: given, fill = 0 }: ImageAugmentOptions = {}): Augment {
  expectAmount("imageShift: pixels", pixels, true);
  return (sample, random, shape) => {
    const size = expectSampleShape("imageShift", axes, shape, given);
    const [down, right] = [symmetricInteger(random, pixels), symmetricInteger(random, pixels)];
    if (down !== 0 || right !== 0) mapPixels(sample, size, fill, (y, x) => [y - down, x - right]);
  };
}

/** Mirrors an image left to right (or top to bottom) every other time. */
export function imageFlip(
  options: Pick<ImageAugmentOptions, "shape"> & { readonly axis?: "horizontal" | "vertical" } = {},
): Augment {
  const { axis = "horizontal", shape: given } = options;
  return (sample, random, shape) => {
    const size = expectSampleShape("imageFlip", axes, shape, given);
    if (random.uniform() < 0.5) return;
    const [height, width] = size;
    mapPixels(sample, size, 0, (y, x) => (axis === "horizontal" ? [y, width - 1 - x] : [height - 1 - y, x]));
  };
}

/** Turns an image about its middle by up to `degrees` either way, between pixels by bilinear weights. */
export function imageRotate(degrees: number, { shape: given, fill = 0 }: ImageAugmentOptions = {}): Augment {
  expectAmount("imageRotate: degrees", degrees);
  return (sample, random, shape) => {
    const size = expectSampleShape("imageRotate", axes, shape, given);
    const angle = (symmetric(random, degrees) * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    const [middleY, middleX] = [(size[0] - 1) / 2, (size[1] - 1) / 2];
    mapPixels(sample, size, fill, (y, x) => [
      middleY + cosine * (y - middleY) - sine * (x - middleX),
      middleX + sine * (y - middleY) + cosine * (x - middleX),
    ]);
  };
}

/** Adds the same amount, up to `amount` either way, to every pixel; in the units the network gets. */
export function imageBrightness(amount: number): Augment {
  expectAmount("imageBrightness: amount", amount);
  return (sample, random) => {
    const change = symmetric(random, amount);
    for (let index = 0; index < sample.length; index++) sample[index] += change;
  };
}

/** Adds normal noise of this standard deviation to every element; in the units the network gets. */
export function imageNoise(deviation: number): Augment {
  expectAmount("imageNoise: deviation", deviation);
  return (sample, random) => {
    for (let index = 0; index < sample.length; index++) sample[index] += deviation * random.normal();
  };
}

/** Every pixel becomes what stood at `source(y, x)`, bilinear between pixels, `fill` outside. */
function mapPixels(
  sample: FloatArray,
  [height, width, channels]: Shape,
  fill: number,
  source: (y: number, x: number) => readonly [y: number, x: number],
): void {
  const before = sample.slice();
  const at = (y: number, x: number, c: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? fill : before[(y * width + x) * channels + c];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromY, fromX] = source(y, x);
      const [top, left] = [Math.floor(fromY), Math.floor(fromX)];
      const [down, right] = [fromY - top, fromX - left];
      for (let c = 0; c < channels; c++) {
        const upper = at(top, left, c) * (1 - right) + (right > 0 ? at(top, left + 1, c) * right : 0);
        const lower =
          down > 0
            ? at(top + 1, left, c) * (1 - right) + (right > 0 ? at(top + 1, left + 1, c) * right : 0)
            : 0;
        sample[(y * width + x) * channels + c] = upper * (1 - down) + lower * down;
      }
    }
  }
}
