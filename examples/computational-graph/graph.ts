import { buildNetwork, dense, Pass, Random, sigmoid, softmaxCrossEntropy, Tensor } from "pinfer";

/*
 * Layers as a computational graph: values go forward, derivatives go back. Random numbers are NumPy's legacy randn()
 * after seed(0), in the order in which a program would write them: inputs, then weights and bias of each layer.
 */

const random = new Random(0);
const normals = (count: number) => Array.from({ length: count }, () => random.normal());

const inputs = Tensor.from([4, 2], normals(8), "float64");
const labels = Uint8Array.of(0, 2, 1, 2);

const network = buildNetwork(
  "affine, sigmoid, affine",
  [2],
  [dense(3), sigmoid(), dense(3)],
  new Random(0),
  "float64",
);

/** [inputs, outputs] as NumPy programs write it, and [outputs, inputs] as layers keep it. */
function transposed(values: readonly number[], inputCount: number, outputCount: number): number[] {
  return Array.from({ length: inputCount * outputCount }, (_, k) => {
    const [o, i] = [Math.floor(k / inputCount), k % inputCount];
    return values[i * outputCount + o];
  });
}

const [weights1, bias1, weights2, bias2] = network.parameters();
weights1.value.data.set(transposed(normals(6), 2, 3));
bias1.value.data.set(normals(3));
weights2.value.data.set(transposed(normals(9), 3, 3));
bias2.value.data.set(normals(3));

const pass = new Pass(network, 4, { isTraining: true });
const scores = pass.forward(inputs);
const scoreGradient = Tensor.zeros(scores.shape, "float64");
export const loss = softmaxCrossEntropy().evaluate(scores, labels, { gradient: scoreGradient });
export const inputGradient = Tensor.zeros(inputs.shape, "float64");
pass.backward(scoreGradient, inputGradient);

/** What each layer gave, and the derivatives: of the scores, and of weights and biases in the layers' order. */
export const outputs = pass.outputs;
export { scoreGradient };
export const gradients = [weights1, bias1, weights2, bias2].map(({ gradient }) => gradient);
