import { describe, expect, it } from "vitest";
import { readSamples } from "../../../src/formats/samples.js";
import { printWav } from "../../../src/formats/wav.js";
import { soundFolder } from "../../../src/train/data/soundFolder.js";
import { useDataFolder } from "./dataFolder.js";

const folder = useDataFolder();
const wav = (values: readonly number[], { rate = 1000, channels = 1 } = {}) =>
  Buffer.from(printWav({ rate, channels, samples: Int16Array.from(values) }));

const count = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);

describe("a folder of sounds", () => {
  it("becomes samples in steps of int16, cut or filled to one length", () => {
    folder.write("yes/a.wav", wav(count(1, 9)));
    folder.write("no/b.wav", wav([-32768, 32767]));
    folder.write("no/c.pcm", Uint8Array.of(5, 0, 0xff, 0xff, 7, 0, 8, 0));
    const { train, warnings } = soundFolder(folder.path, { rate: 1000, seconds: 0.004 });
    expect(train.classNames).toEqual(["no", "yes"]);
    expect(train.inputs.shape).toEqual([4, 4]);
    expect([...train.inputs.data]).toEqual([
      ...[-32768, 32767, 0, 0, 5, -1, 7, 8],
      ...[1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    expect([...(train.targets as Int32Array)]).toEqual([0, 0, 1, 1]);
    expect(warnings).toEqual([
      {
        message: "soundFolder: 1 of 3 sounds are shorter than 0.004 s; silence follows them",
        hint: "give fewer seconds, or longer sounds",
      },
    ]);
  });

  it("windows that overlap stay in one part", () => {
    for (const name of ["a", "b", "c", "d"]) {
      folder.write(`low/${name}.wav`, wav(count(0, 10)));
      folder.write(`high/${name}.wav`, wav(count(100, 10)));
    }
    const { train, test } = soundFolder(folder.path, {
      rate: 1000,
      seconds: 0.004,
      stepSeconds: 0.002,
      test: 0.25,
    });
    expect([train.inputs.shape, test?.inputs.shape]).toEqual([
      [24, 4],
      [8, 4],
    ]);
    const held = new Set(test?.windows?.recordings);
    expect(held.size).toBe(2);
    expect([...train.windows!.recordings].filter((recording) => held.has(recording))).toEqual([]);
  });

  it("is brought to one rate and one channel", () => {
    const constant = new Array<number>(400).fill(1000);
    folder.write("a/x.wav", wav(constant, { rate: 2000 }));
    folder.write(
      "b/x.wav",
      wav(
        constant.flatMap((v) => [v, v + 500]),
        { channels: 2 },
      ),
    );
    const mean = soundFolder(folder.path, { rate: 1000, seconds: 0.2 });
    expect([...mean.train.inputs.data.slice(50, 150)]).toEqual(new Array(100).fill(1000));
    expect(mean.train.inputs.data[200]).toBe(1250);
    folder.write(
      "a/x.wav",
      wav(
        constant.flatMap((v) => [v, v]),
        { channels: 2 },
      ),
    );
    const second = soundFolder(folder.path, { rate: 1000, seconds: 0.2, channel: 1 });
    expect(second.train.inputs.data[400]).toBe(1500);
  });

  it("names the file that is none", () => {
    folder.write("a/x.wav", wav([1, 2]));
    folder.write("a/y.wav", "no sound");
    folder.write("b/z.wav", wav([]));
    const options = { rate: 1000, seconds: 0.002 };
    expect(folder.complaint(() => soundFolder(folder.path, options))).toMatch(
      /^a\/y.wav: a WAV file begins with/,
    );
    folder.write("b/x.wav", wav([1, 2]));
    const { skipped } = soundFolder(folder.path, { ...options, onBadFile: "skip" });
    expect(skipped.count).toBe(2);
    expect(skipped.first[1]).toMatch(/b\/z.wav: holds no samples$/);
    expect(folder.complaint(() => soundFolder(folder.path, { ...options, channel: 1 }))).toBe(
      "a/x.wav: has channels 0..0, found no channel 1",
    );
    for (const wrong of [
      { rate: 1000.5, seconds: 1 },
      { rate: 1000, seconds: 0 },
      { rate: 10, seconds: 1 },
    ]) {
      expect(folder.complaint(() => soundFolder(folder.path, wrong))).toMatch(
        /^soundFolder: rate must be an integer/,
      );
    }
  });

  it("tells of what is clipped", () => {
    const loud = Buffer.from(wav([0, 0]));
    loud.writeUInt16LE(3, 20); // floats
    loud.writeUInt16LE(4, 32);
    loud.writeUInt16LE(32, 34);
    loud.writeFloatLE(2, 44);
    folder.write("a/x.wav", loud);
    folder.write("b/x.wav", wav([1]));
    const { warnings } = soundFolder(folder.path, { rate: 1000, seconds: 0.001 });
    expect(warnings).toHaveLength(1);
    expect(warnings![0]!.message).toMatch(
      /^soundFolder: 1 of 2 sounds go beyond full scale and are clipped, the first: .*a\/x.wav$/,
    );
  });
});

describe("a sound as samples of a network", () => {
  it("is taken sample after sample, and what is left over is told", () => {
    const path = folder.write("a.wav", wav(count(1, 10)));
    const samples = readSamples(path, { shape: [2, 2] });
    expect(samples.shape).toEqual([2, 2, 2]);
    expect([...samples.data]).toEqual(count(1, 8));
    expect(samples.warnings.map(({ message }) => message)).toEqual([
      `${path}: its 1000 values a second are taken one by one, whatever the network was trained with`,
      `${path}: its last 2 values are less than a sample and left out`,
    ]);
    expect(readSamples(path).shape).toEqual([1, 10]);
    expect(readSamples(path, { rate: 1000 }).warnings).toEqual([]);
    const slower = readSamples(path, { rate: 500 });
    expect([slower.shape, slower.warnings]).toEqual([
      [1, 5],
      [{ message: `${path}: is brought from 1000 values a second to the network's 500` }],
    ]);
    const raw = folder.write("a.raw", Uint8Array.of(1, 0, 2, 0));
    expect(readSamples(raw, { rate: 16000 })).toMatchObject({ shape: [1, 2], warnings: [] });
    expect(folder.complaint(() => readSamples(path, { shape: [11] }))).toBe(
      "a.wav: holds 10 values of sound; a sample takes 11",
    );
  });
});
