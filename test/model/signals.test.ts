import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { adaptNormalizations } from "../../src/experiment/adaptNormalizations.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type {
  BiquadsBlock,
  QuantizedSignal,
  SignalBlock,
  SpectrumBlock,
} from "../../src/network/signalBlocks.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { createBiquads, createDecimate, createSpectrum } from "../../src/signal/signalOptions.js";
import { dense } from "../../src/train/layers/dense.js";
import type { NetworkSpec } from "../../src/train/layers/graph.js";
import { concatenate } from "../../src/train/layers/merge.js";
import { type Normalization, standardize } from "../../src/train/layers/normalization.js";
import { flatten } from "../../src/train/layers/reshape.js";
import { biquads, decimate, spectrum, statistics } from "../../src/train/layers/signal.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { noiseOf, signalNetwork } from "../support/signalNetwork.js";
import { userError } from "../train/userError.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-signal-"));
  path = join(folder, "model.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const shape = [96, 2];
const windows = [1, 2, 3, 4].map((seed) => noiseOf(192, 40 * 4 ** seed, seed));
const inputs = new Tensor([4, ...shape], Float32Array.from(windows.flatMap((window) => [...window])));
const build = (spec: NetworkSpec, inputShape = shape) =>
  buildNetwork("motor", inputShape, spec, new Random(1));

/** Blocks beside each other and behind each other. */
const branches: NetworkSpec = (input) => {
  const numbers = standardize()(statistics(["rms", "kurtosis", "peakToPeak"], { fractionBits: 2 })(input));
  const slow = decimate(2)(biquads({ type: "highPass", cutoff: 0.05 })(input));
  const tones = standardize()(flatten()(spectrum({ length: 16, bands: 3 })(slow)));
  return dense(2)(concatenate(numbers, tones));
};

describe("signal blocks in a network", () => {
  it("are trained with the device's values, normalized column by column, and kept through the file", () => {
    const network = build(branches);
    adaptNormalizations(network, inputs);
    const quantized = quantizeNetwork(network, inputs);
    writeModel(path, { network, quantized });
    const read = readModel(path);
    expect(read.quantized).toEqual(quantized);
    const outputs = network.forwardAll(inputs);
    expect(read.network!.forward(inputs)).toEqual(outputs.at(-1));
    const program = planProgram(read.quantized!);
    const compared: string[] = [];
    for (const [sample, window] of windows.entries()) {
      runProgram(program, window, ({ name, output }, found) => {
        const index = network.layers.findIndex((layer) => layer.name === name);
        if (output.elementType !== "int16") return;
        const real = Array.from(found, (q, i) => {
          const { scale, zeroPoint } = quantizationOf(output, i);
          return scale * (q - zeroPoint);
        });
        expect(real).toEqual([
          ...outputs[index]!.data.subarray(sample * real.length, (sample + 1) * real.length),
        ]);
        compared.push(name);
      });
    }
    expect(compared.length).toBe(4 * 4);
    const [numbers] = network.layers.filter(({ kind }) => kind === "normalization") as Normalization[];
    const features = outputs[network.layers.findIndex(({ kind }) => kind === "statistics")]!;
    for (let column = 0; column < 6; column++) {
      const mean = [0, 1, 2, 3].reduce((sum, sample) => sum + features.data[6 * sample + column]!, 0) / 4;
      expect(numbers!.offsets.data[column]).toBeCloseTo(mean, 1);
    }
  });

  it("stand in front of activations of int16 too", () => {
    const network = build([statistics(["rms", "peakToPeak"]), standardize(), dense(2)]);
    adaptNormalizations(network, inputs);
    const quantized = quantizeNetwork(network, inputs, { kind: "minMax" }, "int16");
    writeModel(path, { network: undefined, quantized });
    const program = planProgram(readModel(path).quantized!);
    const expected = network.forward(inputs).data;
    const { scale } = quantizationOf(quantized.tensors.at(-1)!);
    windows.forEach((window, sample) => {
      const found = runProgram(program, window);
      // weights have 8 bits, so an output has an error of a hundredth of the largest
      for (const [o, q] of found.entries())
        expect(Math.abs(scale * q - expected[2 * sample + o]!)).toBeLessThan(0.05);
    });
  });

  it("are refused where another layer takes what they give, or nothing does", () => {
    const quantize = (spec: NetworkSpec) => () => quantizeNetwork(build(spec), inputs);
    const hint = "let standardize() stand behind it, which brings each column to int8";
    expect(quantize([statistics(["rms", "crest"], { name: "numbers" }), dense(2, { name: "out" })])).toThrow(
      userError(
        'layer "out" (dense) takes what "numbers" gives: int16, 4 columns with scales of their own',
        hint,
      ),
    );
    expect(quantize([statistics(["rms", "crest"], { name: "numbers" })])).toThrow(
      userError('layer "numbers" gives columns with scales of their own, and is the last', hint),
    );
    expect(
      quantize([
        biquads({ type: "lowPass", cutoff: 0.1, name: "slow" }),
        flatten(),
        dense(2, { name: "out" }),
      ]),
    ).toThrow(userError('layer "out" (dense) takes what "slow" gives: int16', hint));
    expect(() =>
      adaptNormalizations(build([flatten(), dense(3), standardize({ name: "late" })]), inputs),
    ).toThrow(
      userError(
        'layer "late" normalizes what another layer gives; it takes the network\'s input, or signal blocks of it',
        "put it first, or use batchNorm()",
      ),
    );
  });

  it("are refused with options that are out of range, by name", () => {
    const refused = [
      [statistics([]), 'layer "statistics_1": statistics are names, each once, found an array of 0'],
      [
        statistics(["rms", "rms"]),
        'layer "statistics_1": statistics are names, each once, found an array of 2',
      ],
      [
        statistics(["rms"], { fractionBits: 9 }),
        'layer "statistics_1": fractionBits must be a whole number from 0 to 8, found 9',
      ],
      [spectrum({ length: 24 }), 'layer "spectrum_1": length must be a power of two from 16 to 96, found 24'],
      [
        spectrum({ length: 128 }),
        'layer "spectrum_1": length must be a power of two from 16 to 96, found 128',
      ],
      [
        spectrum({ length: 32, overlap: 1 }),
        'layer "spectrum_1": overlap must be a number from 0 to below 1, found 1',
      ],
      [
        spectrum({ length: 32, bands: [1, 1] }),
        'layer "spectrum_1": bands are bins that rise from 1 or more to 17 at most, found [1, 1]',
      ],
      [
        spectrum({ length: 32, bands: 17 }),
        'layer "spectrum_1": bands must be a whole number from 1 to 16, found 17',
      ],
      [
        biquads({ type: "lowPass", cutoff: 250, rate: 500 }),
        'layer "biquads_1": cutoff must be from 0.5 to 245, found 250',
      ],
      [biquads({ type: "lowPass", cutoff: 0.1, order: 3 }), 'layer "biquads_1": order must be even, found 3'],
      [decimate(10), 'layer "decimate_1": 96 steps leave 2 by 10 with 81 taps; 2 are needed'],
      [decimate(1), 'layer "decimate_1": factor must be a whole number from 2 to 64, found 1'],
    ] as const;
    for (const [layer, message] of refused) {
      if (message.includes("leave 2")) expect(build([layer]).outputShape).toEqual([2, 2]);
      else expect(() => build([layer])).toThrow(message);
    }
    expect(() => build([decimate(11)])).toThrow(
      'layer "decimate_1": 96 steps leave 1 by 11 with 89 taps; 2 are needed',
    );
    expect(() => build([statistics(["rms"])], [2049, 1])).toThrow(
      'layer "statistics_1" takes [steps, axes] of int16, 2 to 2048 steps and up to 256 axes; found [2049, 1]',
    );
    expect(() => build([spectrum({ length: 16 })], [100])).toThrow("found [100]");
  });

  it("are refused as a file where a table has what sums have no room for", () => {
    const refuse =
      <Block extends SignalBlock>(block: Block, change: (block: Block) => void) =>
      () => {
        const quantized = signalNetwork(block);
        change((quantized.layers[0] as QuantizedSignal).block as Block);
        writeModel(path, { network: undefined, quantized });
        return readModel(path);
      };
    const at = "model.json.quantized.layers[0]: ";
    const tones = () => createSpectrum("s", [64, 1], { length: 32 }) as SpectrumBlock;
    const filter = () => createBiquads("b", [64, 1], { type: "lowPass", cutoff: 0.1 }) as BiquadsBlock;
    expect(refuse(tones(), ({ edges }) => edges.fill(40, 16))).toThrow(
      userError(`${at}edges must rise from 1 or more to 17 at most`),
    );
    expect(refuse(tones(), ({ edges }) => edges.fill(0, 0, 1))).toThrow(
      userError(`${at}edges must rise from 1 or more to 17 at most`),
    );
    expect(refuse(tones(), ({ twiddles }) => twiddles.fill(32767, 0, 2))).toThrow(
      userError(`${at}twiddles must be of magnitudes up to 2^15`),
    );
    expect(refuse(tones(), ({ logarithms }) => logarithms.fill(-1, 5, 6))).toThrow(
      userError(`${at}logarithms must be 0 or more`),
    );
    expect(refuse(filter(), ({ coefficients }) => coefficients.fill(2 ** 31 - 1, 0, 4))).toThrow(
      userError(`${at}coefficients of a section must be 7 · 2^30 at most together`),
    );
    expect(refuse(createDecimate("d", [64, 1], 2, {}), ({ weights }) => weights.fill(32767))).toThrow(
      userError(`${at}weights must be below 2^16 together`),
    );
  });
});
