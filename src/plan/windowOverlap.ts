import { elementCount } from "../base/tensor.js";
import type { Pair, QuantizedTensor, WindowSettings } from "../network/quantizedNetwork.js";
import { imageShape } from "./windowArguments.js";

/** A part of a kernel's work, as it reads one input and writes the output. */
export interface KernelStep {
  /** The lowest byte of the input that it reads. */
  readonly readFrom: number;
  /** Behind the highest byte of the output that it writes. */
  readonly writtenTo: number;
}

/**
 * By how many bytes an output must start before the input in whose memory it lies, so that no step writes what it or a
 * later one reads: the largest writtenTo − readFrom of a step and all that still read, itself included unless a step
 * reads all its input before it writes.
 *
 * With a step's bytes at output + writtenTo at most, and all that is still read at input + readFrom at least, nothing
 * that is read has been written where output + writtenTo ≤ input + readFrom for every such pair; that is
 * output ≤ input − distance. Lower starts are right as well.
 */
export function overlapDistance(steps: readonly KernelStep[], readsFirst = false): number {
  return distanceFromLast(steps.toReversed(), readsFirst);
}

function distanceFromLast(steps: Iterable<KernelStep>, readsFirst: boolean): number {
  let distance = Number.NEGATIVE_INFINITY;
  let stillRead = Number.POSITIVE_INFINITY;
  for (const { readFrom, writtenTo } of steps) {
    const later = stillRead;
    stillRead = Math.min(stillRead, readFrom);
    distance = Math.max(distance, writtenTo - (readsFirst ? later : stillRead));
  }
  return distance;
}

export interface WindowWork {
  /** Output positions that a step computes, in the order of rows; the last step may have fewer. Default 1. */
  readonly positions?: number;
  /** Whether a step reads all of its windows before it writes any output. Default false. */
  readonly readsFirst?: boolean;
  readonly dilations?: Pair;
}

/** The distance of a kernel that computes output positions in order, all channels of some of them at a step. */
export function windowOverlap(
  { kernelSize, strides, padding }: WindowSettings,
  input: QuantizedTensor,
  output: QuantizedTensor,
  { positions = 1, readsFirst = false, dilations = [1, 1] }: WindowWork = {},
): number {
  const [, inWidth, inChannels] = imageShape(input);
  const [outHeight, outWidth, outChannels] = imageShape(output);
  const count = outHeight * outWidth;
  const firstTap = (place: number, axis: 0 | 1, before: number): number => {
    const start = place * strides[axis] - before;
    const step = dilations[axis];
    // the first tap on the image; one outside it where none is, which reads nothing, is no lower
    const tap = start >= 0 ? 0 : Math.min(kernelSize[axis] - 1, Math.ceil(-start / step));
    return Math.max(0, start + tap * step);
  };
  const readFrom = (position: number): number => {
    const row = firstTap(Math.floor(position / outWidth), 0, padding.top);
    const column = firstTap(position % outWidth, 1, padding.left);
    return (row * inWidth + column) * inChannels;
  };
  function* stepsFromLast(): Generator<KernelStep> {
    for (let step = Math.ceil(count / positions) - 1; step >= 0; step--) {
      const end = Math.min(count, (step + 1) * positions);
      let lowest = Number.POSITIVE_INFINITY;
      for (let place = step * positions; place < end; place++) lowest = Math.min(lowest, readFrom(place));
      yield { readFrom: lowest, writtenTo: end * outChannels };
    }
  }
  // an output that starts at the input's end or behind it lies apart
  return Math.max(-elementCount(input.shape), distanceFromLast(stepsFromLast(), readsFirst));
}
