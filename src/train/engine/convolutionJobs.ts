import type { FloatArray } from "../../tensor.js";
import type { ConvolutionSizes } from "../ops/convolution.js";
import { runBlockOf } from "./blocks.js";
import { type Geometry, geometryOf } from "./geometry.js";
import type { Job } from "./jobs.js";
import type { KernelName } from "./kernels.js";
import type { Machine } from "./machine.js";
import type { Padded } from "./windows.js";

/** Multiply-accumulates that are worth a thread's while: about ten microseconds. */
const sharedWork = 200_000;

/** Below it, getting ready costs more than it saves. */
const smallestWork = 2000;

export type ConvolutionJobs = ReturnType<typeof convolutionJobs>;

/** What full and depthwise convolutions have in common: both are products over overlapping rows. */
export function convolutionJobs(machine: Machine) {
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

  return { isServed, padInput, run, forwardRows, gradientDepth, runPhases };
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
