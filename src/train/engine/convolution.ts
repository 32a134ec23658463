import type { ConvolutionSizes } from "../ops/convolution.js";
import type { Ops } from "../ops/index.js";
import type { ConvolutionJobs } from "./convolutionJobs.js";
import type { Machine } from "./machine.js";

type ConvolutionOps = Pick<
  Ops,
  "convolutionForward" | "convolutionWeightGradient" | "convolutionInputGradient"
>;

/**
 * Convolutions as products over overlapping rows: nothing is gathered, tables tell where rows begin. What is not in
 * the machine's memory, or tiny, is left to `fallback`.
 *
 * @param affine the products of fully connected layers, which serve filters of one pixel
 */
export function convolutionOps(
  machine: Machine,
  jobs: ConvolutionJobs,
  affine: Pick<Ops, "affineForward" | "affineWeightGradient" | "affineInputGradient">,
  fallback: Ops,
): ConvolutionOps {
  const { geometryOf, isServed, padInput, run, forwardRows, gradientDepth, runPhases } = jobs;

  return {
    convolutionForward(sizes, input, weights, bias, output) {
      const { batch, outHeight, outWidth, outChannels, inChannels, filterHeight, filterWidth } = sizes;
      const inFeatures = filterHeight * filterWidth * inChannels;
      const rows = batch * outHeight * outWidth;
      if (isPointwise(sizes)) {
        affine.affineForward(
          { batch: rows, inFeatures, outFeatures: outChannels },
          input,
          weights,
          bias,
          output,
        );
        return;
      }
      if (!isServed(sizes, input, weights, output, bias ?? output)) {
        fallback.convolutionForward(sizes, input, weights, bias, output);
        return;
      }
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
      const panelCount = Math.ceil(outChannels / 8);
      const panels = machine.reserve("packed", 32 * panelCount * inFeatures);
      machine.prepare("Panels", {
        outputs: outChannels,
        depth: inFeatures,
        weights: weights.byteOffset,
        panels,
      });
      machine.run("packPanels", panelCount, panelCount);
      const { runs, runCount, runLength } = geometry;
      run("product", rows, inFeatures * outChannels, {
        ...forwardRows(sizes, geometry, output),
        depthOuter: runCount,
        depthInner: runLength * inChannels,
        a,
        aRuns: runs,
        aStride: 4,
        b: panels,
        bRunStride: 32 * runLength * inChannels,
        bStride: 32,
        bPanelStride: 32 * inFeatures,
        bias: bias?.byteOffset ?? 0,
      });
    },

    convolutionWeightGradient(sizes, input, outputGradient, weightGradient) {
      const { batch, outHeight, outWidth, outChannels } = sizes;
      const positions = batch * outHeight * outWidth;
      const inFeatures = weightGradient.length / outChannels;
      if (isPointwise(sizes)) {
        const product = { batch: positions, inFeatures, outFeatures: outChannels };
        affine.affineWeightGradient(product, input, outputGradient, weightGradient);
        return;
      }
      if (!isServed(sizes, input, outputGradient, weightGradient)) {
        fallback.convolutionWeightGradient(sizes, input, outputGradient, weightGradient);
        return;
      }
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
      const swapped = machine.reserve("packed", 4 * weightGradient.length);
      const [from, shared] = [weightGradient.byteOffset, weightGradient.length];
      machine.prepare("Transpose", { rows: outChannels, columns: inFeatures, from, to: swapped });
      machine.run("transpose", Math.ceil(outChannels / 4), shared);
      run("product", inFeatures, positions * outChannels, {
        ...gradientDepth(sizes, inFeatures, outputGradient),
        columns: outChannels,
        a,
        aRows: geometry.elements,
        bPanelStride: 32,
        c: swapped,
        cRowStride: 4 * outChannels,
        isAdded: 1,
      });
      machine.prepare("Transpose", { rows: inFeatures, columns: outChannels, from: swapped, to: from });
      machine.run("transpose", Math.ceil(inFeatures / 4), shared);
    },

    convolutionInputGradient(sizes, outputGradient, weights, inputGradient) {
      const { batch, inHeight, inWidth, outChannels } = sizes;
      const inFeatures = weights.length / outChannels;
      if (isPointwise(sizes)) {
        const product = { batch: batch * inHeight * inWidth, inFeatures, outFeatures: outChannels };
        affine.affineInputGradient(product, outputGradient, weights, inputGradient);
        return;
      }
      if (!isServed(sizes, outputGradient, weights, inputGradient)) {
        fallback.convolutionInputGradient(sizes, outputGradient, weights, inputGradient);
        return;
      }
      runPhases("product", sizes, outputGradient, inputGradient, {
        depthInner: outChannels,
        aStride: 4,
        b: weights.byteOffset,
        bStride: 4 * inFeatures,
        bPanelStride: 32,
      });
    },
  };
}

/** Whether it is a fully connected layer of every pixel. */
function isPointwise(sizes: ConvolutionSizes): boolean {
  const { filterHeight, filterWidth, strideY, strideX, inHeight, inWidth, outHeight, outWidth } = sizes;
  const isOnePixel = filterHeight * filterWidth * strideY * strideX === 1;
  return isOnePixel && inHeight === outHeight && inWidth === outWidth;
}
