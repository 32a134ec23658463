import type { FloatArray } from "../../base/tensor.js";
import type { ConvolutionSizes } from "../ops/convolution.js";
import { runBlockOf } from "./blocks.js";
import { type Geometry, type PlaceTable, placeGeometry } from "./geometry.js";
import type { Job } from "./jobs.js";
import type { KernelName } from "./kernels.js";
import type { Machine } from "./machine.js";
import type { Padded } from "./windows.js";

/** Multiply-accumulates that are worth a thread's while: about ten microseconds. */
const sharedWork = 200_000;

/** And elements that are copied. */
const sharedElements = 20_000;

/** Below it, getting ready costs more than it saves. */
const smallestWork = 2000;

export type ConvolutionJobs = ReturnType<typeof convolutionJobs>;

/** What full and depthwise convolutions have in common: both are products over overlapping rows. */
export function convolutionJobs(machine: Machine, place: PlaceTable) {
  const { heap } = machine;
  const known = new WeakMap<ConvolutionSizes, Geometry>();

  /** Worked out once for each object of sizes: layers keep theirs. */
  function geometryOf(sizes: ConvolutionSizes): Geometry {
    let geometry = known.get(sizes);
    if (geometry === undefined) {
      geometry = placeGeometry(sizes, place);
      known.set(sizes, geometry);
    }
    return geometry;
  }

  function isServed(sizes: ConvolutionSizes, ...arrays: readonly FloatArray[]): boolean {
    if (workOf(sizes) < smallestWork || !arrays.every((array) => heap.holds(array))) return false;
    const { input } = geometryOf(sizes);
    return input.top < input.height && input.left < input.width;
  }

  /** @returns the address of the images, padded if need be */
  function pad(
    images: FloatArray,
    batch: number,
    fromHeight: number,
    fromWidth: number,
    channels: number,
    { top, left, height, width }: Padded,
  ): number {
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
    machine.run("padImages", batch, Math.ceil(sharedElements / (height * width * channels)));
    return to;
  }

  const padInput = (sizes: ConvolutionSizes, { input: padded }: Geometry, input: FloatArray) =>
    pad(input, sizes.batch, sizes.inHeight, sizes.inWidth, sizes.inChannels, padded);

  const padOutputGradient = (
    sizes: ConvolutionSizes,
    { outputGradient: padded }: Geometry,
    outputGradient: FloatArray,
  ) => pad(outputGradient, sizes.batch, sizes.outHeight, sizes.outWidth, sizes.outChannels, padded);

  function run(name: KernelName, rows: number, workOfRow: number, job: Job<"Product">): void {
    machine.prepare("Product", job);
    machine.run(name, rows, 4 * Math.ceil(sharedWork / workOfRow / 4));
  }

  /** What forward passes of both kinds have in common. */
  function forwardRows(sizes: ConvolutionSizes, geometry: Geometry, output: FloatArray) {
    const { outHeight, outWidth, inChannels, outChannels } = sizes;
    const { height, width } = geometry.input;
    return {
      columns: outChannels,
      aRows: geometry.origins,
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
   */
  function gradientDepth(sizes: ConvolutionSizes, rows: number, outputGradient: FloatArray) {
    const { batch, outHeight, outWidth, outChannels, inChannels, strideX } = sizes;
    return {
      depthOuter: batch * outHeight,
      depthInner: outWidth,
      runBlock: runBlockOf(batch * outHeight, outWidth, rows),
      rowBlock: rows,
      period: rows,
      aRuns: geometryOf(sizes).rows,
      aStride: 4 * strideX * inChannels,
      b: outputGradient.byteOffset,
      bRunStride: 4 * outWidth * outChannels,
      bStride: 4 * outChannels,
    };
  }

  /**
   * Each phase of input positions as a product over the output's gradient.
   *
   * @param weights what is the same for all phases: how a tap's weights are read
   */
  function runPhases(
    name: KernelName,
    sizes: ConvolutionSizes,
    outputGradient: FloatArray,
    inputGradient: FloatArray,
    weights: Job<"Product">,
  ): void {
    const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
    const geometry = geometryOf(sizes);
    const { outputGradient: padded, phases } = geometry;
    const a = padOutputGradient(sizes, geometry, outputGradient);
    const workOfTap = workOf(sizes) / (batch * outHeight * outWidth * sizes.filterHeight * sizes.filterWidth);
    for (const { positionCount, tapCount, origins, positions, tapOffsets, weights: bRuns } of phases) {
      run(name, batch * positionCount, workOfTap * Math.max(1, tapCount), {
        ...weights,
        columns: inChannels,
        depthOuter: tapCount,
        a,
        aRows: origins,
        aRuns: tapOffsets,
        aGroupStride: 4 * padded.height * padded.width * outChannels,
        bRuns,
        c: inputGradient.byteOffset,
        cRows: positions,
        cGroupStride: 4 * inHeight * inWidth * inChannels,
        period: positionCount,
        runBlock: Math.max(1, tapCount),
        rowBlock: batch * positionCount,
      });
    }
  }

  /** What passes over output positions by nine taps have in common. */
  function inputTaps(sizes: ConvolutionSizes, images: number): Job<"Taps"> {
    const { batch, outHeight, outWidth, outChannels, inChannels } = sizes;
    const { input, origins } = geometryOf(sizes);
    return {
      channels: outChannels,
      samples: batch,
      positions: outHeight * outWidth,
      images,
      imageBytes: 4 * input.height * input.width * inChannels,
      origins,
      tapDown: 4 * sizes.dilationY * input.width * inChannels,
      tapBeside: 4 * sizes.dilationX * inChannels,
    };
  }

  return {
    ...{ geometryOf, isServed, padInput, padOutputGradient },
    ...{ run, forwardRows, gradientDepth, runPhases, inputTaps },
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
