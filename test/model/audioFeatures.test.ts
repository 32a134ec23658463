import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { onlyOutput } from "../../src/network/ports.js";
import type { QuantizedAudioFeatures } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { audioStream } from "../../src/quantize/audioStream.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { audioFeatures } from "../../src/train/layers/audioFeatures.js";
import { dense } from "../../src/train/layers/dense.js";
import { flatten } from "../../src/train/layers/reshape.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { audioNetwork, soundOf } from "../support/audioNetwork.js";
import { userError } from "../train/userError.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-audio-"));
  path = join(folder, "model.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

type AudioTable = "window" | "weights" | "bandStarts" | "twiddles";

const samples = 1100;
const clips = [0, 1, 5].map((seed) => soundOf(samples, seed));
const inputs = new Tensor([3, samples], Float32Array.from(clips.flatMap((clip) => [...clip])));

describe("a network of sound", () => {
  it("is trained with the device's features, keeps them through the file, and its tables", () => {
    const network = buildNetwork(
      "sound",
      [samples],
      [audioFeatures({ channels: 9 }), flatten(), dense(2)],
      new Random(1),
    );
    const [features] = network.forwardAll(inputs);
    const quantized = quantizeNetwork(network, inputs);
    writeModel(path, { network, quantized });
    const read = readModel(path);
    expect(read.quantized).toEqual(quantized);
    expect(read.network!.forward(inputs)).toEqual(network.forward(inputs));
    const program = planProgram(read.quantized!);
    for (const [index, clip] of clips.entries()) {
      runProgram(program, clip, ({ kind, output: { quantization } }, found) => {
        if (kind !== "audioFeatures") return;
        const { scale, zeroPoint } = quantization as { scale: number; zeroPoint: number };
        const real = Array.from(found, (q) => Math.fround(scale * (q - zeroPoint)));
        expect(real).toEqual([...features!.data.subarray(index * real.length, (index + 1) * real.length)]);
        expect(new Set(real).size).toBeGreaterThan(20);
      });
    }
    expect(onlyOutput(program).shape).toEqual([2]);
  });

  it("keeps a stream's state through the file", () => {
    const quantized = audioStream({ frames: 2, channels: 9 });
    writeModel(path, { network: undefined, quantized });
    expect(readModel(path).quantized).toEqual(quantized);
    const [rows, samples, state] = quantized.tensors;
    const changed = (tensors: typeof quantized.tensors) => {
      writeModel(path, { network: undefined, quantized: { ...quantized, tensors } });
      return () => readModel(path);
    };
    const at = "model.json.quantized.layers[0].";
    expect(changed([rows!, { ...samples!, shape: [321] }, state!])).toThrow(
      `${at}inputs must be an int16 tensor [samples] of steps of 160`,
    );
    expect(changed([rows!, samples!, { ...state!, shape: [693] }])).toThrow(
      `${at}output must be the second input, [694], or with 2 more for each sample that waits`,
    );
  });

  it("is refused where a clip is too short or has axes", () => {
    const build = (shape: number[]) => () =>
      buildNetwork("sound", shape, [audioFeatures({ name: "ear" })], new Random(1));
    const message = (found: string) =>
      userError(`layer "ear" takes [samples] of a clip, 480 or more; found ${found}`);
    expect(build([479])).toThrow(message("[479]"));
    expect(build([16000, 1])).toThrow(message("[16000, 1]"));
  });

  it("is refused as a file where a table has what its sums have no room for", () => {
    const refused = (table: AudioTable, change: (values: Int16Array) => void) => {
      const quantized = audioNetwork(samples);
      const [layer] = quantized.layers as QuantizedAudioFeatures[];
      change(layer!.frontEnd[table]);
      writeModel(path, { network: undefined, quantized });
      return () => readModel(path);
    };
    const at = "model.json.quantized.layers[0]: ";
    for (const [table, change, message] of [
      [
        "window",
        (values) => values.fill(4097, 3, 4),
        "window must be whole numbers from 0 to 4096, found 4097",
      ],
      [
        "weights",
        (values) => values.fill(4096, 6, 8),
        "the two weights of a bin must be 4096 together, or less",
      ],
      [
        "bandStarts",
        (values) => values.fill(300, 41),
        "bandStarts must be 236 bins that rise from 1 to 256, found 5 to 300",
      ],
      [
        "bandStarts",
        (values) => values.fill(0, 0, 1),
        "bandStarts must be whole numbers from 1 to 2048, found 0",
      ],
      ["twiddles", (values) => values.fill(32767, 4, 6), "twiddles must be of magnitudes up to 2^15"],
    ] as const satisfies readonly (readonly [AudioTable, (values: Int16Array) => void, string])[]) {
      expect(refused(table, change)).toThrow(userError(`${at}${message}`));
    }
  });
});
