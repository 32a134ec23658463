import type { ConvolutionSizes } from "../ops/convolution.js";
import type { Ops } from "../ops/index.js";
import { convolutionJobs } from "./convolutionJobs.js";
import { geometryOf, rowsOfSamples } from "./geometry.js";
import type { Machine } from "./machine.js";

type DepthwiseOps = Pick<Ops, "depthwiseForward" | "depthwiseWeightGradient" | "depthwiseInputGradient">;

/**
 * Depthwise convolutions as products channel by channel. More than one filter a channel, what is not in the machine's
 * memory, or tiny, is left to `fallback`.
 */
export function depthwiseOps(machine: Machine, fallback: Ops): DepthwiseOps {
  const { isServed, padInput, run, forwardRows, gradientDepth, runPhases } = convolutionJobs(machine);

  return {
    depthwiseForward(sizes, input, weights, bias, output) {
      if (!isOneEach(sizes) || !isServed(sizes, input, weights, output, bias ?? output)) {
        fallback.depthwiseForward(sizes, input, weights, bias, output);
        return;
      }
      const { batch, outHeight, outWidth, outChannels, inChannels, filterHeight, filterWidth } = sizes;
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
      // Dilated taps are one by one: a run of them has equal distances all the same.
      const rowsOfTaps = geometry.taps.filter((_, tap) => tap % filterWidth === 0);
      const [origins, aRuns] = machine.writeTables(geometry.origins, rowsOfTaps);
      run("channelProduct", batch * outHeight * outWidth, 2 * filterHeight * filterWidth * outChannels, {
        ...forwardRows(sizes, geometry, origins, output),
        depthOuter: filterHeight,
        depthInner: filterWidth,
        a,
        aRuns,
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
      const { batch, outHeight, outWidth, outChannels } = sizes;
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
      const rows = rowsOfSamples(sizes, geometry.input);
      const [aRows, aRuns] = machine.writeTables(geometry.taps, rows);
      run("channelProduct", geometry.taps.length, 2 * batch * outHeight * outWidth * outChannels, {
        ...gradientDepth(sizes, geometry.taps.length, aRuns, outputGradient),
        columns: outChannels,
        a,
        aRows,
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
      runPhases("channelProduct", sizes, outputGradient, inputGradient, (taps) => ({
        job: { depthInner: 1, b: weights.byteOffset },
        bRuns: taps.map((tap) => 4 * tap * sizes.outChannels),
      }));
    },
  };
}

/** Whether each channel has one filter. */
function isOneEach({ inChannels, outChannels }: ConvolutionSizes): boolean {
  return inChannels === outChannels;
}
