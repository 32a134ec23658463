import type { ConvolutionSizes } from "../ops/convolution.js";
import type { Ops } from "../ops/index.js";
import type { ConvolutionJobs } from "./convolutionJobs.js";

type DepthwiseOps = Pick<Ops, "depthwiseForward" | "depthwiseWeightGradient" | "depthwiseInputGradient">;

/**
 * Depthwise convolutions as products channel by channel. More than one filter a channel, what is not in the machine's
 * memory, or tiny, is left to `fallback`.
 */
export function depthwiseOps(jobs: ConvolutionJobs, fallback: Ops): DepthwiseOps {
  const { geometryOf, isServed, padInput, run, forwardRows, gradientDepth, runPhases } = jobs;

  return {
    depthwiseForward(sizes, input, weights, bias, output) {
      if (!isOneEach(sizes) || !isServed(sizes, input, weights, output, bias ?? output)) {
        fallback.depthwiseForward(sizes, input, weights, bias, output);
        return;
      }
      const { batch, outHeight, outWidth, outChannels, inChannels, filterHeight, filterWidth } = sizes;
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
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
      runPhases("channelProduct", sizes, outputGradient, inputGradient, {
        depthInner: 1,
        b: weights.byteOffset,
      });
    },
  };
}

/** Whether each channel has one filter. */
function isOneEach({ inChannels, outChannels }: ConvolutionSizes): boolean {
  return inChannels === outChannels;
}
