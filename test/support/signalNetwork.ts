import { Random } from "../../src/base/random.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { type SignalBlock, signalOutput } from "../../src/network/signalBlocks.js";
import { runSignal, settleSignal } from "../../src/signal/settleSignal.js";
import { ports } from "./ports.js";

/** int16 [steps, axes] → what a block gives of it → int8, each column by itself. */
export function signalNetwork(block: SignalBlock): QuantizedNetwork {
  const { steps, axes, kind } = block;
  const quantization = { scale: 1, zeroPoint: 0 };
  const output = signalOutput(block);
  const columns = output.shape.at(-1)!;
  return {
    name: "signal",
    tensors: [
      { name: "input", shape: [steps, axes], elementType: "int16", quantization },
      { name: "features", elementType: "int16", ...output },
      { name: "output", shape: output.shape, elementType: "int8", quantization },
    ],
    ...ports(0, 2),
    layers: [
      { kind, name: "block", inputs: [0], output: 1, block },
      {
        ...{ kind: "normalization", name: "standardize", inputs: [1], output: 2 },
        offsets: Int32Array.from({ length: columns }, (_, column) => 8192 * column),
        factors: Array.from({ length: columns }, (_, column) => 2 ** -(5 + (column % 4))),
      },
    ],
  };
}

/** What a block gives on the host. */
export function runBlock(block: SignalBlock, samples: ArrayLike<number>): Int16Array {
  return runSignal(block, settleSignal("block", block), Int16Array.from(samples));
}

/** Normal noise about an offset, with outliers where seeds are odd; int16. */
export function noiseOf(count: number, sd: number, seed: number): Int16Array {
  const random = new Random(seed);
  const offset = (random.uniform() - 0.5) * 2000;
  return Int16Array.from({ length: count }, () => {
    const outlier = seed % 2 === 1 && random.uniform() < 0.02 ? 6 : 1;
    return Math.max(-32768, Math.min(32767, Math.round(offset + outlier * sd * random.normal())));
  });
}
