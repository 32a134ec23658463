import fc from "fast-check";
import { describe, it } from "vitest";
import type { PoolingSizes } from "../../../src/train/ops/pooling.js";
import { checks, expectSameBits, randomValues, seeds } from "./sameBits.js";

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    window: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ size, window, padding }) => padding < window && size + 2 * padding >= window);

const poolings: fc.Arbitrary<PoolingSizes> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 14 }),
    vertical: axis,
    horizontal: axis,
  })
  .map(({ batch, channels, vertical, horizontal }) => {
    const outSize = ({ size, window, stride, padding }: typeof vertical) =>
      Math.floor((size + 2 * padding - window) / stride) + 1;
    return {
      batch,
      channels,
      inHeight: vertical.size,
      inWidth: horizontal.size,
      outHeight: outSize(vertical),
      outWidth: outSize(horizontal),
      windowHeight: vertical.window,
      windowWidth: horizontal.window,
      strideY: vertical.stride,
      strideX: horizontal.stride,
      paddingTop: vertical.padding,
      paddingLeft: horizontal.padding,
    };
  });

/** Windows side by side that leave nothing over, which the engine has kernels for. */
const twoByTwo = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.constantFrom(4, 8, 12),
    outHeight: fc.integer({ min: 1, max: 5 }),
    outWidth: fc.integer({ min: 1, max: 5 }),
  })
  .map((sizes) => ({
    ...sizes,
    ...{ inHeight: 2 * sizes.outHeight, inWidth: 2 * sizes.outWidth, windowHeight: 2, windowWidth: 2 },
    ...{ strideY: 2, strideX: 2, paddingTop: 0, paddingLeft: 0 },
  }));

const inputLength = ({ batch, inHeight, inWidth, channels }: PoolingSizes) =>
  batch * inHeight * inWidth * channels;
const outputLength = ({ batch, outHeight, outWidth, channels }: PoolingSizes) =>
  batch * outHeight * outWidth * channels;

/** Values that are often equal, of both zeros, and now and then not a number. */
function repeatedValues(seed: number, length: number): Float32Array {
  const choices = [0, -0, 1, 2, -3, 0.5, Number.NEGATIVE_INFINITY, Number.NaN];
  return randomValues(seed, length, 0).map((value) => choices[Math.floor(Math.abs(value * 1e4)) % 8]);
}

describe("the engine's pooling has the bits of the TypeScript one", () => {
  it.each([
    { what: "of the largest", all: poolings },
    { what: "of the largest of two by two", all: twoByTwo },
  ])("$what, with and without a ReLU before it", ({ all }) => {
    fc.assert(
      fc.property(all, fc.boolean(), fc.boolean(), seeds, (sizes, isRepeated, isRectified, seed) => {
        expectSameBits((ops, place) => {
          const length = inputLength(sizes);
          const input = place(isRepeated ? repeatedValues(seed, length) : randomValues(seed, length));
          const output = place(randomValues(seed + 1, outputLength(sizes)));
          const inputGradient = place(randomValues(seed + 2, length));
          const outputGradient = place(randomValues(seed + 3, outputLength(sizes)));
          ops.maxPoolForward(sizes, input, output);
          ops.maxPoolBackward(sizes, input, output, outputGradient, inputGradient, isRectified);
          return [output, inputGradient];
        });
      }),
      checks,
    );
  });

  it.each([
    { what: "of the average", all: poolings },
    { what: "of the average of two by two", all: twoByTwo },
  ])("$what", ({ all }) => {
    fc.assert(
      fc.property(all, seeds, (sizes, seed) => {
        expectSameBits((ops, place) => {
          const output = place(randomValues(seed, outputLength(sizes)));
          const inputGradient = place(randomValues(seed + 1, inputLength(sizes)));
          ops.averagePoolForward(sizes, place(randomValues(seed + 2, inputLength(sizes))), output);
          ops.averagePoolBackward(sizes, place(randomValues(seed + 3, outputLength(sizes))), inputGradient);
          return [output, inputGradient];
        });
      }),
      checks,
    );
  });
});
