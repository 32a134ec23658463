import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { kernels } from "../kernels/index.js";
import type { KernelArgument } from "../kernels/kernelArgument.js";
import { createActivation } from "../network/elementTypes.js";
import {
  type BiquadsBlock,
  type DecimateBlock,
  decimatedSteps,
  type SignalBlock,
  type SpectrumBlock,
  type StatisticsBlock,
  signalOutput,
  spectrumFrames,
  statisticNames,
} from "../network/signalBlocks.js";
import { bitReversal } from "./fftTables.js";

/** A block's kernel with its numbers, and what it costs. */
export interface SettledSignal {
  readonly kernel: SignalBlock["kind"];
  readonly layer: Readonly<Record<string, KernelArgument>>;
  readonly scratch: readonly { readonly elementType: "int32"; readonly elements: number }[];
  readonly macs: number;
}

/** Of the signal between second-order sections: int16 with 13 bits behind the point, and 2 for what overshoots. */
const filterFractionBits = 13;

/** Largest power of which a logarithm is told: nothing lies below 2^-8. */
const spectrumFloor = -2048;

/**
 * Settles every number that a block's kernel takes.
 *
 * @param name the layer's, for messages
 * @throws UserError where a spectrum's sums have no room
 */
export function settleSignal(name: string, block: SignalBlock): SettledSignal {
  switch (block.kind) {
    case "statistics":
      return settleStatistics(block);
    case "spectrum":
      return settleSpectrum(name, block);
    case "biquads":
      return settleBiquads(block);
    case "decimate":
      return settleDecimate(block);
  }
}

/**
 * Runs a block's kernel on the host.
 *
 * @param samples int16 [steps, axes]
 * @returns what it gives, in the shape of `signalOutput`
 */
export function runSignal(block: SignalBlock, settled: SettledSignal, samples: Int16Array): Int16Array {
  const output = new Int16Array(elementCount(signalOutput(block).shape));
  const scratch = settled.scratch.map(({ elementType, elements }) => createActivation(elementType, elements));
  kernels[settled.kernel]!(settled.layer, samples, output, ...scratch);
  return output;
}

function settleStatistics({ kind, steps, axes, chosen, fractionBits }: StatisticsBlock): SettledSignal {
  const spread = new Set(["rms", "skew", "kurtosis", "crest"]);
  const hasMoments = chosen.some((name) => spread.has(name));
  const places = Uint8Array.from(chosen, (name) => statisticNames.indexOf(name));
  return {
    kernel: kind,
    layer: {
      ...{ steps, axes, count: chosen.length, hasMoments: hasMoments ? 1 : 0, fractionBits },
      chosen: places,
    },
    scratch: [
      { elementType: "int32", elements: statisticNames.length },
      { elementType: "int32", elements: 26 },
    ],
    macs: steps * axes * (hasMoments ? 4 : 0),
  };
}

/**
 * Samples of 15 + extraBits bits have a spectrum below 2^(15 + extraBits + log2 length), which is 2^30 at most; its power, and
 * those of all bins of a frame together (Parseval), are below 2^60. What adds frames gives up a bit for each four of them.
 */
function settleSpectrum(name: string, block: SpectrumBlock): SettledSignal {
  const { kind, steps, axes, length, hop, combine, window, edges, twiddles, logarithms } = block;
  const stages = Math.log2(length);
  const frames = spectrumFrames(block);
  const bands = edges.length - 1;
  const isMax = combine === "max";
  const merges = edges.some((edge, i) => i > 0 && edge > edges[i - 1]! + 1);
  const framesBits = isMax && !merges ? 0 : Math.ceil(Math.log2(frames) / 2);
  const extraBits = Math.min(8, 15 - stages) - framesBits;
  if (extraBits < 1) {
    throw new UserError(
      `layer "${name}": ${frames} frames of ${length} samples have powers that no two words hold`,
      "take shorter frames, or less overlap, or fewer samples",
    );
  }
  const mean = isMax ? 0 : Math.round(65536 * Math.log2(frames));
  return {
    kernel: kind,
    layer: {
      ...{ steps, axes, length, stages, frames, hop, bands, extraBits },
      hasWindow: window ? 1 : 0,
      isMax: isMax ? 1 : 0,
      unit: 65536 * (2 * (extraBits - 1) + stages) + mean,
      floor: spectrumFloor,
      window: window ?? new Int16Array(1),
      order: bitReversal(length),
      ...{ twiddles, edges, logarithms },
    },
    scratch: [
      { elementType: "int32", elements: 2 * length },
      { elementType: "int32", elements: length + 4 },
    ],
    macs: axes * frames * ((window ? length : 0) + 2 * length * (stages - 1) + length),
  };
}

function settleBiquads({ kind, steps, axes, type, coefficients }: BiquadsBlock): SettledSignal {
  const sections = coefficients.length / 5;
  return {
    kernel: kind,
    layer: {
      ...{ steps, axes, sections, coefficients, fractionBits: filterFractionBits },
      keepsLevel: type === "lowPass" ? 1 : 0,
    },
    scratch: [{ elementType: "int32", elements: 5 * sections }],
    macs: steps * axes * coefficients.length,
  };
}

function settleDecimate(block: DecimateBlock): SettledSignal {
  const { kind, axes, factor, weights } = block;
  const outputSteps = decimatedSteps(block);
  return {
    kernel: kind,
    layer: { outputSteps, axes, factor, taps: weights.length, weights },
    scratch: [],
    macs: outputSteps * axes * weights.length,
  };
}
