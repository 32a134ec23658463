import { describe, expect, it } from "vitest";
import { audioInt8 } from "../../src/kernels/audioChannel.js";
import { squareRoot } from "../../src/kernels/squareRoot.js";
import type { AudioFrontEnd } from "../../src/network/audioFrontEnd.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { resetStates } from "../../src/program/states.js";
import { planningTargets } from "../../src/program/target.js";
import { audioStream } from "../../src/quantize/audioStream.js";
import { createAudioFrontEnd } from "../../src/signal/audioFrontEnd.js";
import { audioParameters } from "../../src/signal/audioOptions.js";
import { settleAudio } from "../../src/signal/settleAudio.js";
import { printNetwork } from "../codegen/runNetwork.js";
import {
  compareStages,
  hasSignals,
  readConfigurations,
  readGolden,
  readSignal,
  signalsAreMissing,
} from "../golden/signals.js";
import { audioNetwork, soundOf } from "../support/audioNetwork.js";
import { runC } from "../support/compileC.js";
import { packageKernels } from "../support/packageKernels.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

/** FFTs that begin with a step by two and by four; with and without gains and logarithms; an odd number of samples. */
const options = [
  {},
  { rate: 8000, sizeMs: 32, stepMs: 16, channels: 20, lower: 60, upper: 3800 },
  { sizeMs: 8, stepMs: 8, pcan: false },
  { rate: 11025, sizeMs: 25, stepMs: 10, channels: 12, upper: 5000, log: false },
] as const;

/** Runs one input after the other, and keeps the states. */
const mainOfSequence = `
#include <stdio.h>
#include "network.h"

int main(void)
{
    while (fread(network_input(), 1, NETWORK_INPUT_BYTES, stdin) == NETWORK_INPUT_BYTES) {
        network_run();
        fwrite(network_output(), 1, NETWORK_OUTPUT_BYTES, stdout);
    }
    return 0;
}
`;

describe("audioFeatures", () => {
  const title = "gives the C library's values at every stage";
  it.skipIf(!hasSignals)(hasSignals ? title : `${title}: ${signalsAreMissing}`, () => {
    const signals = ["chirp_60_7500", "loud_quiet_steps", "square_clip", "tflm_yes_1000ms"];
    for (const configuration of readConfigurations()) {
      const isWhole = configuration.name === "wakeword";
      for (const signal of isWhole ? signals : signals.slice(0, 1)) {
        const counts = compareStages(configuration, signal);
        const stages = ["shift", "window", "fft", "sqrt", "estimate", "noise", "pcan", "features"];
        expect([...counts.keys()].sort()).toEqual(stages.sort());
        expect([...counts.values()].filter(({ different }) => different > 0)).toEqual([]);
      }
    }
  });

  const asDevices = "gives the int8 that devices give, through the planned kernel and in C";
  it.skipIf(!hasSignals)(hasSignals ? asDevices : `${asDevices}: ${signalsAreMissing}`, () => {
    for (const signal of ["all_min", "white_noise_full", "tflm_yes_1000ms"]) {
      const samples = readSignal(signal);
      const expected = Array.from(readGolden(`micro_speech/${signal}.int8`)!);
      const program = planProgram(audioNetwork(samples.length, { preset: "microSpeech" }));
      expect(runOracle(program, [samples]).slice(0, expected.length)).toEqual(expected);
      if (!signal.startsWith("tflm")) continue;
      expect(runGenerated(program, [samples]).slice(0, expected.length)).toEqual(expected);
    }
  });

  it("gives the same bytes in TypeScript and in the emitted C, on cores with packed arithmetic too", () => {
    for (const [index, one] of options.entries()) {
      const samples = 900 + 37 * index;
      const target = planningTargets[(index + 1) % 2]!;
      const program = planProgram(audioNetwork(samples, one), { target });
      const inputs = [0, 1, 5].map((seed) => soundOf(samples, seed));
      const expected = runOracle(program, inputs);
      expect(runGenerated(program, inputs)).toEqual(expected);
      expect(new Set(expected).size).toBeGreaterThan(4);
    }
  });

  it("gives a stream's bytes in C as in TypeScript", () => {
    const program = planProgram(audioStream({ frames: 2, channels: 12 }), { target: planningTargets[1] });
    const { source, header } = printNetwork(program, packageKernels);
    const parts = [0, 1, 5].map((seed) => soundOf(320, seed));
    const [states, input] = [
      resetStates(program),
      Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer))),
    ];
    const expected = parts.flatMap((part) => [...runProgram(program, part, undefined, states)]);
    const found = runC({ "network.c": source, "network.h": header, "main.c": mainOfSequence }, input);
    expect([...new Int8Array(found)]).toEqual(expected);
  });

  it("takes roots to the nearest, and 65535 for what lies below 2^32", () => {
    const root = (x: number) => squareRoot(Math.floor(x / 2 ** 14), x % 2 ** 14, 14);
    for (const r of [1, 2, 3, 181, 65534, 65537, 2 ** 20 + 1]) {
      expect([root(r * r), root(r * r + r), root(r * r + r + 1), root(r * r - r)]).toEqual([
        r,
        r,
        r + 1,
        r - 1,
      ]);
    }
    expect([root(0), root(2 ** 32 - 1), root(2 ** 32)]).toEqual([0, 65535, 65536]);
  });

  it("makes int8 of a feature as its division by 666 says", () => {
    for (let feature = 0; feature < 65536; feature++) {
      const quotient = Math.trunc((256 * feature + 333) / 666) - 128;
      if (audioInt8(feature) !== Math.min(127, quotient))
        expect([feature, audioInt8(feature)]).toBe(quotient);
    }
  });

  it("changes no quarter or half by the factor 32767 / 2^15, so that an FFT's first columns need none", () => {
    for (let value = -32768; value < 32768; value++) {
      for (const factor of [8191, 16383]) {
        const part = (value * factor + 16384) >> 15;
        if ((part * 32767 + 16384) >> 15 !== part) expect(value).toBe("kept");
      }
    }
  });

  it("is refused where its sums would leave int32", () => {
    const refuse = (change: Partial<AudioFrontEnd>) => () =>
      settleAudio("front", { ...createAudioFrontEnd(audioParameters()), ...change });
    expect(refuse({ bandStarts: Int16Array.from({ length: 42 }, (_, j) => (j < 41 ? 5 : 241)) })).toThrow(
      'layer "front": a band has 236 of the FFT\'s bins, 128 at most are possible',
    );
    expect(refuse({ snrShift: -1 })).toThrow("0 to 15 are possible");
    expect(refuse({ gain: new Int16Array(125).fill(-1) })).toThrow(
      'layer "front": its gains are -3 to -1 at 2 bits of noise; 0 to 32767 are possible',
    );
    expect(refuse({ gain: new Int16Array(125).fill(32767), snrShift: 0 })).toThrow("its gains");
  });
});
