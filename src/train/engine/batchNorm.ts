import type { FloatArray } from "../../tensor.js";
import type { Ops } from "../ops/index.js";
import type { Machine } from "./machine.js";

type BatchNormOps = Pick<
  Ops,
  "channelStatistics" | "normalizeChannels" | "channelGradientSums" | "normalizeChannelsBackward"
>;

/** Elements that are worth a thread's while: about ten microseconds. */
const sharedWork = 20_000;

/** Elements below which calling WebAssembly costs more than it saves. */
const fewest = 256;

/** Blocks of eight channels to share out at once: with fewer, every share reads most of all lines of memory. */
const fewestBlocks = 4;

/**
 * Batch normalization; what is not in the machine's memory, or tiny, is left to `fallback`. Numbers of single channels
 * may stand elsewhere: they are carried in and out.
 */
export function batchNormOps(machine: Machine, fallback: Ops): BatchNormOps {
  const isServed = (rows: number, channels: number, ...arrays: readonly FloatArray[]) =>
    rows * channels >= fewest && arrays.every((array) => machine.heap.holds(array));

  /** Eight bytes and a block of slack for each channel's number, one row a use. */
  function reserve(channels: number, rows: number): number[] {
    const each = 8 * channels + 64;
    const start = machine.reserve("channels", each * rows);
    return Array.from({ length: rows }, (_, row) => start + row * each);
  }

  function carryIn(addresses: readonly number[], arrays: readonly FloatArray[]): void {
    arrays.forEach((array, k) => {
      new Float32Array(machine.heap.memory.buffer, addresses[k], array.length).set(array);
    });
  }

  function carryOut(addresses: readonly number[], arrays: readonly Float64Array[]): void {
    arrays.forEach((array, k) => {
      array.set(new Float64Array(machine.heap.memory.buffer, addresses[k], array.length));
    });
  }

  const blocksOf = (channels: number) => Math.ceil(channels / 8);
  const blockGrain = (rows: number) => Math.max(fewestBlocks, Math.ceil(sharedWork / (8 * rows)));
  const rowGrain = (channels: number) => Math.ceil(sharedWork / channels);

  return {
    channelStatistics(rows, channels, values, mean, variance) {
      if (!isServed(rows, channels, values)) {
        fallback.channelStatistics(rows, channels, values, mean, variance);
        return;
      }
      const addresses = reserve(channels, 2);
      machine.prepare("ChannelSums", {
        rows,
        channels,
        values: values.byteOffset,
        mean: addresses[0],
        variance: addresses[1],
      });
      machine.run("channelStatistics", blocksOf(channels), blockGrain(rows));
      carryOut(addresses, [mean, variance]);
    },

    normalizeChannels(rows, channels, input, mean, factor, offset, output) {
      if (channels % 4 !== 0 || !isServed(rows, channels, input, output)) {
        fallback.normalizeChannels(rows, channels, input, mean, factor, offset, output);
        return;
      }
      const addresses = reserve(channels, 3);
      carryIn(addresses, [mean, factor, offset]);
      machine.prepare("Normalize", {
        channels,
        input: input.byteOffset,
        mean: addresses[0],
        factor: addresses[1],
        offset: addresses[2],
        result: output.byteOffset,
      });
      machine.run("normalizeChannels", rows, rowGrain(channels));
    },

    channelGradientSums(rows, channels, input, mean, outputGradient, gradientSum, productSum) {
      if (!isServed(rows, channels, input, outputGradient)) {
        fallback.channelGradientSums(rows, channels, input, mean, outputGradient, gradientSum, productSum);
        return;
      }
      const addresses = reserve(channels, 3);
      carryIn(addresses.slice(2), [mean]);
      machine.prepare("ChannelSums", {
        rows,
        channels,
        values: input.byteOffset,
        outputGradient: outputGradient.byteOffset,
        gradientSum: addresses[0],
        productSum: addresses[1],
        roundedMean: addresses[2],
      });
      machine.run("channelGradientSums", blocksOf(channels), blockGrain(rows));
      carryOut(addresses, [gradientSum, productSum]);
    },

    normalizeChannelsBackward(
      rows,
      channels,
      input,
      mean,
      outputGradient,
      factor,
      slope,
      offset,
      inputGradient,
    ) {
      if (channels % 4 !== 0 || !isServed(rows, channels, input, outputGradient, inputGradient)) {
        fallback.normalizeChannelsBackward(
          rows,
          channels,
          input,
          mean,
          outputGradient,
          factor,
          slope,
          offset,
          inputGradient,
        );
        return;
      }
      const addresses = reserve(channels, 4);
      carryIn(addresses, [mean, factor, slope, offset]);
      machine.prepare("Normalize", {
        channels,
        input: input.byteOffset,
        mean: addresses[0],
        factor: addresses[1],
        slope: addresses[2],
        offset: addresses[3],
        outputGradient: outputGradient.byteOffset,
        result: inputGradient.byteOffset,
      });
      machine.run("normalizeChannelsBackward", rows, rowGrain(channels));
    },
  };
}
