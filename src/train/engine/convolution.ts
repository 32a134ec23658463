import type { FloatArray } from "../../base/tensor.js";
import type { ConvolutionSizes } from "../ops/convolution.js";
import type { Ops } from "../ops/index.js";
import type { ConvolutionJobs } from "./convolutionJobs.js";
import type { Geometry } from "./geometry.js";
import type { Job } from "./jobs.js";
import type { Machine } from "./machine.js";

type ConvolutionOps = Pick<
  Ops,
  "convolutionForward" | "convolutionWeightGradient" | "convolutionInputGradient"
>;

/** With more of the output's gradient than this not zero, going through all of it is faster (measured: 0.5 and above). */
const sparseShare = 0.5;

/** Elements of an image beside each other that a tap's row takes, below which too little is done for each gradient. */
const shortestRun = 12;

/** Multiply-accumulates that are worth a thread's while, and the share of them that is left where most are of zeros. */
const sharedWork = 200_000;
const sparseWork = 0.3;

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
  const { geometryOf, isServed, padInput, run, forwardRows, gradientDepth, runPhases, inputTaps } = jobs;

  /** Small: one thread does it. */
  function transpose(rows: number, columns: number, from: number, to: number): void {
    machine.prepare("Transpose", { rows, columns, from, to });
    const groups = Math.ceil(rows / 4);
    machine.run("transpose", groups, groups);
  }

  /** Whether going through the gradients that are not zero is faster; no bit depends on it. */
  function isSparse(sizes: ConvolutionSizes, outputGradient: FloatArray): boolean {
    const { inChannels, outChannels, filterWidth, dilationX } = sizes;
    const run = inChannels * (dilationX === 1 ? filterWidth : 1);
    if (outChannels % 4 !== 0 || run % 4 !== 0 || run < shortestRun) return false;
    return machine.shareOfNonZeros(outputGradient.byteOffset, outputGradient.length) < sparseShare;
  }

  function sparseRuns(
    { batch, outHeight, outWidth, outChannels, inChannels }: ConvolutionSizes,
    { origins, runs, runCount, runLength }: Geometry,
    outputGradient: FloatArray,
  ): Job<"SparseConvolution"> {
    return {
      samples: batch,
      positions: outHeight * outWidth,
      outChannels,
      outputGradient: outputGradient.byteOffset,
      origins,
      runs,
      runCount,
      runBytes: 4 * runLength * inChannels,
    };
  }

  return {
    convolutionForward(sizes, input, weights, bias, output, isRectified = false) {
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
          isRectified,
        );
        return;
      }
      if (!isServed(sizes, input, weights, output, bias ?? output)) {
        fallback.convolutionForward(sizes, input, weights, bias, output, isRectified);
        return;
      }
      const geometry = geometryOf(sizes);
      const a = padInput(sizes, geometry, input);
      if (isOfPixels(sizes)) {
        const taps = machine.reserve("packed", 4 * weights.length);
        transpose(outChannels, inFeatures, weights.byteOffset, taps);
        machine.prepare("Taps", {
          ...inputTaps(sizes, a),
          weights: taps,
          bias: bias?.byteOffset ?? 0,
          values: output.byteOffset,
          isRectified: Number(isRectified),
        });
        machine.run("pixelTaps", batch, Math.ceil(sharedWork / (outHeight * outWidth * weights.length)));
        return;
      }
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
        isRectified: Number(isRectified),
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
      if (isSparse(sizes, outputGradient)) {
        const { width, height } = geometry.input;
        machine.reserveOwn(4 * 8 * (outHeight * outWidth + 1));
        machine.prepare("SparseConvolution", {
          ...sparseRuns(sizes, geometry, outputGradient),
          images: a,
          imageBytes: 4 * width * height * sizes.inChannels,
          weights: weightGradient.byteOffset,
        });
        const work = sparseWork * 4 * positions * inFeatures;
        machine.run("sparseFilterGradient", outChannels / 4, Math.ceil(sharedWork / work));
        return;
      }
      const swapped = machine.reserve("packed", 4 * weightGradient.length);
      transpose(outChannels, inFeatures, weightGradient.byteOffset, swapped);
      if (isOfPixels(sizes)) {
        const job = { ...inputTaps(sizes, a), weights: swapped, values: outputGradient.byteOffset };
        machine.prepare("Taps", job);
        machine.run(
          "pixelTapGradients",
          outChannels / 4,
          Math.ceil(sharedWork / (4 * positions * inFeatures)),
        );
      } else {
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
      }
      transpose(inFeatures, outChannels, swapped, weightGradient.byteOffset);
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
      if (isSparse(sizes, outputGradient)) {
        const { inWidth, inChannels } = sizes;
        const geometry = geometryOf(sizes);
        const { width, height, top, left } = geometry.input;
        machine.reserveOwn(4 * width * height * inChannels + 64 + 8 * (outChannels + 1));
        machine.prepare("SparseConvolution", {
          ...sparseRuns(sizes, geometry, outputGradient),
          imageBytes: 4 * width * height * inChannels,
          weights: weights.byteOffset,
          inputGradient: inputGradient.byteOffset,
          height: inHeight,
          rowBytes: 4 * inWidth * inChannels,
          paddedHeight: height,
          paddedRowBytes: 4 * width * inChannels,
          top,
          leftBytes: 4 * left * inChannels,
        });
        const work = sparseWork * sizes.outHeight * sizes.outWidth * weights.length;
        machine.run("sparseInputGradient", batch, Math.ceil(sharedWork / work));
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

/** Whether the kernels for images of one channel serve. */
function isOfPixels({ inChannels, outChannels, filterHeight, filterWidth }: ConvolutionSizes): boolean {
  return inChannels === 1 && outChannels % 4 === 0 && filterHeight === 3 && filterWidth === 3;
}

/** Whether it is a fully connected layer of every pixel. */
function isPointwise(sizes: ConvolutionSizes): boolean {
  const { filterHeight, filterWidth, strideY, strideX, inHeight, inWidth, outHeight, outWidth } = sizes;
  const isOnePixel = filterHeight * filterWidth * strideY * strideX === 1;
  return isOnePixel && inHeight === outHeight && inWidth === outWidth;
}
