import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { padOutputGradient, phasesOf } from "../../../src/train/engine/windows.js";
import type { ConvolutionSizes } from "../../../src/train/ops/convolution.js";
import { checks, expectSameBits, randomValues, seeds } from "./sameBits.js";

const axis = fc.record({
  size: fc.integer({ min: 1, max: 11 }),
  filter: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.integer({ min: 0, max: 3 }),
  after: fc.integer({ min: 0, max: 3 }),
});

const channelCounts = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(8, 12, 16, 20));

const anything = {
  batch: fc.integer({ min: 1, max: 4 }),
  inChannels: channelCounts,
  outChannels: channelCounts,
  vertical: axis,
  horizontal: axis,
};

/** Any window that fits into its padded input. */
const windowsOf = (described: typeof anything): fc.Arbitrary<ConvolutionSizes> =>
  fc
    .record(described)
    .map(({ batch, inChannels, outChannels, vertical, horizontal }) => {
      const outSize = ({ size, filter, stride, dilation, before, after }: typeof vertical) =>
        Math.floor((size + before + after - (filter - 1) * dilation - 1) / stride) + 1;
      return {
        batch,
        inChannels,
        outChannels,
        inHeight: vertical.size,
        inWidth: horizontal.size,
        outHeight: outSize(vertical),
        outWidth: outSize(horizontal),
        filterHeight: vertical.filter,
        filterWidth: horizontal.filter,
        strideY: vertical.stride,
        strideX: horizontal.stride,
        dilationY: vertical.dilation,
        dilationX: horizontal.dilation,
        paddingTop: vertical.before,
        paddingLeft: horizontal.before,
      };
    })
    .filter(({ outHeight, outWidth }) => outHeight > 0 && outWidth > 0);

const convolutions = windowsOf(anything);

/** The same for one filter a channel. */
const depthwise = convolutions.map((sizes) => ({ ...sizes, outChannels: sizes.inChannels }));

/** Filters of three by three, which the engine has kernels for: over images of one channel, and depthwise. */
const threeWide = axis.map((described) => ({ ...described, size: described.size + 2, filter: 3 }));
const threeByThree = { ...anything, vertical: threeWide, horizontal: threeWide };
const fours = fc.constantFrom(4, 8, 12);
const ofPixels = windowsOf({ ...threeByThree, inChannels: fc.constant(1), outChannels: fours });
const nineTaps = windowsOf({ ...threeByThree, inChannels: fours }).map((sizes) => ({
  ...sizes,
  outChannels: sizes.inChannels,
}));

const inputLength = ({ batch, inHeight, inWidth, inChannels }: ConvolutionSizes) =>
  batch * inHeight * inWidth * inChannels;
const outputLength = ({ batch, outHeight, outWidth, outChannels }: ConvolutionSizes) =>
  batch * outHeight * outWidth * outChannels;

/** With most of an output's gradient 0, as behind a pooling, the engine goes another way. */
const zeroShares = fc.constantFrom(0.1, 0.8);

const runs = { ...checks, numRuns: 150 };

const weightCounts = {
  convolution: (sizes: ConvolutionSizes) =>
    sizes.outChannels * sizes.filterHeight * sizes.filterWidth * sizes.inChannels,
  depthwise: (sizes: ConvolutionSizes) => sizes.filterHeight * sizes.filterWidth * sizes.outChannels,
};

describe.each([
  { kind: "convolution", which: "", all: convolutions },
  { kind: "convolution", which: " of one channel by 3 x 3", all: ofPixels },
  { kind: "depthwise", which: "", all: depthwise },
  { kind: "depthwise", which: " by 3 x 3", all: nineTaps },
] as const)("the engine's $kind loops$which have the bits of the TypeScript ones", ({ kind, all }) => {
  const weightCount = weightCounts[kind];

  it("forward, with and without bias and ReLU", () => {
    fc.assert(
      fc.property(all, fc.boolean(), fc.boolean(), seeds, (sizes, hasBias, isRectified, seed) => {
        expectSameBits((ops, place) => {
          const output = place(randomValues(seed, outputLength(sizes)));
          const bias = hasBias ? place(randomValues(seed + 1, sizes.outChannels)) : undefined;
          const input = place(randomValues(seed + 2, inputLength(sizes)));
          const weights = place(randomValues(seed + 3, weightCount(sizes)));
          const values = [sizes, input, weights, bias, output] as const;
          if (kind === "depthwise") ops.depthwiseForward(...values);
          else ops.convolutionForward(...values, isRectified);
          return [output];
        });
      }),
      runs,
    );
  });

  it("the weights' gradient, added to what is there", () => {
    fc.assert(
      fc.property(all, seeds, zeroShares, (sizes, seed, zeroShare) => {
        expectSameBits((ops, place) => {
          const gradient = place(randomValues(seed, weightCount(sizes), 0));
          const input = place(randomValues(seed + 1, inputLength(sizes)));
          const outputGradient = place(randomValues(seed + 2, outputLength(sizes), zeroShare));
          ops[`${kind}WeightGradient`](sizes, input, outputGradient, gradient);
          return [gradient];
        });
      }),
      runs,
    );
  });

  it("the input's gradient", () => {
    fc.assert(
      fc.property(all, seeds, zeroShares, (sizes, seed, zeroShare) => {
        expectSameBits((ops, place) => {
          const gradient = place(randomValues(seed, inputLength(sizes)));
          const outputGradient = place(randomValues(seed + 1, outputLength(sizes), zeroShare));
          const weights = place(randomValues(seed + 2, weightCount(sizes)));
          ops[`${kind}InputGradient`](sizes, outputGradient, weights, gradient);
          return [gradient];
        });
      }),
      runs,
    );
  });
});

describe("the phases of a convolution", () => {
  it("have each input position once, and taps in order", () => {
    fc.assert(
      fc.property(convolutions, (sizes) => {
        const phases = phasesOf(sizes, padOutputGradient(sizes));
        const positions = phases.flatMap((phase) => phase.positions).sort((a, b) => a - b);
        const pixels = sizes.inHeight * sizes.inWidth;
        expect(positions).toEqual(Array.from({ length: pixels }, (_, pixel) => pixel * sizes.inChannels));
        for (const { taps } of phases) expect(taps).toEqual([...taps].sort((a, b) => a - b));
      }),
      runs,
    );
  });
});
