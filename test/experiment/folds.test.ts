import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { spreadOf, trainFolds, worstFold } from "../../src/experiment/trainFolds.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { accuracy, adam, dense, softmax, softmaxCrossEntropy } from "../../src/index.js";
import type { Dataset, SampleWindows } from "../../src/train/data/dataset.js";
import { foldSamples } from "../../src/train/data/folds.js";
import { takeSamples } from "../../src/train/data/split.js";
import { pinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";

/** Samples of these classes; the input is the class and some noise. */
function dataOf(classes: readonly number[], windows?: SampleWindows): Dataset {
  const random = new Random(3);
  const values = classes.flatMap((label) => [label + 0.3 * random.normal(), random.normal()]);
  return {
    inputs: Tensor.from([classes.length, 2], Float32Array.from(values)),
    targets: Uint8Array.from(classes),
    ...(windows && { windows }),
  };
}

const countOf = (samples: Int32Array, classes: readonly number[], label: number): number =>
  samples.filter((sample) => classes[sample] === label).length;
const sorted = (samples: Iterable<number>): number[] => [...samples].sort((a, b) => a - b);
const everySample = (count: number): number[] => Array.from({ length: count }, (_, sample) => sample);

describe("folds", () => {
  const classes = Array.from({ length: 41 }, (_, i) => (i % 4 === 0 ? 1 : 0));

  it("hold each sample once, classes alike, and the same for the same seed", () => {
    const { folds, unit } = foldSamples(dataOf(classes), 5, 7);
    expect(unit).toBe("sample");
    expect(sorted(folds.flatMap(({ held }) => [...held]))).toEqual(everySample(41));
    for (const { training, held } of folds) {
      expect(sorted([...training, ...held])).toEqual(everySample(41));
      // 11 and 30 of 41: two or three, and six
      expect([2, 3]).toContain(countOf(held, classes, 1));
      expect(countOf(held, classes, 0)).toBe(6);
    }
    expect(foldSamples(dataOf(classes), 5, 7).folds).toEqual(folds);
    expect(foldSamples(dataOf(classes), 5, 8).folds).not.toEqual(folds);
  });

  it("keep a recording's windows together", () => {
    const recordings = Int32Array.from({ length: 40 }, (_, i) => i % 8);
    const starts = Int32Array.from({ length: 40 }, (_, i) => 2 * Math.floor(i / 8));
    const labels = [...recordings].map((recording) => recording % 2);
    const windows = { recordings, starts, rows: 4, splitBy: "time" } as const;
    const { folds, unit } = foldSamples(dataOf(labels, windows), 4, 1);
    expect(unit).toBe("recording");
    const heldOf = folds.map(({ held }) => new Set([...held].map((sample) => recordings[sample])));
    expect(sorted(heldOf.flatMap((each) => [...each]))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const [fold, { held }] of folds.entries()) {
      expect(countOf(held, labels, 0)).toBe(5);
      expect(heldOf[fold]!.size).toBe(2);
    }
  });

  it("cut recordings in time where there are fewer than folds, and no row is on both sides", () => {
    const recordings = Int32Array.from({ length: 40 }, (_, i) => Math.floor(i / 20));
    const starts = Int32Array.from({ length: 40 }, (_, i) => 2 * (i % 20));
    const windows = { recordings, starts, rows: 5, splitBy: "file" } as const;
    const { folds, unit } = foldSamples(dataOf([...recordings], windows), 4, 1);
    expect(unit).toBe("stretch");
    expect(sorted(folds.flatMap(({ held }) => [...held]))).toEqual(everySample(40));
    const rowsOf = (samples: Int32Array) =>
      new Set(
        [...samples].flatMap((s) => everySample(5).map((row) => 100 * recordings[s]! + starts[s]! + row)),
      );
    for (const { training, held } of folds) {
      expect([...rowsOf(training)].filter((row) => rowsOf(held).has(row))).toEqual([]);
      expect(training.length).toBeGreaterThan(20);
      expect(countOf(held, [...recordings], 0)).toBe(5);
    }
  });

  it("need a sample each, and windows enough", () => {
    expect(() => foldSamples(dataOf([0, 1, 0]), 4, 1)).toThrow("4 folds need 4 samples, found 3");
    const windows = {
      ...{ recordings: Int32Array.of(0, 0, 0), starts: Int32Array.of(0, 1, 2) },
      ...{ rows: 8, splitBy: "time" as const },
    };
    expect(() => foldSamples(dataOf([0, 0, 0], windows), 2, 1)).toThrow(
      "3 windows of 1 recordings are too few for 2 folds",
    );
  });
});

describe("training with folds", () => {
  const classes = Array.from({ length: 30 }, (_, i) => i % 2);
  const experiment = {
    ...{ name: "folds", seed: 4, epochs: 3, batchSize: 8, network: [dense(2), softmax()] },
    data: { train: dataOf(classes), test: dataOf([0, 1, 1]) },
    ...{ loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05 }), metrics: [accuracy] },
  };

  it("gives for each fold what a training without it gives on it", async () => {
    const outcome = await trainFolds(experiment, 3);
    expect(outcome).toMatchObject({ unit: "sample", testSamples: 3 });
    const { training, held } = foldSamples(experiment.data.train, 3, 4).folds[1]!;
    const alone = await trainModel({
      ...experiment,
      data: {
        train: takeSamples(experiment.data.train, training),
        test: takeSamples(experiment.data.train, held),
      },
    });
    expect(outcome.folds[1]).toMatchObject({
      ...{ fold: 2, samples: { train: 20, held: 10 }, loss: alone.test!.loss },
      ...{ float: alone.test!.metrics, int8: alone.testInt8 },
    });
    const losses = outcome.folds.map(({ loss }) => loss!);
    expect(worstFold(outcome).loss).toBe(Math.max(...losses));
  });

  it("has a deviation of the sample", () => {
    // mean 3; squares 4, 0, 4; 8 / 2
    expect(spreadOf([1, 3, 5])).toEqual({ mean: 3, deviation: 2 });
    expect(spreadOf([1, Number.NaN]).mean).toBeNaN();
  });

  it("prints mean and deviation, writes no model, and is checked as a training is", () => {
    const folder = temporaryDirectory();
    writeFileSync(
      join(folder, "experiment.ts"),
      `import { accuracy, adam, dense, softmax, softmaxCrossEntropy, Tensor } from "pinfer";
const inputs = Tensor.from([12, 1], Float32Array.from({ length: 12 }, (_, i) => i % 2));
export default { name: "two", seed: 1, epochs: 20, batchSize: 4, network: [dense(2), softmax()], metrics: [accuracy],
  data: { train: { inputs, targets: Uint8Array.from({ length: 12 }, (_, i) => i % 2) } },
  loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.5 }) };
`,
    );
    const train = (...more: string[]) =>
      pinfer(["train", "experiment.ts", "--folds", "3", "--quiet", ...more], { cwd: folder });
    const text = train("--junit", "checks.xml", "--min-accuracy", "0.9");
    expect(text.stdout).toMatch(/^held out .*loss {2}accuracy, float {2,}int8\nfold 1 +4 /);
    expect(text.stdout).toMatch(/\nmean ± deviation +\d\.\d{4} ± \d\.\d{4} +\d\.\d{4} ± \d\.\d{4} /);
    expect(text.stdout).toMatch(
      /\n\nworst: fold \d, loss \d\.\d{4}\neach fold: samples drawn at random; no model was written\n$/,
    );
    const xml = readFileSync(join(folder, "checks.xml"), "utf8");
    for (const name of ["fold 3 has an integer network", "--min-accuracy 0.9"]) expect(xml).toContain(name);
    expect(text.code).toBe(0);
    const json = JSON.parse(train("--json").stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ unit: "sample", failures: [] });
    expect(json.folds).toHaveLength(3);
    expect(json.int8).toEqual({ accuracy: { mean: expect.any(Number), deviation: expect.any(Number) } });
    expect(existsSync(join(folder, "model.json"))).toBe(false);
    expect(train("--checkpoint-seconds", "9").stderr).toBe(
      "error: --checkpoint-seconds and --folds do not go together: folds keep no checkpoints, and begin anew when they are cut\n" +
        "hint: leave out --checkpoint-seconds, or --folds\n",
    );
  });
});
