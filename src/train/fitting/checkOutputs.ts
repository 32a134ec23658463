import { UserError, type Warning } from "../../base/errors.js";
import { elementCount, type FloatArray, Tensor } from "../../base/tensor.js";
import type { Targets } from "../data/dataset.js";
import type { Layer } from "../layers/layerKinds.js";
import type { Loss } from "../losses/loss.js";
import type { Network } from "../network/network.js";

/** Layers that give what they take, in another shape at most. */
const transparent: ReadonlySet<Layer["kind"]> = new Set(["dropout", "flatten", "linear", "reshape"]);

/** Layers that tell how far a sample is from what is normal. */
const scoreKinds: ReadonlySet<Layer["kind"]> = new Set(["kMeansDistance", "reconstructionError"]);

/** Is a network's output how far a sample is from what is normal? Samples of class 0, or of target 0, are then normal. */
export function givesAnomalyScore({ layers }: Pick<Network, "layers">): boolean {
  const layer = layers.findLast(({ kind }) => !transparent.has(kind));
  return layer !== undefined && scoreKinds.has(layer.kind);
}

/** What a network's last layer with values of its own can give. */
const reach: Readonly<Partial<Record<Layer["kind"], readonly [least: number, most: number]>>> = {
  hardSigmoid: [0, 1],
  kMeansDistance: [0, Number.POSITIVE_INFINITY],
  reconstructionError: [0, Number.POSITIVE_INFINITY],
  relu: [0, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
  sigmoid: [0, 1],
  softmax: [0, 1],
  step: [0, 1],
  tanh: [-1, 1],
};

interface Closing {
  readonly loss: Loss;
  readonly layer: Layer | undefined;
  /** Whether the layer is the very last. */
  readonly isLast: boolean;
  /** Values of a sample. */
  readonly outputs: number;
  readonly targets: Targets;
}

/**
 * Whether a network's outputs, a loss and targets can go together.
 *
 * @returns what goes together badly
 * @throws UserError for what cannot be right
 */
export function checkOutputs(network: Network, loss: Loss, targets: Targets): Warning[] {
  const layer = network.layers.findLast(({ kind }) => !transparent.has(kind));
  const isLast = layer === network.layers.at(-1);
  const closing = { loss, layer, isLast, outputs: elementCount(network.outputShape), targets };
  expectSoftmaxOfMany(closing, network.outputShape.at(-1) ?? 1);
  const check = lossChecks[loss.kind];
  return check === undefined ? [] : check(closing);
}

/** The least and the most that a network's outputs can be; undefined where they can be anything. */
export function reachOf({ layers }: Network): readonly [least: number, most: number] | undefined {
  const layer = layers.findLast(({ kind }) => !transparent.has(kind));
  return layer && reach[layer.kind];
}

type Check = (closing: Closing) => Warning[];

const lossChecks: Readonly<Record<string, Check>> = {
  binaryCrossEntropy: checkBinaryCrossEntropy,
  hinge: checkHinge,
  huber: checkReals,
  meanAbsoluteError: checkReals,
  meanOutput: checkMeanOutput,
  meanSquaredError: checkReals,
  softmaxCrossEntropy: checkSoftmaxCrossEntropy,
};

/** A softmax over one value is 1 whatever the value. */
function expectSoftmaxOfMany({ layer, loss }: Closing, values: number): void {
  if (values > 1) return;
  const hint =
    "for two classes end in dense(2), softmax(), or in dense(1), sigmoid() with binaryCrossEntropy()";
  if (layer?.kind === "softmax") {
    throw new UserError(`layer "${layer.name}" is a softmax over one value: its output is always 1`, hint);
  }
  if (loss.kind === "softmaxCrossEntropy") {
    throw new UserError(
      "softmaxCrossEntropy needs an output for each class, two or more; the network has one output",
      hint,
    );
  }
}

function checkSoftmaxCrossEntropy({ loss, layer, isLast, outputs, targets }: Closing): Warning[] {
  if (targets instanceof Tensor) expectProbabilities(targets.data, outputs);
  if (layer === undefined) return [];
  if (layer.kind === "softmax" && !isLast) throw notLast(loss, layer);
  const bounds = reach[layer.kind];
  if (layer.kind === "softmax" || bounds === undefined) return [];
  return [
    {
      message: `softmaxCrossEntropy takes scores of any size; layer "${layer.name}" (${layer.kind}) gives ${describeReach(bounds)} only`,
      hint: `let softmax() follow the layer before it, in the place of ${layer.kind}()`,
    },
  ];
}

function checkBinaryCrossEntropy({ loss, layer, isLast, outputs, targets }: Closing): Warning[] {
  if (targets instanceof Tensor) {
    expectWithin("binaryCrossEntropy", targets.data, [0, 1], "targets are probabilities");
  } else if (outputs !== 1) {
    throw new UserError(
      `binaryCrossEntropy of class numbers needs one output, found ${outputs}`,
      "end in softmax() and use softmaxCrossEntropy(), or give a Tensor of 0 and 1 for each output as targets",
    );
  }
  const ofProbabilities = loss.fusesWith === undefined;
  if (layer?.kind === "sigmoid" && !isLast && !ofProbabilities) throw notLast(loss, layer);
  const isSquashed = layer !== undefined && reach[layer.kind] !== undefined;
  if (isSquashed && layer.kind !== "sigmoid" && !ofProbabilities) {
    throw new UserError(
      `binaryCrossEntropy takes logits of any size, or what sigmoid() makes of them; layer "${layer.name}" is ${layer.kind}`,
      layer.kind === "softmax"
        ? "use softmaxCrossEntropy() with softmax()"
        : `let sigmoid() close the network in the place of ${layer.kind}()`,
    );
  }
  const givesProbabilities =
    layer !== undefined && reach[layer.kind]?.[0] === 0 && reach[layer.kind]?.[1] === 1;
  if (!ofProbabilities || givesProbabilities) return [];
  return [
    {
      message:
        "binaryCrossEntropy({ ofProbabilities: true }) takes probabilities; the network's output is any number",
      hint: "leave ofProbabilities out, or close the network with sigmoid()",
    },
  ];
}

function checkHinge({ layer, outputs, targets }: Closing): Warning[] {
  if (targets instanceof Tensor) {
    const wrong = targets.data.find((value) => value !== -1 && value !== 1);
    if (wrong !== undefined) {
      throw new UserError(
        `hinge takes targets −1 and 1, found ${wrong}`,
        "give class numbers, which are 0 and 1, or mend the targets",
      );
    }
  }
  const bounds = layer && reach[layer.kind];
  if (bounds === undefined) return [];
  const [least, most] = bounds;
  const comparesClasses = outputs > 1 && !(targets instanceof Tensor);
  const hasRoom = comparesClasses ? most - least > 1 : least <= -1 && most >= 1;
  if (hasRoom) return [];
  throw new UserError(
    `hinge takes scores of any size; layer "${layer!.name}" (${layer!.kind}) gives ${describeReach(bounds)}`,
    `leave ${layer!.kind}() out`,
  );
}

function checkMeanOutput({ loss, layer }: Closing): Warning[] {
  if (layer !== undefined && scoreKinds.has(layer.kind)) return [];
  throw new UserError(
    `${loss.kind} makes the network's output small; layer "${layer?.name ?? "input"}" (${layer?.kind ?? "input"}) gives no distance from what is normal`,
    "close the network with reconstructionError() or kMeansDistance()",
  );
}

function checkReals({ loss, layer, targets }: Closing): Warning[] {
  if (!(targets instanceof Tensor)) {
    throw new UserError(
      `${loss.kind} needs real targets [samples, outputs], found class numbers`,
      "use softmaxCrossEntropy() for classes, or give the targets as a Tensor",
    );
  }
  const bounds = layer && reach[layer.kind];
  if (bounds === undefined) return [];
  const [least, most] = rangeOf(targets.data);
  if (least >= bounds[0] && most <= bounds[1]) return [];
  return [
    {
      message: `layer "${layer!.name}" (${layer!.kind}) gives ${describeReach(bounds)}; the targets are ${least}..${most}, which it cannot reach`,
      hint: `leave ${layer!.kind}() out, or scale the targets`,
    },
  ];
}

/** "0..1", "0 and more" */
export function describeReach([least, most]: readonly [number, number]): string {
  return most === Number.POSITIVE_INFINITY ? `${least} and more` : `${least}..${most}`;
}

function notLast({ kind }: Loss, { name, kind: layer }: Layer): UserError {
  return new UserError(
    `${kind} is taken at the input of ${layer}(), which must be the network's last layer; another follows "${name}"`,
    "leave out what follows it",
  );
}

const largestSumError = 1e-3;

function expectProbabilities(values: FloatArray, outputs: number): void {
  expectWithin("softmaxCrossEntropy", values, [0, 1], "real targets are the probabilities of the classes");
  for (let start = 0; start < values.length; start += outputs) {
    let sum = 0;
    for (let j = 0; j < outputs; j++) sum += values[start + j];
    if (Math.abs(sum - 1) <= largestSumError) continue;
    throw new UserError(
      `softmaxCrossEntropy: real targets are the probabilities of the classes, which sum to 1; those of sample ${start / outputs} sum to ${sum}`,
      "for several classes at once end in sigmoid() and use binaryCrossEntropy(), for real numbers meanSquaredError()",
    );
  }
}

function expectWithin(
  kind: string,
  values: FloatArray,
  [least, most]: readonly [number, number],
  what: string,
): void {
  const wrong = values.find((value) => !(value >= least && value <= most));
  if (wrong === undefined) return;
  throw new UserError(
    `${kind}: ${what}, ${least}..${most}, found ${wrong}`,
    "for real numbers use meanSquaredError()",
  );
}

function rangeOf(values: FloatArray): [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least) least = values[i];
    if (values[i] > most) most = values[i];
  }
  return [least, most];
}
