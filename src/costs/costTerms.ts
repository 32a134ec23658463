import { depthwiseTerms } from "./depthwiseTerms.js";
import { type KernelTerms, unrolledTaps, when } from "./kernelTerms.js";

/** A loop over rows is written out up to here. */
const unrolledRows = 4;

export const costTerms: Readonly<Record<string, KernelTerms>> = {
  convolution: {
    time: (n) => {
      const outputs = n.outHeight! * n.outWidth! * n.outChannels!;
      const taps = n.kernelHeight! * n.kernelWidth!;
      return {
        ...{ call: 1, output: outputs, row: outputs * n.kernelHeight!, tap: outputs * taps },
        ...{ value: outputs * taps * n.inChannels!, shifted: outputs * n.hasLeftShift! },
      };
    },
    code: (n) => ({ call: 1, shifted: n.hasLeftShift! }),
  },
  convolutionPairs: {
    time: (n) => {
      const pairs = Math.ceil(n.positions! / 2);
      const copied = 2 * pairs * (1 - n.isDirect!);
      const blocks = pairs * n.blocks!;
      const written = n.chunk! <= unrolledTaps ? n.chunks! * n.chunk! : 0;
      const isLoop = n.chunks! > 1 || n.chunk! > unrolledTaps;
      const rolled = n.chunk! > unrolledTaps ? n.taps! : 0;
      const rest = n.taps! - written - rolled;
      return {
        ...{ call: 1, pair: pairs, window: copied, copiedRow: copied * n.kernelHeight! * n.hasRuns! },
        ...{
          copiedTap: copied * n.kernelHeight! * n.kernelWidth! * (1 - n.hasRuns!),
          copied: copied * n.taps!,
        },
        ...{ block: blocks, channel: blocks * n.block! * (1 - n.isRectified!) },
        ...{ rectified: blocks * n.block! * n.isRectified! },
        ...{ turn: blocks * when(isLoop && rolled === 0) * n.chunks!, tap: blocks * (written + rest) },
        ...{ product: blocks * (written + rest) * n.block!, single: blocks * written * when(!isLoop) },
        ...{ loopedTap: blocks * rolled, loopedProduct: blocks * rolled * n.block! },
      };
    },
    code: (n) => {
      const written = Math.min(n.chunk!, unrolledTaps);
      const rest = n.taps! - n.chunks! * n.chunk!;
      return {
        ...{ call: 1, copies: 1 - n.isDirect!, channel: n.block!, rectified: n.block! * n.isRectified! },
        ...{ tap: written + rest, product: (written + rest) * n.block! },
      };
    },
  },
  convolutionDigits: {
    time: (n) => {
      const read = n.strips! * (n.heldRows! - n.keptRows!) + n.keptRows!;
      const steps = n.strips! * Math.ceil(n.outWidth! / n.columns!);
      const blocks = steps * n.blocks!;
      const rows = blocks * n.windowRows!;
      const isLoop = n.chunks! > 1;
      return {
        ...{ call: 1, padding: n.isPadded! * n.heldRows! * n.rowLength!, row: read },
        ...{
          value: read * n.inRow! * n.isInterleaved!,
          packedValue: read * n.inRow! * (1 - n.isInterleaved!),
        },
        ...{ kept: ((n.strips! - 1) * n.keptRows! * n.rowLength!) / 2, step: steps },
        ...{
          gathered: 2 * steps * n.gatheredRows! * n.gatheredPairs!,
          gatheredRow: 2 * steps * n.gatheredRows!,
        },
        ...{ block: blocks * (1 - n.isRectified!), rectified: blocks * n.isRectified! },
        ...{ line: rows * when(n.windowRows! > 1), loopedLine: rows * when(n.windowRows! > unrolledRows) },
        // what a lone position's twin would compute is not in the code
        ...{
          turn: rows * n.chunks! * when(isLoop),
          lonePair: rows * n.chunks! * n.chunk! * when(n.positions === 1),
        },
        pair: rows * n.chunks! * n.chunk! * when(n.positions! > 1),
        ...{ single: rows * n.chunk! * when(!isLoop) },
      };
    },
    code: (n) => {
      // by four, and what is left over behind them
      const copies =
        n.windowRows! <= unrolledRows ? n.windowRows! : unrolledRows + (n.windowRows! % unrolledRows);
      return {
        ...{
          call: 1,
          padding: n.isPadded!,
          packed: 1 - n.isInterleaved!,
          gathered: when(n.gatheredRows! > 0),
        },
        ...{ rectified: n.isRectified!, uneven: 1 - n.isWhole!, line: copies, pair: copies * n.chunk! },
        ...{ turn: copies * when(n.chunks! > 1), gatheredPair: n.gatheredPairs! * when(n.gatheredRows! > 0) },
      };
    },
  },
  convolutionWinograd: {
    time: (n) => {
      const quads = n.channels! / 4;
      const rows = n.strips! * n.stripRows!;
      const steps = rows * n.steps! * n.blocks!;
      const read = n.strips! * n.stripRows! + 2;
      return {
        ...{
          call: 1,
          pair: steps * 6 * n.chunks! * n.chunk!,
          turn: steps * 6 * n.chunks! * when(n.chunks! > 1),
        },
        ...{ point: steps * 6, settled: steps * (1 - n.isRectified!), rectified: steps * n.isRectified! },
        ...{ uneven: steps * (1 - n.isWhole!), weights: n.strips! * n.blocks! * n.outputs! * quads * 3 },
        ...{ strip: n.strips! * n.blocks!, value: read * (n.inRow! / 4), tile: read * n.steps! * n.tiles! },
        ...{ transformed: read * n.steps! * n.tiles! * quads },
        kept: (n.strips! - 1) * n.steps! * 6 * n.channels! * n.tiles!,
      };
    },
    code: (n) => ({ call: 1, pair: n.chunk!, rectified: n.isRectified!, uneven: 1 - n.isWhole! }),
  },
  fullyConnected: {
    time: (n) => ({
      ...{ call: 1, output: n.outFeatures!, product: n.outFeatures! * n.inFeatures! },
      shifted: n.outFeatures! * n.hasLeftShift!,
    }),
    code: (n) => ({ call: 1, shifted: n.hasLeftShift! }),
  },
  fullyConnectedBlocked: {
    time: (n) => {
      const steps = n.blockedOutFeatures! / n.block!;
      const rest = n.outFeatures! - n.blockedOutFeatures!;
      const single = n.inFeatures! - n.unrolledInFeatures!;
      return {
        ...{
          call: 1,
          step: steps,
          output: n.blockedOutFeatures!,
          ownFactor: n.outFeatures! * (1 - n.isShared!),
        },
        ...{ turn: (steps * n.unrolledInFeatures!) / 8, input: steps * n.inFeatures! },
        ...{ product: n.blockedOutFeatures! * n.inFeatures!, single: steps * single },
        ...{
          spilled: steps * n.inFeatures! * Math.max(0, n.block! - 8),
          rest,
          restProduct: rest * n.inFeatures!,
        },
      };
    },
    code: (n) => {
      const rest = n.outFeatures! - n.blockedOutFeatures!;
      const inputs = when(n.unrolledInFeatures! > 0) * 8 + when(n.inFeatures! > n.unrolledInFeatures!);
      return {
        ...{ call: 1, input: inputs, product: inputs * n.block!, output: n.block! },
        ...{ ownFactor: n.block! * (1 - n.isShared!), rest: when(rest > 0) },
      };
    },
  },
  fullyConnectedDigits: {
    time: (n) => {
      const fours = n.blocks! * n.chunks! * n.chunk!;
      const rest = n.blocks! * Math.ceil((n.inFeatures! - 4 * n.chunks! * n.chunk!) / 2);
      const pairs = n.block! / 2;
      return {
        ...{
          call: 1,
          block: n.blocks!,
          output: n.blocks! * n.block!,
          ownFactor: n.blocks! * n.block! * (1 - n.isShared!),
        },
        ...{ turn: n.blocks! * n.chunks! * when(n.chunks! > 1), four: fours, fourPair: fours * pairs },
        ...{ single: fours * when(n.chunks === 1), rest, restPair: rest * pairs },
      };
    },
    code: (n) => ({
      ...{ call: 1, four: n.chunk!, fourPair: (n.chunk! * n.block!) / 2, output: n.block! },
      ...{ rest: when(n.inFeatures! > 4 * n.chunks! * n.chunk!), ownFactor: n.block! * (1 - n.isShared!) },
    }),
  },
  ...depthwiseTerms,
};
