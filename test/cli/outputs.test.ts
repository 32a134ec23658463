import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { keepCheckpoints, TrainingStopped } from "../../src/cli/checkpoint.js";
import { keepComparison } from "../../src/cli/keepComparison.js";
import { tryToKeep } from "../../src/cli/tryToKeep.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { trainExperiment } from "../../src/experiment/trainExperiment.js";
import { writeModel } from "../../src/model/modelFile.js";
import { dense } from "../../src/train/layers/dense.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { sgd } from "../../src/train/optimizers/sgd.js";
import { createModel } from "../support/smallModel.js";
import { pinfer } from "./pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-outputs-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("an output that cannot be written", () => {
  const long = `${"n".repeat(251)}.json`;
  beforeAll(() => {
    mkdirSync(join(folder, "taken.json"));
    mkdirSync(join(folder, "taken.checkpoint"));
    writeFileSync(join(folder, "file"), "");
    writeModel(join(folder, "small.json"), createModel());
    writeFileSync(
      join(folder, "late.ts"),
      `import { accuracy, adam, defineExperiment, defineSearch, dense, softmax, softmaxCrossEntropy } from "pinfer";
      export default defineExperiment({
        name: "late", seed: 1, data: () => { throw new Error("hours have begun"); }, network: [dense(2), softmax()],
        loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.1 }), epochs: 1, batchSize: 1, metrics: [accuracy],
      });
      export const search = defineSearch({ vary: { a: [1] }, candidate: () => ({}) });`,
    );
  });

  it.each([
    [
      "train late.ts -o taken.json",
      /^error: cannot write taken\.json: it is a folder\nhint: choose another name\n$/,
    ],
    [
      `train late.ts -o ${long}`,
      /^error: cannot write n+\.json: ENAMETOOLONG.*\nhint: choose a shorter name\n$/,
    ],
    ["train late.ts --report taken.json", /^error: cannot write taken\.json: it is a folder\n/],
    ["train late.ts --test-samples file", /^error: cannot make the folder file: EEXIST/],
    ["train late.ts --checkpoint file/deep", /^error: cannot make the folder file\/deep: ENOTDIR/],
    ["train late.ts -o taken.checkpoint/../taken2.json --checkpoint taken.json", /hours have begun/],
    [
      "train late.ts -o elsewhere/taken.json --checkpoint .",
      /^error: cannot write taken\.checkpoint: it is a folder\n/,
    ],
    ["search late.ts -o file", /^error: cannot make the folder file: EEXIST/],
    ["search late.ts -o .", /hours have begun/],
    [
      "predict small.json --input none.npy -o taken.json",
      /^error: cannot write taken\.json: it is a folder\n/,
    ],
    [
      "compare small.json --host-c --input none.npy --state taken.json",
      /^error: cannot write taken\.json: it is a f/,
    ],
    ["profile small.json --host-c --report taken.json", /^error: cannot write taken\.json: it is a folder\n/],
    ["infer --host-c --input none.npy -o taken.json", /^error: cannot write taken\.json: it is a folder\n/],
  ])(
    "is told before the work: pinfer %s",
    (words, message) => {
      const { code, stderr } = pinfer(words.split(" "), { cwd: folder });
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
      expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    },
    60_000,
  );
});

describe("a state that cannot be saved", () => {
  let said: string;
  beforeEach(() => {
    said = "";
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      said += text;
      return true;
    });
    return () => vi.restoreAllMocks();
  });
  const path = join(folder, "kept.checkpoint");
  const experiment: Experiment = {
    name: "line",
    seed: 1,
    data: {
      train: { inputs: Tensor.from([4, 1], [0, 1, 2, 3]), targets: Tensor.from([4, 1], [0, 1, 2, 3]) },
    },
    network: [dense(1)],
    loss: meanSquaredError(),
    optimizer: sgd({ learningRate: 0.01 }),
    epochs: 4,
    batchSize: 4,
  };

  it("is told once, and the training goes on; the one that was saved before stays until it can", async () => {
    const kept: (string | undefined)[] = [];
    const checkpoints = await keepCheckpoints(experiment, { path, seconds: 1e9, epochs: 1, resume: false });
    const { save } = checkpoints.hooks.checkpoint;
    const whole = (): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined);
    let good: Buffer | undefined;
    const { history } = await trainExperiment(experiment, {
      ...checkpoints.hooks,
      checkpoint: {
        ...checkpoints.hooks.checkpoint,
        save: (state, finished) => {
          // in the second and third epoch as on a full disk
          if (state.epoch !== 2 && state.epoch !== 3) save(state, finished);
          else withoutRoom(() => save(state, finished));
          if (state.epoch === 1) good = whole();
          if (state.epoch === 2 || state.epoch === 3) expect(whole()).toEqual(good);
          kept.push(`${state.epoch}`);
        },
      },
    });
    checkpoints.stopListening();
    expect([history.epochs.length, kept]).toEqual([4, ["1", "2", "3", "4"]]);
    expect(whole()).not.toEqual(good);
    const warning = `the training goes on, but its state is not saved: cannot write ${path}: it is a folder`;
    expect(checkpoints.warnings).toEqual([warning]);
    expect(said).toBe(`warning: ${warning}\nhint: choose another name\n`);
    checkpoints.remove();
  });

  /** Puts a folder in the file's place for a while. */
  function withoutRoom(work: () => void): void {
    const before = readFileSync(path);
    rmSync(path);
    mkdirSync(path);
    try {
      work();
    } finally {
      rmSync(path, { recursive: true });
      writeFileSync(path, before);
    }
  }

  it("at Ctrl-C is told to be lost, and nothing to go on from", async () => {
    const checkpoints = await keepCheckpoints(experiment, { path, seconds: 1e9, resume: false });
    const training = trainExperiment(experiment, {
      ...checkpoints.hooks,
      onStart: (network, data, split) => {
        checkpoints.hooks.onStart(network, data, split);
        mkdirSync(join(path, "in"), { recursive: true });
        process.emit("SIGINT", "SIGINT");
        return undefined;
      },
    });
    const error: unknown = await training.catch((caught: unknown) => caught);
    rmSync(path, { recursive: true });
    checkpoints.stopListening();
    expect(error).toBeInstanceOf(TrainingStopped);
    expect(error).toMatchObject({
      message: "stopped in epoch 1 of 4, sample 4 of 4; its state is lost since it was last saved",
      exitCode: 130,
    });
  });

  it("does not end a comparison", () => {
    const store = keepComparison(path);
    mkdirSync(path);
    vi.spyOn(performance, "now").mockReturnValue(1e12);
    store.write(() => Buffer.from("state"));
    rmSync(path, { recursive: true });
    expect(said).toContain("warning: the comparison goes on, but its state is not saved: cannot write");
  });

  it("is told again when it could be saved in between; other errors are ours", () => {
    const keep = tryToKeep("it");
    const write = (path: string) => () => writeModel(path, createModel());
    const outcomes = ["none/a.json", "none/a.json", "a.json", "none/a.json"].map((name) =>
      keep(write(join(folder, name))),
    );
    expect(outcomes.map((error) => error !== undefined)).toEqual([true, true, false, true]);
    expect(said.match(/warning: it goes on/g)).toHaveLength(2);
    expect(() => keep(() => (undefined as unknown as string[]).push(""))).toThrow(TypeError);
  });
});
