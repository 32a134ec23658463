import { describe, expect, it } from "vitest";
import { hostModule } from "../../codegen/host/hostKernels.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { generatedRunner, plainRunner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { audioStream, withAudioStream } from "../../src/quantize/audioStream.js";
import { createAudioFrontEnd } from "../../src/signal/audioFrontEnd.js";
import { audioParameters } from "../../src/signal/audioOptions.js";
import {
  expectedOutputs,
  hasWakeWords,
  readWakeWord,
  runClip,
  wakeWords,
  wakeWordsAreMissing,
} from "../golden/wakeWords.js";
import { audioNetwork, soundOf } from "../support/audioNetwork.js";
import { ports } from "../support/ports.js";
import { int8Tensor } from "../support/streamNetworks.js";

/** Steps that do and do not divide the frame; one frame and three a run; a frame that is its own step. */
const cases = [
  { options: {}, frames: 3 },
  { options: { preset: "microSpeech", channels: 12 }, frames: 1 },
  { options: { rate: 8000, sizeMs: 16, stepMs: 16, channels: 9, upper: 3800 }, frames: 2 },
] as const;

describe("a stream of features", () => {
  it("gives the rows of the clip behind as much silence as a frame has beside its step, and again after a reset", () => {
    for (const { options, frames } of cases) {
      const step = audioStream({ ...options, frames }).tensors[1]!.shape[0]!;
      const runs = 7;
      const { windowSamples, stepSamples } = createAudioFrontEnd(audioParameters(options));
      const silence = windowSamples - stepSamples;
      const sound = soundOf(runs * step, 5);
      const clip = planProgram(audioNetwork(silence + sound.length, options));
      const expected = [...runProgram(clip, Int16Array.of(...new Int16Array(silence), ...sound))];
      const program = planProgram(audioStream({ ...options, frames }));
      for (const runner of [plainRunner(program), generatedRunner(program, hostModule(program))]) {
        for (let round = 0; round < 2; round++) {
          runner.reset();
          const parts = Array.from({ length: runs }, (_, run) => sound.slice(run * step, (run + 1) * step));
          expect(parts.flatMap((part) => [...runner.run(part)])).toEqual(expected);
        }
      }
      expect(new Set(expected).size).toBeGreaterThan(10);
    }
  });

  it("stands in front of what takes features, which then takes samples", () => {
    const rows: QuantizedNetwork = {
      name: "last",
      tensors: [
        { ...int8Tensor("audio", [1, 3, 40]), quantization: { scale: 0.1019608, zeroPoint: -128 } },
        { ...int8Tensor("window", [1, 3, 40]), quantization: { scale: 0.1019608, zeroPoint: -128 } },
      ],
      ...ports(0, 1),
      layers: [
        { kind: "copy", name: "audio", inputs: [0], output: 1, start: 0, sizes: [3, 40], strides: [40, 1] },
      ],
    };
    const network = withAudioStream(rows, { preset: "wakeWord" });
    expect(network.inputs).toEqual([{ tensor: 2, name: "samples", border: "int16" }]);
    expect(network.tensors[2]!.shape).toEqual([480]);
    expect(network.layers.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "audioStream audio_2",
      "copy features",
      "copy audio",
    ]);
    const sound = soundOf(960, 5);
    const [run, alone] = [network, audioStream({ frames: 3 })].map((one) => plainRunner(planProgram(one)));
    for (const part of [sound.slice(0, 480), sound.slice(480)])
      expect(run!.run(part)).toEqual(alone!.run(part));
  });

  const title = 'gives microWakeWord\'s outputs of "hey jarvis", from the samples of a voice on';
  it.skipIf(!hasWakeWords)(hasWakeWords ? title : `${title}: ${wakeWordsAreMissing}`, () => {
    for (const version of wakeWords) {
      const network = readWakeWord(version);
      const expected = expectedOutputs("flite_slt_1.15", version);
      expect(runClip(network, planProgram(network), "flite_slt_1.15").flat()).toEqual(expected);
      expect(Math.max(...expected)).toBeGreaterThan(100);
    }
  });

  it("is refused in front of what takes no features", () => {
    const rows: QuantizedNetwork = {
      name: "rows",
      tensors: [int8Tensor("rows", [1, 3, 40])],
      ...ports(0, 0),
      layers: [],
    };
    expect(() => withAudioStream(rows)).toThrow(
      'network "rows" takes int8 [1, 3, 40] of scale 0.5 and zero point -3; features are int8 [… rows, 40] of scale 26/255',
    );
    expect(() => audioStream({ frames: 0 })).toThrow("audioStream: frames must be 1 to 1024 a run, found 0");
  });
});
