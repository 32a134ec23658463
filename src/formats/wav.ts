import { extname } from "node:path";
import { UserError } from "../base/errors.js";

/** What a microphone or a file gives. */
export interface Sound {
  /** Samples a second of each channel. */
  readonly rate: number;
  readonly channels: number;
  /** [frames, channels] */
  readonly samples: Int16Array;
  /** How many samples a file of floats has that int16 does not hold; they became the nearest that it does. */
  readonly clipped: number;
}

/** How the samples of a file are stored. */
interface SampleFormat {
  readonly bytes: number;
  /** @returns in steps of int16, neither rounded nor clamped */
  readonly read: (view: DataView, offset: number) => number;
}

const integers: Readonly<Record<number, SampleFormat>> = {
  8: { bytes: 1, read: (view, offset) => (view.getUint8(offset) - 128) * 256 },
  16: { bytes: 2, read: (view, offset) => view.getInt16(offset, true) },
  24: {
    bytes: 3,
    read: (view, offset) => view.getInt16(offset + 1, true) + view.getUint8(offset) / 256,
  },
  32: { bytes: 4, read: (view, offset) => view.getInt32(offset, true) / 65536 },
};

const floats: Readonly<Record<number, SampleFormat>> = {
  32: { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) * 32768 },
  64: { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) * 32768 },
};

/** Format tags; an extensible format names one of the others. */
const tags = { integer: 1, float: 3, extensible: 0xfffe };

const mostChannels = 64;
const rates = [100, 768_000] as const;

/**
 * Reads a WAV file of PCM: integers of 8, 16, 24 or 32 bits, or floats of 32 or 64, where ±1 is full scale. What is finer
 * than int16 is rounded, halves up.
 *
 * @param name the file, for messages
 * @throws UserError when the bytes are no such file, or fewer than it says
 * Source: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991, Waveform Audio File
 *   Format; Microsoft, "Multiple channel audio data and WAVE files" (WAVEFORMATEXTENSIBLE).
 */
export function parseWav(bytes: Uint8Array, name: string): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (offset: number) => String.fromCharCode(...bytes.subarray(offset, offset + 4));
  if (bytes.length < 12 || word(0) !== "RIFF" || word(8) !== "WAVE") {
    throw new UserError(
      `${name}: a WAV file begins with RIFF, its size and WAVE; this one does not`,
      "save it as WAV, PCM of 16 bits: ffmpeg -i sound.mp3 -c:a pcm_s16le sound.wav",
    );
  }
  let format: ReturnType<typeof readFormat> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, size] = [word(at), view.getUint32(at + 4, true)];
    const body = at + 8;
    if (id === "data") {
      if (format === undefined) throw new UserError(`${name}: its samples come before what they are (fmt)`);
      return readData(view, body, size, format, name);
    }
    if (id === "fmt ") format = readFormat(view, body, size, name);
    at = body + size + (size % 2);
  }
  throw new UserError(`${name}: has no ${format === undefined ? "format (fmt)" : "samples (data)"}`);
}

/** Endings of files without a head: int16, the low byte first, one channel. */
export const pcmExtensions: readonly string[] = [".pcm", ".raw"];

/**
 * Reads a sound by its file's ending: raw PCM or WAV.
 *
 * @param pcmRate samples a second of raw PCM, which does not say
 * @throws UserError as {@link parseWav}, and where raw PCM ends within a sample
 */
export function parseSound(bytes: Uint8Array, path: string, pcmRate = 0): Sound {
  if (!pcmExtensions.includes(extname(path).toLowerCase())) return parseWav(bytes, path);
  if (bytes.length % 2 !== 0) {
    throw new UserError(
      `${path}: raw PCM has two bytes a sample, found ${bytes.length} bytes`,
      "save it as a .wav, which says what it holds",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = Int16Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true));
  return { rate: pcmRate, channels: 1, samples, clipped: 0 };
}

function readFormat(view: DataView, at: number, size: number, name: string) {
  if (size < 16 || at + size > view.byteLength) {
    throw new UserError(`${name}: its format (fmt) takes at least 16 bytes, found ${size}`);
  }
  const [channels, rate, bits] = [
    view.getUint16(at + 2, true),
    view.getUint32(at + 4, true),
    view.getUint16(at + 14, true),
  ];
  const outer = view.getUint16(at, true);
  const tag = outer === tags.extensible && size >= 26 ? view.getUint16(at + 24, true) : outer;
  const format = (tag === tags.integer ? integers : tag === tags.float ? floats : {})[bits];
  if (format === undefined) {
    throw new UserError(
      `${name}: holds samples of format ${tag} with ${bits} bits; PCM of 8, 16, 24 or 32 bits and floats are read`,
      "save it as PCM of 16 bits: ffmpeg -i in.wav -c:a pcm_s16le out.wav",
    );
  }
  if (channels < 1 || channels > mostChannels || view.getUint16(at + 12, true) !== channels * format.bytes) {
    throw new UserError(
      `${name}: says ${channels} channels of ${bits} bits in ${view.getUint16(at + 12, true)} bytes; 1 to ${mostChannels} channels are read`,
    );
  }
  if (rate < rates[0] || rate > rates[1]) {
    throw new UserError(`${name}: has ${rate} samples a second; ${rates[0]} to ${rates[1]} are read`);
  }
  return { channels, rate, format };
}

function readData(
  view: DataView,
  start: number,
  size: number,
  { channels, rate, format }: ReturnType<typeof readFormat>,
  name: string,
): Sound {
  const there = view.byteLength - start;
  // a program that wrote into a pipe did not know how many there would be
  const isOpen = size === 0xffff_ffff || (size === 0 && there > 0);
  const frameBytes = channels * format.bytes;
  if (!isOpen && size > there) {
    throw new UserError(
      `${name}: is cut off: ${size} bytes of samples are said, ${there} are there`,
      "copy the file again",
    );
  }
  const frames = Math.floor((isOpen ? there : size) / frameBytes);
  const samples = new Int16Array(frames * channels);
  let clipped = 0;
  for (let i = 0; i < samples.length; i++) {
    const value = format.read(view, start + i * format.bytes);
    if (Number.isNaN(value)) {
      throw new UserError(`${name}: sample ${Math.floor(i / channels)} is no number`);
    }
    const rounded = Math.floor(value + 0.5);
    samples[i] = Math.min(32767, Math.max(-32768, rounded));
    // the largest of finer integers, and +1.0, are a step over int16's
    if (rounded > 32768 || rounded < -32768) clipped++;
  }
  return { rate, channels, samples, clipped };
}

/**
 * One channel of a sound, or the mean of all, halves up.
 *
 * @param channel from 0 on; undefined for the mean
 * @throws UserError when the sound has no such channel
 */
export function takeChannel(
  { samples, channels }: Pick<Sound, "samples" | "channels">,
  channel: number | undefined,
  name: string,
): Int16Array {
  if (channel !== undefined && !(Number.isInteger(channel) && channel >= 0 && channel < channels)) {
    throw new UserError(`${name}: has channels 0..${channels - 1}, found no channel ${channel}`);
  }
  if (channels === 1) return samples;
  return Int16Array.from({ length: samples.length / channels }, (_, frame) => {
    if (channel !== undefined) return samples[frame * channels + channel]!;
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += samples[frame * channels + c]!;
    return Math.floor(sum / channels + 0.5);
  });
}

/** A WAV file of PCM with 16 bits. */
export function printWav({ rate, channels, samples }: Omit<Sound, "clipped">): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, word: string) => bytes.set(Buffer.from(word, "latin1"), offset);
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, tags.integer, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    view.setInt16(44 + 2 * i, sample, true);
  });
  return bytes;
}
