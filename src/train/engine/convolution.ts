import type { FloatArray } from "../../tensor.js";
import type { ConvolutionSizes } from "../ops/convolution.js";
import type { Ops } from "../ops/index.js";
import { runBlockOf } from "./blocks.js";
import { type Geometry, geometryOf, rowsOfSamples } from "./geometry.js";
import type { Job } from "./jobs.js";
import type { KernelName } from "./kernels.js";
import type { Machine } from "./machine.js";
import type { Padded } from "./windows.js";

type ConvolutionOps = Pick<
  Ops,
  | "convolutionForward"
  | "convolutionWeightGradient"
  | "convolutionInputGradient"
  | "depthwiseForward"
  | "depthwiseWeightGradient"
  | "depthwiseInputGradient"
>;

/** Multiply-accumulates that are worth a thread's while: about ten microseconds. */
const sharedWork = 200_000;

/** Below it, getting ready costs more than it saves. */
const smallestWork = 2000;

/**
 * Convolutions as products over overlapping rows: nothing is gathered, tables tell where rows begin. What is not in
 * the machine's memory, or tiny, is left to `fallback`.
 *
 * @param affine the products of fully connected layers, which serve filters of one pixel
 */
export function convolutionOps(
  machine: Machine,
  affine: Pick<Ops, "affineForward" | "affineWeightGradient" | "affineInputGradient">,
  fallback: Ops,
): ConvolutionOps {
  const { heap } = machine;

  function isServed(sizes: ConvolutionSizes, ...arrays: readonly FloatArray[]): boolean {
    const { input } = geometryOf(sizes);
    const isUsual = input.top < input.height && input.left < input.width;
    return isUsual && workOf(sizes) >= smallestWork && arrays.every((array) => heap.holds(array));
  }

  /** @returns the address of the images, padded if need be */
  function pad(images: FloatArray, shape: readonly number[], { top, left, height, width }: Padded): number {
    const [batch, fromHeight, fromWidth, channels] = shape;
    if (top === 0 && left === 0 && height === fromHeight && width === fromWidth) return images.byteOffset;
    const to = machine.reserve("images", 4 * batch * height * width * channels);
    machine.prepare("Pad", {
      height: fromHeight,
      width: fromWidth,
      channels,
      toHeight: height,
      toWidth: width,
      top,
      left,
      from: images.byteOffset,
      to,
    });
    machine.run("padImages", batch, Math.ceil((4 * sharedWork) / (height * width * channels)));
    return to;
  }

  const padInput = (sizes: ConvolutionSizes, { input: padded }: Geometry, input: FloatArray) =>
    pad(input, [sizes.batch, sizes.inHeight, sizes.inWidth, sizes.inChannels], padded);

  function run(name: KernelName, rows: number, workOfRow: number, job: Job<"Product">): void {
    machine.prepare("Product", job);
    machine.run(name, rows, 4 * Math.ceil(sharedWork / workOfRow / 4));
  }

  /** What forward passes of both kinds have in common. */
  function forwardRows(sizes: ConvolutionSizes, geometry: Geometry, origins: number, output: FloatArray) {
    const { outHeight, outWidth, inChannels, outChannels } = sizes;
    const { height, width } = geometry.input;
    return {
      columns: outChannels,
      aRows: origins,
      aGroupStride: 4 * height * width * inChannels,
      period: outHeight * outWidth,
      runBlock: sizes.filterHeight * sizes.filterWidth,
      rowBlock: sizes.batch * outHeight * outWidth,
      c: output.byteOffset,
      cRowStride: 4 * outChannels,
      cGroupStride: 4 * outHeight * outWidth * outChannels,
    };
  }

  /**
   * Sums over all positions of the batch, from first to last, of input under a tap times output gradient.
   *
   * @param rows sums side by side
   * @param runs address of the table of where rows of positions begin
   */
  function gradientDepth(sizes: ConvolutionSizes, rows: number, runs: number, outputGradient: FloatArray) {
    const { batch, outHeight, outWidth, outChannels, inChannels, strideX } = sizes;
    return {
      depthOuter: batch * outHeight,
      depthInner: outWidth,
      runBlock: runBlockOf(batch * outHeight, outWidth, rows),
      rowBlock: rows,
      period: rows,
      aRuns: runs,
      aStride: 4 * strideX * inChannels,
      b: outputGradient.byteOffset,
      bRunStride: 4 * outWidth * outChannels,
      bStride: 4 * outChannels,
    };
  }

  /** Each phase of input positions as a product over the output's gradient. */
  function runPhases(
    name: KernelName,
    sizes: ConvolutionSizes,
    outputGradient: FloatArray,
    inputGradient: FloatArray,
    jobOf: (taps: readonly number[]) => { readonly job: Job<"Product">; readonly bRuns: readonly number[] },
  ): void {
    const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
    const { outputGradient: padded, phases } = geometryOf(sizes);
    const a = pad(outputGradient, [batch, outHeight, outWidth, outChannels], padded);
    for (const { origins, positions, taps, tapOffsets } of phases) {
      const { job, bRuns } = jobOf(taps);
      const tables = machine.writeTables(origins, positions, tapOffsets, bRuns);
      run(name, batch * positions.length, (workOf(sizes) * taps.length) / (batch * inHeight * inWidth), {
        ...job,
        columns: inChannels,
        depthOuter: taps.length,
        a,
        aRows: tables[0],
        aRuns: tables[2],
        aGroupStride: 4 * padded.height * padded.width * outChannels,
        bRuns: tables[3],
        c: inputGradient.byteOffset,
        cRows: tables[1],
        cGroupStride: 4 * inHeight * inWidth * inChannels,
        period: positions.length,
        runBlock: Math.max(1, taps.length),
        rowBlock: batch * positions.length,
      });
    }
  }

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
      const { runs, runLength } = geometry;
      const [origins, aRuns] = machine.writeTables(geometry.origins, runs);
      run("product", rows, inFeatures * outChannels, {
        ...forwardRows(sizes, geometry, origins, output),
        depthOuter: runs.length,
        depthInner: runLength * inChannels,
        a,
        aRuns,
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
      const [aRows, aRuns] = machine.writeTables(geometry.elements, rowsOfSamples(sizes, geometry.input));
      const swapped = machine.reserve("packed", 4 * weightGradient.length);
      const [from, shared] = [weightGradient.byteOffset, weightGradient.length];
      machine.prepare("Transpose", { rows: outChannels, columns: inFeatures, from, to: swapped });
      machine.run("transpose", Math.ceil(outChannels / 4), shared);
      run("product", inFeatures, positions * outChannels, {
        ...gradientDepth(sizes, inFeatures, aRuns, outputGradient),
        columns: outChannels,
        a,
        aRows,
        bPanelStride: 32,
        c: swapped,
        cRowStride: 4 * outChannels,
        isAdded: 1,
      });
      machine.prepare("Transpose", { rows: inFeatures, columns: outChannels, from: swapped, to: from });
      machine.run("transpose", Math.ceil(inFeatures / 4), shared);
    },

    convolutionInputGradient(sizes, outputGradient, weights, inputGradient) {
      const { batch, inHeight, inWidth, inChannels, outChannels } = sizes;
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
      runPhases("product", sizes, outputGradient, inputGradient, (taps) => ({
        job: {
          depthInner: outChannels,
          aStride: 4,
          b: weights.byteOffset,
          bStride: 4 * inFeatures,
          bPanelStride: 32,
        },
        bRuns: taps.map((tap) => 4 * tap * inChannels),
      }));
    },

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

/** Multiply-accumulates of a full convolution; a depthwise one's are fewer, but each takes longer. */
function workOf({
  batch,
  outHeight,
  outWidth,
  outChannels,
  filterHeight,
  filterWidth,
}: ConvolutionSizes): number {
  return batch * outHeight * outWidth * outChannels * filterHeight * filterWidth;
}

/** Whether it is a fully connected layer of every pixel. */
function isPointwise(sizes: ConvolutionSizes): boolean {
  const { filterHeight, filterWidth, strideY, strideX, inHeight, inWidth, outHeight, outWidth } = sizes;
  const isOnePixel = filterHeight * filterWidth * strideY * strideX === 1;
  return isOnePixel && inHeight === outHeight && inWidth === outWidth;
}

/** Whether each channel has one filter. */
function isOneEach({ inChannels, outChannels }: ConvolutionSizes): boolean {
  return inChannels === outChannels;
}
