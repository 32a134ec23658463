import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import type { Targets } from "../../../src/train/data/dataset.js";
import { checkOutputs } from "../../../src/train/fitting/checkOutputs.js";
import { fit } from "../../../src/train/fitting/fit.js";
import { dense } from "../../../src/train/layers/dense.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import { hardSigmoid, relu, sigmoid, tanh } from "../../../src/train/layers/elementWise.js";
import type { LayerSpec } from "../../../src/train/layers/graph.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { binaryCrossEntropy } from "../../../src/train/losses/binaryCrossEntropy.js";
import { hinge } from "../../../src/train/losses/hinge.js";
import { huber } from "../../../src/train/losses/huber.js";
import type { Loss } from "../../../src/train/losses/loss.js";
import { meanAbsoluteError } from "../../../src/train/losses/meanAbsoluteError.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";
import { userError } from "../userError.js";

const classes = Uint8Array.of(0, 1, 1, 0);
const one = (...values: number[]) => Tensor.from([values.length, 1], values);
const two = (...values: number[]) => Tensor.from([values.length / 2, 2], values);

const build = (layers: readonly LayerSpec[]) => buildNetwork("n", [2], layers, new Random(1));

const softmaxOfOne =
  "for two classes end in dense(2), softmax(), or in dense(1), sigmoid() with binaryCrossEntropy()";

const refused: readonly (readonly [string, LayerSpec[], Loss, Targets, message: string, hint: string])[] = [
  [
    "a softmax over one output",
    [dense(1), softmax()],
    softmaxCrossEntropy(),
    classes,
    'layer "softmax_1" is a softmax over one value: its output is always 1',
    softmaxOfOne,
  ],
  [
    "a softmax over one output, with any loss",
    [dense(1), softmax()],
    meanSquaredError(),
    one(0, 1),
    'layer "softmax_1" is a softmax over one value: its output is always 1',
    softmaxOfOne,
  ],
  [
    "softmaxCrossEntropy of one score",
    [dense(1)],
    softmaxCrossEntropy(),
    classes,
    "softmaxCrossEntropy needs an output for each class, two or more; the network has one output",
    softmaxOfOne,
  ],
  [
    "softmaxCrossEntropy behind a softmax that is not last",
    [dense(2), softmax(), dropout(0.1)],
    softmaxCrossEntropy(),
    classes,
    'softmaxCrossEntropy is taken at the input of softmax(), which must be the network\'s last layer; another follows "softmax_1"',
    "leave out what follows it",
  ],
  [
    "softmaxCrossEntropy of real values",
    [dense(2), softmax()],
    softmaxCrossEntropy(),
    two(0, 1, 20.5, -3),
    "softmaxCrossEntropy: real targets are the probabilities of the classes, 0..1, found 20.5",
    "for real numbers use meanSquaredError()",
  ],
  [
    "softmaxCrossEntropy of several classes at once",
    [dense(2), softmax()],
    softmaxCrossEntropy(),
    two(0, 1, 1, 1),
    "softmaxCrossEntropy: real targets are the probabilities of the classes, which sum to 1; those of sample 1 sum to 2",
    "for several classes at once end in sigmoid() and use binaryCrossEntropy(), for real numbers meanSquaredError()",
  ],
  [
    "binaryCrossEntropy of class numbers and several outputs",
    [dense(2), sigmoid()],
    binaryCrossEntropy(),
    classes,
    "binaryCrossEntropy of class numbers needs one output, found 2",
    "end in softmax() and use softmaxCrossEntropy(), or give a Tensor of 0 and 1 for each output as targets",
  ],
  [
    "binaryCrossEntropy behind a softmax",
    [dense(2), softmax()],
    binaryCrossEntropy(),
    two(0, 1, 1, 0),
    'binaryCrossEntropy takes logits of any size, or what sigmoid() makes of them; layer "softmax_1" is softmax',
    "use softmaxCrossEntropy() with softmax()",
  ],
  [
    "binaryCrossEntropy behind a relu",
    [dense(1), relu()],
    binaryCrossEntropy(),
    classes,
    'binaryCrossEntropy takes logits of any size, or what sigmoid() makes of them; layer "relu_1" is relu',
    "let sigmoid() close the network in the place of relu()",
  ],
  [
    "binaryCrossEntropy of −1 and 1",
    [dense(1), sigmoid()],
    binaryCrossEntropy(),
    one(-1, 1),
    "binaryCrossEntropy: targets are probabilities, 0..1, found -1",
    "for real numbers use meanSquaredError()",
  ],
  [
    "hinge of 0 and 1 as real values",
    [dense(1)],
    hinge(),
    one(0, 1),
    "hinge takes targets −1 and 1, found 0",
    "give class numbers, which are 0 and 1, or mend the targets",
  ],
  [
    "hinge behind a sigmoid",
    [dense(1), sigmoid()],
    hinge(),
    classes,
    'hinge takes scores of any size; layer "sigmoid_1" (sigmoid) gives 0..1',
    "leave sigmoid() out",
  ],
  [
    "hinge of several classes behind a softmax",
    [dense(2), softmax()],
    hinge(),
    classes,
    'hinge takes scores of any size; layer "softmax_1" (softmax) gives 0..1',
    "leave softmax() out",
  ],
  ...[meanSquaredError(), meanAbsoluteError(), huber()].map(
    (loss) =>
      [
        `${loss.kind} of class numbers`,
        [dense(2), softmax()],
        loss,
        classes,
        `${loss.kind} needs real targets [samples, outputs], found class numbers`,
        "use softmaxCrossEntropy() for classes, or give the targets as a Tensor",
      ] as const,
  ),
] as never;

describe("a network, a loss and targets that cannot go together are refused:", () => {
  it.each(refused)("%s", async (_, layers, loss, targets, message, hint) => {
    const network = build(layers);
    expect(() => checkOutputs(network, loss, targets)).toThrow(userError(message, hint) as Error);
    const samples = targets instanceof Tensor ? targets.shape[0] : targets.length;
    const before = network.parameters().map(({ value }) => [...value.data]);
    await expect(
      // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
      fit(
        network,
        { inputs: Tensor.zeros([samples, 2], "float32"), targets },
        { loss, optimizer: sgd({ learningRate: 0.1 }), epochs: 1, batchSize: 2, random: new Random(1) },
      ),
    ).rejects.toEqual(userError(message, hint));
    expect(network.parameters().map(({ value }) => [...value.data])).toEqual(before);
  });
});

const badly: readonly (readonly [string, LayerSpec[], Loss, Targets, message: string])[] = [
  [
    "softmaxCrossEntropy behind a sigmoid",
    [dense(2), sigmoid()],
    softmaxCrossEntropy(),
    classes,
    'softmaxCrossEntropy takes scores of any size; layer "sigmoid_1" (sigmoid) gives 0..1 only',
  ],
  [
    "softmaxCrossEntropy behind a relu",
    [dense(2), relu()],
    softmaxCrossEntropy(),
    classes,
    'softmaxCrossEntropy takes scores of any size; layer "relu_1" (relu) gives 0 and more only',
  ],
  [
    "ofProbabilities with logits",
    [dense(1)],
    binaryCrossEntropy({ ofProbabilities: true }),
    classes,
    "binaryCrossEntropy({ ofProbabilities: true }) takes probabilities; the network's output is any number",
  ],
  [
    "targets beyond a sigmoid",
    [dense(1), sigmoid()],
    meanSquaredError(),
    one(0, 20.5),
    'layer "sigmoid_1" (sigmoid) gives 0..1; the targets are 0..20.5, which it cannot reach',
  ],
  [
    "targets below a relu",
    [dense(1), relu()],
    huber(),
    one(-2, 4),
    'layer "relu_1" (relu) gives 0 and more; the targets are -2..4, which it cannot reach',
  ],
  [
    "targets beyond tanh",
    [dense(1), tanh(), dropout(0.1)],
    meanAbsoluteError(),
    one(-2, 0),
    'layer "tanh_1" (tanh) gives -1..1; the targets are -2..0, which it cannot reach',
  ],
];

describe("what goes together badly is told:", () => {
  it.each(badly)("%s", (_, layers, loss, targets, message) => {
    expect(checkOutputs(build(layers), loss, targets)).toMatchObject([{ message }]);
  });
});

describe("what fits is let pass without a word:", () => {
  it.each<readonly [string, LayerSpec[], Loss, Targets]>([
    ["softmax and classes", [dense(2), softmax()], softmaxCrossEntropy(), classes],
    ["softmax and probabilities", [dense(2), softmax()], softmaxCrossEntropy(), two(0.25, 0.75, 1, 0)],
    ["scores and classes", [dense(2)], softmaxCrossEntropy(), classes],
    ["sigmoid and two classes", [dense(1), sigmoid()], binaryCrossEntropy(), classes],
    ["logits and two classes", [dense(1)], binaryCrossEntropy(), classes],
    ["sigmoid and several classes at once", [dense(2), sigmoid()], binaryCrossEntropy(), two(1, 1, 0, 0)],
    [
      "probabilities that are none of a sigmoid",
      [dense(1), hardSigmoid()],
      binaryCrossEntropy({ ofProbabilities: true }),
      classes,
    ],
    ["hinge of a score", [dense(1)], hinge(), classes],
    ["hinge of −1 and 1", [dense(2)], hinge(), two(-1, 1, 1, -1)],
    ["hinge of tanh", [dense(1), tanh()], hinge(), classes],
    ["hinge of several classes", [dense(2), relu()], hinge(), classes],
    ["real values", [dense(1)], meanSquaredError(), one(-300, 1e5)],
    ["real values within a sigmoid's", [dense(1), sigmoid()], huber(), one(0, 1)],
    ["one-hot classes by squares", [dense(2), softmax()], meanSquaredError(), two(0, 1, 1, 0)],
  ])("%s", (_, layers, loss, targets) => {
    expect(checkOutputs(build(layers), loss, targets)).toEqual([]);
  });
});
