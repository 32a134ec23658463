import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { trainModel } from "../../../src/experiment/trainModel.js";
import { prepareData } from "../../../src/search/trainCandidate.js";
import type { Dataset } from "../../../src/train/data/dataset.js";
import { recordings } from "../../../src/train/data/recordings.js";
import { split } from "../../../src/train/data/split.js";
import { splitSamples } from "../../../src/train/data/splitSamples.js";
import { accuracy } from "../../../src/train/fitting/metrics.js";
import { dense } from "../../../src/train/layers/dense.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import { flatten } from "../../../src/train/layers/reshape.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../../src/train/optimizers/adam.js";
import { userError } from "../userError.js";
import { useDataFolder } from "./dataFolder.js";

const folder = useDataFolder();

/**
 * Files a-00, b-01, a-02, …: the number of the file and of the row, and noise that changes slowly, so that windows one
 * row apart are nearly the same. Only the names tell the classes.
 */
function writeNoise(files: number, rows: number): void {
  const random = new Random(11);
  for (let file = 0; file < files; file++) {
    const noise = [0, 0, 0];
    const lines = Array.from({ length: rows }, (_, row) => {
      for (const channel of noise.keys()) noise[channel] = 0.9 * noise[channel] + random.normal();
      return [file, row, ...noise.map((value) => value.toFixed(5))].join(",");
    });
    const name = `${"ab"[file % 2]}-${String(file).padStart(2, "0")}.csv`;
    folder.write(name, `file,row,x,y,z\n${lines.join("\n")}\n`);
  }
}

/** "file:row" of every row in samples. */
function rowsOf({ inputs: { data, shape } }: Dataset, samples?: Int32Array): Set<string> {
  const size = shape[1] * shape[2];
  const chosen = samples ?? Int32Array.from({ length: shape[0] }, (_, sample) => sample);
  const rows = [...chosen].flatMap((sample) =>
    Array.from({ length: shape[1] }, (_, row) => {
      const at = sample * size + row * shape[2];
      return `${data[at]}:${data[at + 1]}`;
    }),
  );
  return new Set(rows);
}

const common = (a: Set<string>, b: Set<string>) => [...a].filter((row) => b.has(row));

describe("windows that overlap", () => {
  it.each(["time", "file"] as const)(
    "share no row with those held back by the experiment, by %s",
    (splitBy) => {
      writeNoise(10, 100);
      const { train } = recordings(folder.path, { window: 16, step: 2, splitBy });
      const { training, validation } = splitSamples(train, 0.2, new Random(1));
      const held = validation!.samples;
      expect(common(rowsOf(train, training), rowsOf(train, held))).toEqual([]);
      // (100 − 16) / 2 + 1 = 43 windows of each recording: a fifth of each, or two recordings
      expect(held.length).toBe(splitBy === "time" ? 9 * 10 : 43 * 2);
      const files = (samples: Int32Array) =>
        new Set(Array.from(samples, (sample) => train.windows!.recordings[sample]));
      expect([files(training).size, files(held).size]).toEqual(splitBy === "time" ? [10, 10] : [8, 2]);
    },
  );

  it("share no row between any parts of split()", () => {
    writeNoise(4, 200);
    const { train: whole } = recordings(folder.path, { window: 16, step: 4 });
    const parts = split(whole, { validation: 0.2, test: 0.3 });
    const rows = [parts.train, parts.validation!, parts.test!].map((part) => rowsOf(part));
    expect(common(rows[0], rows[1])).toEqual([]);
    expect(common(rows[0], rows[2])).toEqual([]);
    expect(common(rows[1], rows[2])).toEqual([]);
    expect(Math.min(...rows.map((part) => part.size))).toBeGreaterThan(0);
    expect(parts.test!.windows!.starts.length).toBe(parts.test!.inputs.shape[0]);
  });

  it("are held back as whole recordings where these are too short to be cut", () => {
    writeNoise(20, 18); // 3 windows each
    const { train } = recordings(folder.path, { window: 16, step: 1 });
    const { training, validation } = splitSamples(train, 0.1, new Random(1));
    expect([training.length, validation!.samples.length]).toEqual([54, 6]);
    expect(common(rowsOf(train, training), rowsOf(train, validation!.samples))).toEqual([]);
  });

  it("that cannot be parted are refused", () => {
    writeNoise(2, 18);
    const { train } = recordings(folder.path, { window: 16, step: 1 });
    expect(() => splitSamples(train, 0.1, new Random(1))).toThrow(
      userError(
        "6 overlapping windows of 2 recordings cannot be shared out with 0.1 held back: every row must be in one part only",
      ) as Error,
    );
  });

  it("of noise are told apart no better than coins, in training and for a search", async () => {
    writeNoise(8, 300);
    const loaded = recordings(folder.path, { window: 32, step: 1, test: 0.25, columns: ["x", "y", "z"] });
    const experiment = {
      ...{ name: "noise", seed: 1, batchSize: 32, epochs: 25, validation: 0.2, metrics: [accuracy] },
      network: [flatten(), dense(64), relu(), dense(2), softmax()],
      loss: softmaxCrossEntropy(),
      optimizer: adam({ learningRate: 0.01 }),
    };
    const judged = [
      { ...experiment, data: loaded },
      { ...experiment, data: prepareData({ ...experiment, data: loaded }).data },
    ];
    for (const each of judged) {
      const { history } = await trainModel(each);
      expect(history.epochs.at(-1)!.loss).toBeLessThan(0.2); // learnt by heart
      expect(Math.abs(history.epochs.at(-1)!.validation!.metrics.accuracy - 0.5)).toBeLessThanOrEqual(0.1);
    }
  });
});

it("windows that do not overlap are drawn at random", () => {
  writeNoise(4, 160);
  const { train } = recordings(folder.path, { window: 16 });
  const { validation } = splitSamples(train, 0.25, new Random(1));
  const drawn = new Random(1).permutation(40).slice(0, 10).sort();
  expect(validation!.samples).toEqual(drawn);
});

it("split leaves a class's only sample to the training", () => {
  const targets = Uint8Array.from([...new Array(10).fill(0), ...new Array(10).fill(1), 2]);
  const data = {
    inputs: Tensor.from(
      [21, 1],
      Array.from({ length: 21 }, (_, i) => i),
    ),
    targets,
  };
  for (let seed = 1; seed <= 20; seed++) {
    const { train, test } = split(data, { test: 0.5, seed });
    expect([...(train.targets as Uint8Array)]).toContain(2);
    expect(test!.inputs.shape[0]).toBe(11);
  }
});
