import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { parseSound, parseWav, printWav, takeChannel } from "../../src/formats/wav.js";

interface Layout {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  /** Chunks before the samples. */
  readonly before?: Uint8Array;
  readonly dataSize?: number;
  readonly extension?: readonly number[];
}

const u16 = (value: number) => [value & 255, value >> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const ascii = (word: string) => [...Buffer.from(word, "latin1")];

function wav(data: readonly number[], layout: Layout = {}): Uint8Array {
  const { tag = 1, channels = 1, rate = 16_000, bits = 16, before = [], extension = [] } = layout;
  const frame = (channels * bits) / 8;
  const format = [
    ...[...u16(tag), ...u16(channels), ...u32(rate), ...u32(rate * frame), ...u16(frame), ...u16(bits)],
    ...extension,
  ];
  return Uint8Array.from([
    ...[...ascii("RIFF"), ...u32(0), ...ascii("WAVE"), ...ascii("fmt "), ...u32(format.length), ...format],
    ...[...before, ...ascii("data"), ...u32(layout.dataSize ?? data.length), ...data],
  ]);
}

const floats = (...values: number[]) => [...new Uint8Array(Float32Array.from(values).buffer)];
const samplesOf = (bytes: Uint8Array) => [...parseWav(bytes, "a.wav").samples];

describe("WAV files", () => {
  it("16 bits are taken as they are, channel behind channel", () => {
    const bytes = wav([1, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0x80], { channels: 2, rate: 44_100 });
    expect(parseWav(bytes, "a.wav")).toEqual({
      ...{ rate: 44_100, channels: 2, clipped: 0 },
      samples: Int16Array.of(1, -1, 32767, -32768),
    });
  });

  it("other depths become the nearest step, halves up", () => {
    expect(samplesOf(wav([0, 128, 255], { bits: 8 }))).toEqual([-32768, 0, 32512]);
    // 0x000180 / 256 is 1.5, 0xfffe80 is −1.5, and the largest is rounded to what int16 does not hold
    expect(
      samplesOf(wav([0x80, 1, 0, 0x80, 0xfe, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0x80], { bits: 24 })),
    ).toEqual([2, -1, 32767, -32768]);
    expect(samplesOf(wav([0, 0x80, 5, 0, 0xff, 0x7f, 5, 0], { bits: 32 }))).toEqual([6, 5]);
    const real = wav(floats(0.5, -1, 1, 1e-5), { tag: 3, bits: 32 });
    expect(parseWav(real, "a.wav")).toMatchObject({
      samples: Int16Array.of(16384, -32768, 32767, 0),
      clipped: 0,
    });
  });

  it("floats beyond full scale are counted", () => {
    const bytes = wav(floats(1.5, -1.01, 0), { tag: 3, bits: 32 });
    expect(parseWav(bytes, "a.wav")).toMatchObject({ samples: Int16Array.of(32767, -32768, 0), clipped: 2 });
    expect(() => parseWav(wav(floats(0, Number.NaN), { tag: 3, bits: 32 }), "a.wav")).toThrow(
      "a.wav: sample 1 is no number",
    );
  });

  it("an extensible format, chunks of other kinds and of odd size, and data without a size are read", () => {
    const extension = [...u16(22), ...u16(16), ...u32(0), ...u16(1), ...new Array<number>(14).fill(0)];
    expect(samplesOf(wav([7, 0], { tag: 0xfffe, extension }))).toEqual([7]);
    const list = Uint8Array.from([...ascii("LIST"), ...u32(3), 1, 2, 3, 0]);
    expect(samplesOf(wav([7, 0], { before: list }))).toEqual([7]);
    expect(samplesOf(wav([7, 0, 8, 0], { dataSize: 0xffff_ffff }))).toEqual([7, 8]);
    expect(samplesOf(wav([7, 0, 8, 0], { dataSize: 0 }))).toEqual([7, 8]);
    expect(samplesOf(wav([], { dataSize: 0 }))).toEqual([]);
  });

  it.each<[string, Uint8Array, string]>([
    ["of another kind", Uint8Array.from(ascii("OggS and more")), "a WAV file begins with RIFF"],
    ["compressed", wav([0, 0], { tag: 2, bits: 4 }), "holds samples of format 2 with 4 bits"],
    ["cut off", wav([0, 0], { dataSize: 8 }), "is cut off: 8 bytes of samples are said, 2 are there"],
    ["too slow", wav([0, 0], { rate: 8 }), "has 8 samples a second; 100 to 768000 are read"],
    ["without a channel", wav([0, 0], { channels: 0 }), "says 0 channels of 16 bits in 0 bytes"],
    ["cut in its format", wav([]).subarray(0, 30), "its format (fmt) takes at least 16 bytes, found 16"],
    ["without samples", wav([]).subarray(0, 36), "has no samples (data)"],
    [
      "without a format",
      Uint8Array.from([...ascii("RIFF    WAVEdata"), ...u32(2), 0, 0]),
      "come before what they are",
    ],
  ])("%s is refused", (_, bytes, complaint) => {
    expect(() => parseWav(bytes, "a.wav")).toThrow(complaint);
  });

  it("damaged files are sounds or refused, never anything else", () => {
    const bytes = wav([1, 2, 3, 4, 5, 6, 7, 8], {
      before: Uint8Array.from([...ascii("LIST"), ...u32(2), 1, 2]),
    });
    const complaints = new Set<string>();
    for (let seed = 1; seed <= 5000; seed++) {
      const random = new Random(seed);
      const mutant = bytes.slice(0, random.integer(8) === 0 ? random.integer(bytes.length) : bytes.length);
      for (let k = 0; k <= random.integer(3) && mutant.length > 0; k++) {
        mutant[random.integer(mutant.length)] = [0, 1, 127, 255, random.integer(256)][random.integer(5)]!;
      }
      try {
        expect(parseWav(mutant, "a.wav").samples.length).toBeLessThan(60);
      } catch (error) {
        if ((error as Error).name !== "UserError") throw error;
        complaints.add((error as Error).message.replace(/\d+/g, "#"));
      }
    }
    expect(complaints.size).toBeGreaterThan(7);
  });

  it("what is printed is read again", () => {
    const sound = { rate: 22_050, channels: 2, samples: Int16Array.of(1, -2, 32767, -32768) };
    expect(parseWav(printWav(sound), "a.wav")).toEqual({ ...sound, clipped: 0 });
  });
});

describe("sounds of any file", () => {
  it("raw PCM is int16, the low byte first", () => {
    expect(parseSound(Uint8Array.of(1, 0, 0, 0x80), "a.PCM", 8000)).toEqual({
      ...{ rate: 8000, channels: 1, clipped: 0 },
      samples: Int16Array.of(1, -32768),
    });
    expect(() => parseSound(Uint8Array.of(1, 0, 0), "a.raw")).toThrow(
      "a.raw: raw PCM has two bytes a sample, found 3 bytes",
    );
  });

  it("one channel is taken, or the mean, halves up", () => {
    const sound = { channels: 2, samples: Int16Array.of(1, 2, -3, -4) };
    expect(takeChannel(sound, undefined, "a.wav")).toEqual(Int16Array.of(2, -3));
    expect(takeChannel(sound, 1, "a.wav")).toEqual(Int16Array.of(2, -4));
    expect(() => takeChannel(sound, 2, "a.wav")).toThrow("a.wav: has channels 0..1, found no channel 2");
  });
});
