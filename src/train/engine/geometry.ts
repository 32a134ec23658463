import type { ConvolutionSizes } from "../ops/convolution.js";
import {
  outputOrigins,
  type Padded,
  padInput,
  padOutputGradient,
  phasesOf,
  rowsOfSamples,
  tapOffsets,
} from "./windows.js";

/** Puts a table of offsets where kernels find it, and returns its address. */
export type PlaceTable = (offsets: readonly number[]) => number;

/** All that the kernels need to know of a convolution's windows; tables are addresses of offsets in bytes. */
export interface Geometry {
  readonly input: Padded;
  /** Where each output position's filter begins. */
  readonly origins: number;
  /** Where each of its taps is, and the first tap of each row. */
  readonly taps: number;
  readonly tapRows: number;
  /** Where taps beside each other begin, how many such runs there are, and how many taps each has. */
  readonly runs: number;
  readonly runCount: number;
  readonly runLength: number;
  /** Where each of its elements is, tap by tap and channel by channel. */
  readonly elements: number;
  /** Where each row of output positions begins, sample by sample. */
  readonly rows: number;
  readonly outputGradient: Padded;
  readonly phases: readonly PlacedPhase[];
}

/** A phase with its tables placed. */
export interface PlacedPhase {
  readonly positionCount: number;
  readonly tapCount: number;
  readonly origins: number;
  readonly positions: number;
  readonly tapOffsets: number;
  /** Where each tap's elements are in the weights of an output channel. */
  readonly weights: number;
}

export function placeGeometry(sizes: ConvolutionSizes, place: PlaceTable): Geometry {
  const inBytes = (elements: readonly number[]) => place(elements.map((element) => 4 * element));
  const { filterWidth, inChannels } = sizes;
  const [input, outputGradient] = [padInput(sizes), padOutputGradient(sizes)];
  const taps = tapOffsets(sizes, input);
  const tapRows = taps.filter((_, tap) => tap % filterWidth === 0);
  // Dilated taps are not beside each other.
  const isDense = sizes.dilationX === 1;
  const channels = Array.from({ length: inChannels }, (_, channel) => channel);
  return {
    input,
    origins: inBytes(outputOrigins(sizes, input)),
    taps: inBytes(taps),
    tapRows: inBytes(tapRows),
    runs: inBytes(isDense ? tapRows : taps),
    runCount: isDense ? tapRows.length : taps.length,
    runLength: isDense ? filterWidth : 1,
    elements: inBytes(taps.flatMap((tap) => channels.map((channel) => tap + channel))),
    rows: inBytes(rowsOfSamples(sizes, input)),
    outputGradient,
    phases: phasesOf(sizes, outputGradient).map((phase) => ({
      positionCount: phase.positions.length,
      tapCount: phase.taps.length,
      origins: inBytes(phase.origins),
      positions: inBytes(phase.positions),
      tapOffsets: inBytes(phase.tapOffsets),
      weights: inBytes(phase.taps.map((tap) => tap * inChannels)),
    })),
  };
}
