import type { ConvolutionSizes } from "../ops/convolution.js";
import type { Ops } from "../ops/index.js";
import type { ConvolutionJobs } from "./convolutionJobs.js";
import type { Machine } from "./machine.js";

/** Multiply-accumulates that are worth a thread's while: about ten microseconds. */
const sharedWork = 100_000;

/** Fours of channels to share out at once: a line of memory. */
const fewestFours = 4;

type DepthwiseOps = Pick<Ops, "depthwiseForward" | "depthwiseWeightGradient" | "depthwiseInputGradient">;

/**
 * Depthwise convolutions as products channel by channel. More than one filter a channel, what is not in the machine's
 * memory, or tiny, is left to `fallback`.
 */
export function depthwiseOps(machine: Machine, jobs: ConvolutionJobs, fallback: Ops): DepthwiseOps {
  const { geometryOf, isServed, padInput, padOutputGradient, run, forwardRows, gradientDepth, runPhases } =
    jobs;

  /** Samples that are worth a thread's while. */
  const samplesAtOnce = (positions: number, channels: number) =>
    Math.ceil(sharedWork / (9 * positions * channels));

  return {
    depthwiseForward(sizes, input, weights, bias, output) {
      if (!isOneEach(sizes) || !isServed(sizes, input, weights, output, bias ?? output)) {
        fallback.depthwiseForward(sizes, input, weights, bias, output);
        return;
      }
      const { batch, outHeight, outWidth, outChannels, inChannels, filterHeight, filterWidth } = sizes;
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
      if (hasNineTaps(sizes)) {
        machine.prepare("Taps", {
          ...jobs.inputTaps(sizes, a),
          weights: weights.byteOffset,
          bias: bias?.byteOffset ?? 0,
          values: output.byteOffset,
        });
        machine.run("nineTaps", batch, samplesAtOnce(outHeight * outWidth, outChannels));
        return;
      }
      run("channelProduct", batch * outHeight * outWidth, 2 * filterHeight * filterWidth * outChannels, {
        ...forwardRows(sizes, geometry, output),
        depthOuter: filterHeight,
        depthInner: filterWidth,
        a,
        aRuns: geometry.tapRows,
        aStride: 4 * sizes.dilationX * inChannels,
        b: weights.byteOffset,
        bRunStride: 4 * filterWidth * outChannels,
        bStride: 4 * outChannels,
        bias: bias?.byteOffset ?? 0,
      });
    },

    depthwiseWeightGradient(sizes, input, outputGradient, weightGradient) {
      if (!isOneEach(sizes) || !isServed(sizes, input, outputGradient, weightGradient)) {
        fallback.depthwiseWeightGradient(sizes, input, outputGradient, weightGradient);
        return;
      }
      const { batch, outHeight, outWidth, outChannels, filterHeight, filterWidth } = sizes;
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
      if (hasNineTaps(sizes)) {
        machine.prepare("Taps", {
          ...jobs.inputTaps(sizes, a),
          weights: weightGradient.byteOffset,
          values: outputGradient.byteOffset,
        });
        const fours = Math.ceil(sharedWork / (36 * batch * outHeight * outWidth));
        machine.run("nineTapGradients", outChannels / 4, Math.max(fewestFours, fours));
        return;
      }
      const tapCount = filterHeight * filterWidth;
      run("channelProduct", tapCount, 2 * batch * outHeight * outWidth * outChannels, {
        ...gradientDepth(sizes, tapCount, outputGradient),
        columns: outChannels,
        a,
        aRows: geometry.taps,
        c: weightGradient.byteOffset,
        cRowStride: 4 * outChannels,
        isAdded: 1,
      });
    },

    depthwiseInputGradient(sizes, outputGradient, weights, inputGradient) {
      if (!isOneEach(sizes) || !isServed(sizes, outputGradient, weights, inputGradient)) {
        fallback.depthwiseInputGradient(sizes, outputGradient, weights, inputGradient);
        return;
      }
      if (hasNineTaps(sizes) && sizes.strideY * sizes.strideX === 1) {
        const { batch, inHeight, inWidth, inChannels } = sizes;
        const geometry = geometryOf(sizes);
        const { height, width } = geometry.outputGradient;
        machine.prepare("Taps", {
          channels: inChannels,
          samples: batch,
          positions: inHeight * inWidth,
          images: padOutputGradient(sizes, geometry, outputGradient),
          imageBytes: 4 * height * width * inChannels,
          origins: geometry.phases[0].origins,
          tapDown: -4 * sizes.dilationY * width * inChannels,
          tapBeside: -4 * sizes.dilationX * inChannels,
          weights: weights.byteOffset,
          values: inputGradient.byteOffset,
        });
        machine.run("nineTaps", batch, samplesAtOnce(inHeight * inWidth, inChannels));
        return;
      }
      runPhases("channelProduct", sizes, outputGradient, inputGradient, {
        depthInner: 1,
        b: weights.byteOffset,
      });
    },
  };
}

/** Whether the kernels of three by three taps serve. */
function hasNineTaps({ filterHeight, filterWidth, inChannels }: ConvolutionSizes): boolean {
  return filterHeight === 3 && filterWidth === 3 && inChannels % 4 === 0;
}

/** Whether each channel has one filter. */
function isOneEach({ inChannels, outChannels }: ConvolutionSizes): boolean {
  return inChannels === outChannels;
}
