import type { FloatArray } from "../../base/tensor.js";
import { blockRows, finishStatistics } from "../ops/batchNorm.js";
import type { Ops } from "../ops/index.js";
import type { Job } from "./jobs.js";
import type { Machine } from "./machine.js";

type BatchNormOps = Pick<
  Ops,
  "channelStatistics" | "normalizeChannels" | "channelGradientSums" | "normalizeChannelsBackward"
>;

/** Elements that are worth a thread's while: about ten microseconds. */
const sharedWork = 20_000;

/** Elements below which calling WebAssembly costs more than it saves. */
const fewest = 256;

/**
 * Batch normalization; what is not in the machine's memory, or tiny, is left to `fallback`. Numbers of single channels
 * may stand elsewhere: they are carried in and out.
 */
export function batchNormOps(machine: Machine, fallback: Ops): BatchNormOps {
  const isServed = (rows: number, channels: number, ...arrays: readonly FloatArray[]) =>
    rows * channels >= fewest && arrays.every((array) => machine.heap.holds(array));

  /** Room for each channel's numbers of four bytes, one row a use, and for sums in double behind. */
  function reserve(channels: number, uses: number, sums = 0): number[] {
    const each = 4 * channels + 64;
    const start = machine.reserve("channels", each * uses + 8 * sums);
    return Array.from({ length: uses + 1 }, (_, use) => start + use * each);
  }

  function carryIn(address: number, array: FloatArray): number {
    const { floats } = machine.views;
    for (let c = 0, to = address / 4; c < array.length; c++, to++) floats[to] = array[c];
    return address;
  }

  /** Runs a kernel that sums over blocks of rows, and fetches both sums. */
  function sum(
    name: "channelStatistics" | "channelGradientSums",
    job: Job<"ChannelSums"> & { readonly rows: number; readonly channels: number },
    start: number,
    [first, second]: readonly [Float64Array, Float64Array],
  ): void {
    const { rows, channels } = job;
    const totals = Math.ceil(start / 16) * 16;
    const kept = 4 * Math.ceil(channels / 4);
    machine.prepare("ChannelSums", { ...job, totals, partials: totals + 16 * kept });
    machine.run(name, Math.ceil(rows / blockRows), Math.ceil(sharedWork / (blockRows * channels)));
    machine.run("foldBlocks", kept / 4, kept / 4);
    const { doubles } = machine.views;
    for (let c = 0, from = totals / 8; c < channels; c++, from++) {
      first[c] = doubles[from];
      second[c] = doubles[from + kept];
    }
  }

  /** Doubles that {@link sum} needs room for, a vector to round up included. */
  const sumsOf = (rows: number, channels: number) => 2 * (channels + 4) * (Math.ceil(rows / blockRows) + 1);
  const rowGrain = (channels: number) => Math.ceil(sharedWork / channels);

  return {
    channelStatistics(rows, channels, values, mean, variance) {
      if (!isServed(rows, channels, values)) {
        fallback.channelStatistics(rows, channels, values, mean, variance);
        return;
      }
      const [start] = reserve(channels, 0, sumsOf(rows, channels));
      const job = { rows, channels, values: values.byteOffset };
      sum("channelStatistics", job, start, [mean, variance]);
      finishStatistics(rows, channels, values, mean, variance);
    },

    normalizeChannels(rows, channels, input, mean, { factor, offset }, output, isRectified = false) {
      if (channels % 4 !== 0 || !isServed(rows, channels, input, output)) {
        fallback.normalizeChannels(rows, channels, input, mean, { factor, offset }, output, isRectified);
        return;
      }
      const addresses = reserve(channels, 3);
      machine.prepare("Normalize", {
        channels,
        input: input.byteOffset,
        mean: carryIn(addresses[0], mean),
        factor: carryIn(addresses[1], factor),
        offset: carryIn(addresses[2], offset),
        result: output.byteOffset,
        isRectified: Number(isRectified),
      });
      machine.run("normalizeChannels", rows, rowGrain(channels));
    },

    channelGradientSums(rows, channels, input, mean, outputGradient, gradientSum, productSum, rectified) {
      const sums = [gradientSum, productSum] as const;
      if (!isServed(rows, channels, input, outputGradient)) {
        fallback.channelGradientSums(rows, channels, input, mean, outputGradient, ...sums, rectified);
        return;
      }
      const addresses = reserve(channels, 3, sumsOf(rows, channels));
      const job = {
        rows,
        channels,
        values: input.byteOffset,
        outputGradient: outputGradient.byteOffset,
        mean: carryIn(addresses[0], mean),
        factor: rectified && carryIn(addresses[1], rectified.factor),
        offset: rectified && carryIn(addresses[2], rectified.offset),
      };
      sum("channelGradientSums", job, addresses[3], sums);
    },

    normalizeChannelsBackward(
      rows,
      channels,
      input,
      mean,
      outputGradient,
      { factor, offset },
      slope,
      inputGradient,
      rectified,
    ) {
      if (channels % 4 !== 0 || !isServed(rows, channels, input, outputGradient, inputGradient)) {
        fallback.normalizeChannelsBackward(
          rows,
          channels,
          input,
          mean,
          outputGradient,
          { factor, offset },
          slope,
          inputGradient,
          rectified,
        );
        return;
      }
      const addresses = reserve(channels, 5);
      machine.prepare("Normalize", {
        channels,
        input: input.byteOffset,
        mean: carryIn(addresses[0], mean),
        factor: carryIn(addresses[1], factor),
        slope: carryIn(addresses[2], slope),
        offset: carryIn(addresses[3], offset),
        forwardOffset: rectified && carryIn(addresses[4], rectified.offset),
        outputGradient: outputGradient.byteOffset,
        result: inputGradient.byteOffset,
      });
      machine.run("normalizeChannelsBackward", rows, rowGrain(channels));
    },
  };
}
