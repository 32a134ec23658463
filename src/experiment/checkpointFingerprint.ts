import { createHash } from "node:crypto";
import { packageVersion } from "../base/packageRoot.js";
import { Random } from "../base/random.js";
import { elementCount, formatShape, Tensor } from "../base/tensor.js";
import { type Augment, augmentBatch } from "../train/data/augment.js";
import type { ExperimentData } from "../train/data/dataset.js";
import { createTargetBatch, type Dataset, gatherTargets, sampleCount } from "../train/data/dataset.js";
import { layersBeforeLoss } from "../train/fitting/batch.js";
import { createParameter } from "../train/layers/layer.js";
import type { Loss } from "../train/losses/loss.js";
import type { Network } from "../train/network/network.js";
import { learningRateAt, type Optimizer } from "../train/optimizers/optimizer.js";
import type { Experiment } from "./experiment.js";

/** What decides a training, by name: two trainings of equal fingerprints take the same steps. */
export type Fingerprint = Readonly<Record<string, string>>;

/**
 * Describes a training by its settings, its network and its data. What an optimizer or a loss keeps in functions is
 * told by what it does with some fixed numbers.
 *
 * @param network freshly built: initial weights count too
 */
export function fingerprintTraining(
  experiment: Experiment,
  network: Network,
  data: ExperimentData,
): Fingerprint {
  const { optimizer, loss, epochs } = experiment;
  const rates = Float64Array.from({ length: 2 * epochs }, (_, index) =>
    learningRateAt(optimizer.learningRate, Math.floor(index / 2) + 1, 0.25 + 0.5 * (index % 2)),
  );
  return {
    pinfer: packageVersion, // another may round otherwise
    ...plainSettings(experiment),
    network: describeLayers(network),
    "initial weights": hash(...network.parameters().map(({ value }) => value.data)),
    optimizer: `${optimizer.kind} ${hash(probeOptimizer(optimizer))}`,
    "learning rates": `${rates[0]} to ${rates[rates.length - 1]}, ${hash(rates)}`,
    loss: `${loss.kind} ${hash(...probeLoss(loss, network, data.train))}`,
    ...(experiment.augment && { augment: probeAugmentations(experiment.augment, data.train) }),
    "training data": describeData(data.train),
    ...(data.validation && { "validation data": describeData(data.validation) }),
  };
}

/** The first setting in which two fingerprints differ, with both values; undefined when they are equal. */
export function findDifference(
  saved: Fingerprint,
  current: Fingerprint,
): { readonly name: string; readonly saved: string; readonly current: string } | undefined {
  for (const name of new Set([...Object.keys(saved), ...Object.keys(current)])) {
    if (saved[name] === current[name]) continue;
    return { name, saved: saved[name] ?? "nothing", current: current[name] ?? "nothing" };
  }
  return undefined;
}

/** All of an experiment's fields that are numbers, texts and objects of them; not what is described apart. */
function plainSettings(experiment: Experiment): Record<string, string> {
  const { data, network, optimizer, loss, metrics = [], augment, ...settings } = experiment;
  const plain = Object.entries(settings).map(([name, value]) => [
    name,
    JSON.stringify(value) ?? "a function",
  ]);
  return { ...Object.fromEntries(plain), metrics: metrics.map(({ name }) => name).join(", ") };
}

function describeLayers({ layers, connections, dtype, inputShape }: Network): string {
  const described = layers.map((layer, index) => ({
    ...{ kind: layer.kind, name: layer.name, inputs: connections[index] },
    ...layer.settings(),
    parameters: layer.parameters.map(({ name, value, penalty }) => [name, value.shape, penalty]),
  }));
  return `${layers.length} layers, ${dtype} ${formatShape(inputShape)}, ${hash(Buffer.from(JSON.stringify(described)))}`;
}

/** How many there are, and what they make of the first samples. */
function probeAugmentations(augmentations: readonly Augment[], { inputs }: Dataset): string {
  const samples = Math.min(4, inputs.shape[0]);
  const shape = [samples, ...inputs.shape.slice(1)];
  const probe = new Tensor(shape, inputs.data.slice(0, elementCount(shape)));
  augmentBatch(probe, augmentations, new Random(1));
  return `${augmentations.length}, ${hash(probe.data)}`;
}

/** A parameter of four values after three steps by fixed gradients. */
function probeOptimizer(optimizer: Optimizer): Float64Array {
  const parameter = createParameter("probe", Tensor.from([4], [1, -2, 0.5, 3], "float64"), {
    isWeight: true,
  });
  const stepper = optimizer.start([parameter]);
  for (const scale of [1, -0.3, 4]) {
    [0.1, -0.7, 2, 0].forEach((gradient, index) => {
      parameter.gradient.data[index] = scale * gradient;
    });
    stepper.step(0.1);
  }
  return Float64Array.from(parameter.value.data);
}

const probeSize = 8;

/** Loss and gradient at predictions of all sizes, for the first targets. */
function probeLoss(loss: Loss, network: Network, train: Dataset): [Float64Array, Float64Array] {
  const count = Math.min(probeSize, sampleCount(train));
  const layerCount = layersBeforeLoss(network, loss);
  const shape = network.layers[layerCount - 1]?.outputShape ?? network.inputShape;
  const prediction = Tensor.zeros([count, ...shape], network.dtype);
  for (let index = 0; index < prediction.data.length; index++) {
    prediction.data[index] = ((index * 7) % 13) - 6;
  }
  const targets = createTargetBatch(train.targets, count, network.dtype);
  gatherTargets(
    train.targets,
    Int32Array.from({ length: count }, (_, index) => index),
    targets,
  );
  const gradient = Tensor.zeros(prediction.shape, network.dtype);
  const value = loss.evaluate(prediction, targets, { gradient });
  return [Float64Array.of(value), Float64Array.from(gradient.data)];
}

/** Data by what is in it, all parts and their names: "train 400 samples of 2 values, 0123456789ab; test …". */
export function fingerprintData(data: ExperimentData): string {
  const parts = [data.train, data.validation, data.test].map((part) => {
    if (part === undefined) return "none";
    const { inputs, classNames = [], inputNames = [] } = part;
    const names = Buffer.from(JSON.stringify([inputs.shape, classNames, inputNames]));
    return `${describeData(part)}, ${hash(names)}`;
  });
  return ["train", "validation", "test"].map((name, index) => `${name} ${parts[index]}`).join("; ");
}

function describeData({ inputs, targets, weights = [] }: Dataset): string {
  const values = targets instanceof Tensor ? targets.data : targets;
  const size = elementCount(inputs.shape.slice(1));
  return `${inputs.shape[0]} samples of ${size} values, ${hash(inputs.data, values, Float64Array.from(weights))}`;
}

/** The first 12 hexadecimal digits of the SHA-256: enough against mistakes. */
function hash(...arrays: readonly ArrayBufferView[]): string {
  const sha256 = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of arrays) {
    sha256.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return sha256.digest("hex").slice(0, 12);
}
