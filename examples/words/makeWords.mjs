// Makes the WAVs of this example: four words and others, said by four voices of flite, faster and slower, higher and lower,
// at another place of a second and over noise: `node examples/words/makeWords.mjs`. It needs flite (Debian: apt-get install
// flite). Synthetic speech: a network that knows these voices knows no people. Seeded; the same flite gives the same bytes.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import MersenneTwister from "mersenne-twister";

const folder = fileURLToPath(new URL("data", import.meta.url));
const rate = 16_000;
const classes = {
  yes: ["yes"],
  no: ["no"],
  stop: ["stop"],
  go: ["go"],
  other: ["seven", "house", "left", "marvin"],
};
const voices = ["kal16", "awb", "rms", "slt"];
const stretches = [0.8, 0.9, 1, 1.15, 1.3];
/** Kept for the test: the network hears these voices at other speeds only. */
const keptStretch = 1;
const shifts = [0.9, 1, 1.1];

const twister = new MersenneTwister(1);
const temporary = mkdtempSync(join(tmpdir(), "words-"));

/** @returns int16 samples, or undefined without flite */
function say(word, voice, stretch, shift) {
  const file = join(temporary, "said.wav");
  const settings = ["--setf", `duration_stretch=${stretch}`, "--setf", `f0_shift=${shift}`];
  const { status } = spawnSync("flite", ["-voice", voice, ...settings, "-t", word, file]);
  if (status !== 0) return undefined;
  const bytes = readFileSync(file);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length));
}

/** A second of noise with the word somewhere in it. */
function place(said) {
  const loudness = 0.3 + 0.7 * twister.random();
  const noise = 10 ** (1 + 1.2 * twister.random());
  const first = Math.floor(twister.random() * Math.max(1, rate - said.length));
  return Int16Array.from({ length: rate }, (_, i) => {
    const word = said[i - first] ?? 0;
    const value = Math.round(word * loudness + noise * (2 * twister.random() - 1));
    return Math.min(32767, Math.max(-32768, value));
  });
}

function wav(samples) {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); // PCM
  bytes.writeUInt16LE(1, 22); // one channel
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => {
    bytes.writeInt16LE(sample, 44 + 2 * i);
  });
  return bytes;
}

rmSync(folder, { recursive: true, force: true });
let count = 0;
for (const [name, words] of Object.entries(classes)) {
  for (const voice of voices) {
    for (const stretch of stretches) {
      const part = join(folder, stretch === keptStretch ? "test" : "train", name);
      mkdirSync(part, { recursive: true });
      for (const shift of shifts) {
        // of each class as many
        const said = say(words[count % words.length], voice, stretch, shift);
        if (said === undefined) {
          rmSync(folder, { recursive: true, force: true });
          console.error("there is no flite that speaks: sudo apt-get install flite");
          process.exit(1);
        }
        for (let take = 0; take < 2; take++) {
          writeFileSync(join(part, `${voice}-${String(count++).padStart(4, "0")}.wav`), wav(place(said)));
        }
      }
    }
  }
}
rmSync(temporary, { recursive: true });
console.log(`${count} sounds of a second in ${folder}`);
