import type { ConvolutionSizes } from "../ops/convolution.js";
import {
  outputOrigins,
  type Padded,
  type Phase,
  padInput,
  padOutputGradient,
  phasesOf,
  tapOffsets,
} from "./windows.js";

/** All that the kernels need to know of a convolution's windows but the batch. */
export interface Geometry {
  readonly input: Padded;
  readonly origins: Int32Array;
  /** Of every tap, and of the first of each run of taps beside each other. */
  readonly taps: Int32Array;
  readonly runs: Int32Array;
  /** How many taps a run has. */
  readonly runLength: number;
  /** Of every element of a filter: tap and channel. */
  readonly elements: Int32Array;
  readonly outputGradient: Padded;
  readonly phases: readonly PhaseTables[];
}

/** A {@link Phase} in bytes. */
export interface PhaseTables {
  readonly origins: Int32Array;
  readonly positions: Int32Array;
  readonly taps: readonly number[];
  readonly tapOffsets: Int32Array;
}

const known = new Map<string, Geometry>();
const mostKnown = 200;

/** Worked out once for each size: it takes longer than a small convolution. */
export function geometryOf(sizes: ConvolutionSizes): Geometry {
  const key = [
    ...[sizes.inHeight, sizes.inWidth, sizes.inChannels, sizes.outHeight, sizes.outWidth, sizes.outChannels],
    ...[
      sizes.filterHeight,
      sizes.filterWidth,
      sizes.strideY,
      sizes.strideX,
      sizes.dilationY,
      sizes.dilationX,
    ],
    ...[sizes.paddingTop, sizes.paddingLeft],
  ].join(" ");
  let geometry = known.get(key);
  if (geometry === undefined) {
    geometry = workOut(sizes);
    if (known.size === mostKnown) known.clear();
    known.set(key, geometry);
  }
  return geometry;
}

function workOut(sizes: ConvolutionSizes): Geometry {
  const [input, outputGradient] = [padInput(sizes), padOutputGradient(sizes)];
  const taps = tapOffsets(sizes, input);
  // Dilated taps are not beside each other.
  const runLength = sizes.dilationX === 1 ? sizes.filterWidth : 1;
  const channels = Array.from({ length: sizes.inChannels }, (_, channel) => channel);
  return {
    input,
    outputGradient,
    origins: inBytes(outputOrigins(sizes, input)),
    taps: inBytes(taps),
    runs: inBytes(taps.filter((_, tap) => tap % runLength === 0)),
    runLength,
    elements: inBytes(taps.flatMap((tap) => channels.map((channel) => tap + channel))),
    phases: phasesOf(sizes, outputGradient).map((phase: Phase) => ({
      taps: phase.taps,
      origins: inBytes(phase.origins),
      positions: inBytes(phase.positions),
      tapOffsets: inBytes(phase.tapOffsets),
    })),
  };
}

function inBytes(elements: readonly number[]): Int32Array {
  return Int32Array.from(elements, (element) => 4 * element);
}

/** Where the filter's taps stand on each row of output positions, sample by sample, in bytes. */
export function rowsOfSamples(sizes: ConvolutionSizes, { width, height }: Padded): Int32Array {
  const { batch, outHeight, strideY, inChannels } = sizes;
  const rows = new Int32Array(batch * outHeight);
  let next = 0;
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < outHeight; y++) rows[next++] = 4 * (b * height + y * strideY) * width * inChannels;
  }
  return rows;
}
