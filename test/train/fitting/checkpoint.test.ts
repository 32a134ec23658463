import { describe, expect, it } from "vitest";
import { sealKept } from "../../../src/base/keptFile.js";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { findDifference, fingerprintTraining } from "../../../src/experiment/checkpointFingerprint.js";
import { decodeCheckpoint, encodeCheckpoint } from "../../../src/experiment/checkpointFormat.js";
import type { Experiment } from "../../../src/experiment/experiment.js";
import { trainExperiment } from "../../../src/experiment/trainExperiment.js";
import { trainModel } from "../../../src/experiment/trainModel.js";
import { writeSafetensors } from "../../../src/formats/safetensors.js";
import { imageNoise } from "../../../src/train/data/augmentImages.js";
import type { FitState, TrainingCut } from "../../../src/train/fitting/checkpoint.js";
import { accuracy } from "../../../src/train/fitting/metrics.js";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { dense } from "../../../src/train/layers/dense.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { l2 } from "../../../src/train/losses/penalties.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { adam, adamW } from "../../../src/train/optimizers/adam.js";
import { rmsProp } from "../../../src/train/optimizers/rmsProp.js";
import { cosine, warmUp } from "../../../src/train/optimizers/schedules.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";
import { countAccepted } from "../../support/flipBits.js";
import { userError } from "../userError.js";

function ring(samples: number, seed: number) {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, 2], "float32");
  const targets = new Uint8Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const [x, y] = [random.normal(), random.normal()];
    inputs.data.set([x, y], 2 * sample);
    targets[sample] = Number(x * x + y * y > 1);
  }
  return { inputs, targets };
}

/** Everything that has a memory: moments, running statistics, dropout's stream, orders, the best epoch. */
const experiment: Experiment = {
  name: "ring",
  seed: 5,
  data: { train: ring(90, 1), test: ring(20, 2) },
  network: [dense(6), batchNorm(), relu(), dropout(0.2), dense(2), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: (epoch) => 0.05 / epoch }),
  epochs: 5,
  batchSize: 16,
  validation: 0.2,
  earlyStop: { patience: 2 },
  metrics: [accuracy],
};

class Cut extends Error {}

/** Trains until step `steps` and returns what is saved then, by way of a file's bytes. */
async function cutAfter(steps: number, trained: Experiment, from?: FitState): Promise<FitState> {
  let saved: FitState | undefined;
  let taken = 0;
  const training = trainExperiment(trained, {
    onStart: () => from && { state: from },
    checkpoint: {
      isDue: () => ++taken === steps,
      save(state) {
        saved = decodeCheckpoint(encodeCheckpoint({ fingerprint: {}, state }), "x.checkpoint").state;
        throw new Cut();
      },
    },
  });
  await expect(training).rejects.toBeInstanceOf(Cut);
  return saved as FitState;
}

async function finish(trained: Experiment, from?: FitState) {
  const { network, history, test } = await trainExperiment(trained, {
    onStart: () => from && { state: from },
  });
  const bits = [...network.parameters(), ...network.statistics()].map(({ value }) => [...value.data]);
  return { bits, history, test };
}

describe("a training that was cut", () => {
  const variants: [string, Experiment][] = [
    ["Adam", experiment],
    ["momentum", { ...experiment, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) }],
    [
      "plain descent in the given order",
      { ...experiment, optimizer: sgd({ learningRate: 0.1 }), shuffle: false },
    ],
    ["augmentation", { ...experiment, augment: [imageNoise(0.1)] }],
    ["RMSprop", { ...experiment, optimizer: rmsProp({ learningRate: 0.01 }) }],
    [
      "AdamW, a rate for every step, penalty, limit and weights of classes, in float64",
      {
        ...experiment,
        dtype: "float64",
        optimizer: adamW({ learningRate: warmUp(1, cosine(0.05, { epochs: 5 })), weightDecay: 0.1 }),
        ...{ penalty: l2(0.01), clipGradients: { norm: 0.5 }, classWeights: [1, 2] },
      },
    ],
  ];

  it.each(variants)("continues to the same bits from every step, with %s", async (_, trained) => {
    const whole = await finish(trained);
    const steps = whole.history.epochs.length * Math.ceil(72 / 16); // 90 samples, 18 of them held back
    for (let step = 1; step <= steps; step++) {
      expect(await finish(trained, await cutAfter(step, trained)), `cut after step ${step}`).toEqual(whole);
    }
  });

  it("continues to the same bits when it is cut again and again", async () => {
    let state = await cutAfter(3, experiment);
    for (const steps of [1, 4, 2, 5]) state = await cutAfter(steps, experiment, state);
    expect(state).toMatchObject({ epoch: 3, samplesDone: 72 }); // 15 steps, 5 an epoch
    expect(await finish(experiment, state)).toEqual(await finish(experiment));
  });

  it("gives states that the steps after them do not change", async () => {
    const states: FitState[] = [];
    const checkpoint = { isDue: () => true, save: (state: FitState) => states.push(state) };
    await trainExperiment(experiment, { checkpoint });
    const whole = await finish(experiment);
    for (const state of states) expect(await finish(experiment, state)).toEqual(whole);
  });

  it("is not changed by being saved", async () => {
    const saved: number[] = [];
    const { history } = await trainExperiment(experiment, {
      checkpoint: { isDue: () => true, save: ({ samplesDone }) => saved.push(samplesDone) },
    });
    expect(saved.slice(0, 6)).toEqual([16, 32, 48, 64, 72, 16]);
    expect(history).toEqual((await finish(experiment)).history);
  });
});

describe("a training with pruned channels, and quantization-aware training after it,", () => {
  const aware: Experiment = {
    ...experiment,
    epochs: 3,
    prune: { share: 0.4 },
    quantize: { aware: { epochs: 2 } },
  };

  /** Trains until a step of either part, and returns the file that is saved then. */
  async function cutModelAfter(steps: number): Promise<TrainingCut> {
    let bytes = new Uint8Array(0);
    let taken = 0;
    const training = trainModel(aware, {
      checkpoint: {
        isDue: () => ++taken === steps,
        save(state, finished) {
          bytes = Uint8Array.from(encodeCheckpoint({ fingerprint: {}, state, finished }));
          throw new Cut();
        },
      },
    });
    await expect(training).rejects.toBeInstanceOf(Cut);
    return decodeCheckpoint(bytes, "x.checkpoint");
  }

  it("continues to the same model from every step of both", async () => {
    const whole = (await trainModel(aware)).model;
    const steps = (3 + 2) * Math.ceil(72 / 16);
    for (let step = 1; step <= steps; step++) {
      const cut = await cutModelAfter(step);
      expect(cut.finished === undefined, `step ${step}`).toBe(step <= 15);
      let taken = 0;
      const checkpoint = { isDue: () => ++taken === 0, save() {} };
      const { model } = await trainModel(aware, { onStart: () => cut, checkpoint });
      expect(taken, `steps after step ${step}`).toBe(steps - step);
      expect(model.quantized, `cut after step ${step}`).toEqual(whole.quantized);
      expect(model.training, `cut after step ${step}`).toEqual(whole.training);
    }
  });
});

describe("a checkpoint file", () => {
  it("is refused whichever bit is flipped, of its numbers and of its state", async () => {
    const bytes = encodeCheckpoint({ fingerprint: { a: "1" }, state: await cutAfter(2, experiment) });
    expect(countAccepted(bytes, 2000, (damaged) => decodeCheckpoint(damaged, "x.checkpoint"))).toBe(0);
    bytes[bytes.length - 1] ^= 1;
    expect(() => decodeCheckpoint(bytes, "x.checkpoint")).toThrow(
      userError("x.checkpoint is damaged: its SHA-256 is not the one in its first line"),
    );
  });

  it("is refused when its parts are of other types, though it is whole", async () => {
    const state = await cutAfter(2, experiment);
    const decode = (changed: object, fingerprint = {}) =>
      decodeCheckpoint(encodeCheckpoint({ fingerprint, state: { ...state, ...changed } as FitState }), "x");
    expect(() => decode({ random: { ...state.random, words: ["1"] } })).toThrow(
      userError('x.random.words[0] must be an integer 0..4294967295, found "1"'),
    );
    expect(() => decode({ streams: { a: 1 } })).toThrow(userError("x.streams.a must be an object, found 1"));
    expect(() => decode({ records: [{ epoch: 0 }] })).toThrow(
      userError("x.records[0].epoch must be an integer 1..2147483648, found 0"),
    );
    expect(() => decode({}, { a: 1 })).toThrow(userError("x.fingerprint.a must be text, found 1"));
  });

  it("keeps an attachment", async () => {
    const state = await cutAfter(1, experiment);
    const bytes = encodeCheckpoint({ fingerprint: { a: "1" }, state, attachment: { seen: [1, 2] } });
    expect(decodeCheckpoint(bytes, "x")).toMatchObject({
      fingerprint: { a: "1" },
      attachment: { seen: [1, 2] },
    });
  });

  it("is refused when it is cut short or no checkpoint", () => {
    expect(() => decodeCheckpoint(new Uint8Array(4), "x.checkpoint")).toThrow(
      userError("x.checkpoint is no pinfer checkpoint: its first line does not say so"),
    );
    const kind = { format: "pinfer checkpoint", version: 2 };
    const other = sealKept(kind, writeSafetensors(new Map()));
    expect(() => decodeCheckpoint(other, "x.checkpoint")).toThrow(
      userError("x.checkpoint is not a checkpoint"),
    );
  });
});

describe("the fingerprint of a training", () => {
  const { train } = experiment.data as { train: ReturnType<typeof ring> };
  const fingerprint = (changed: Partial<Experiment>, data = train) => {
    const described = { ...experiment, ...changed };
    const network = buildNetwork("ring", [2], described.network, new Random(described.seed), described.dtype);
    return fingerprintTraining(described, network, { train: data });
  };
  const base = fingerprint({});

  it("is the same for the same training", () => {
    expect(findDifference(base, fingerprint({}))).toBeUndefined();
  });

  it.each<[string, Partial<Experiment>]>([
    ["epochs", { epochs: 6 }],
    ["seed", { seed: 6 }],
    ["batchSize", { batchSize: 15 }],
    ["shuffle", { shuffle: false }],
    ["validation", { validation: 0.3 }],
    ["earlyStop", { earlyStop: { patience: 3 } }],
    ["network", { network: [dense(7), batchNorm(), relu(), dropout(0.2), dense(2), softmax()] }],
    ["network", { network: [dense(6), batchNorm(), relu(), dropout(0.3), dense(2), softmax()] }],
    ["optimizer", { optimizer: adam({ learningRate: (epoch) => 0.05 / epoch, beta1: 0.8 }) }],
    ["learning rates", { optimizer: adam({ learningRate: (epoch) => 0.05 / epoch ** 2 }) }],
    ["learning rates", { optimizer: adam({ learningRate: cosine(0.05, { epochs: 5 }) }) }],
    ["penalty", { penalty: l2(0.01) }],
    ["clipGradients", { clipGradients: { norm: 1 } }],
    ["classWeights", { classWeights: [1, 2] }],
    ["metrics", { metrics: [] }],
    ["augment", { augment: [imageNoise(0.1)] }],
  ])("tells a change of %s", (name, changed) => {
    expect(findDifference(base, fingerprint(changed))?.name).toBe(name);
  });

  it("tells a change of an augmentation's amount", () => {
    const weak = fingerprint({ augment: [imageNoise(0.1)] });
    expect(findDifference(weak, fingerprint({ augment: [imageNoise(0.1)] }))).toBeUndefined();
    expect(findDifference(weak, fingerprint({ augment: [imageNoise(0.2)] }))?.name).toBe("augment");
  });

  it("tells a change of the loss that hides in its functions", () => {
    const loss = softmaxCrossEntropy();
    const halved: typeof loss = {
      ...loss,
      evaluate: (prediction, targets, options) => loss.evaluate(prediction, targets, options) / 2,
    };
    expect(findDifference(base, fingerprint({ loss: halved }))?.name).toBe("loss");
  });

  it("tells other data: another number of samples, another value, another target", () => {
    expect(findDifference(base, fingerprint({}, ring(91, 1)))).toMatchObject({
      name: "training data",
      saved: expect.stringMatching(/^90 samples of 2 values, /),
      current: expect.stringMatching(/^91 samples of 2 values, /),
    });
    const other = ring(90, 1);
    other.inputs.data[7] += 1;
    expect(findDifference(base, fingerprint({}, other))?.name).toBe("training data");
    const relabelled = ring(90, 1);
    relabelled.targets[80] = 1 - relabelled.targets[80];
    expect(findDifference(base, fingerprint({}, relabelled))?.name).toBe("training data");
  });
});
