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
  readonly origins: readonly number[];
  readonly taps: readonly number[];
  readonly outputGradient: Padded;
  readonly phases: readonly Phase[];
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
    const [input, outputGradient] = [padInput(sizes), padOutputGradient(sizes)];
    geometry = {
      input,
      outputGradient,
      origins: outputOrigins(sizes, input).map(toBytes),
      taps: tapOffsets(sizes, input).map(toBytes),
      phases: phasesOf(sizes, outputGradient).map(({ origins, positions, taps, tapOffsets: offsets }) => ({
        taps,
        origins: origins.map(toBytes),
        positions: positions.map(toBytes),
        tapOffsets: offsets.map(toBytes),
      })),
    };
    if (known.size === mostKnown) known.clear();
    known.set(key, geometry);
  }
  return geometry;
}

const toBytes = (elements: number) => 4 * elements;

/** Where the filter's taps stand on each row of output positions, sample by sample, in bytes. */
export function rowsOfSamples(sizes: ConvolutionSizes, { width, height }: Padded): number[] {
  const { batch, outHeight, strideY, inChannels } = sizes;
  const rows: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < outHeight; y++) rows.push(4 * (b * height + y * strideY) * width * inChannels);
  }
  return rows;
}
