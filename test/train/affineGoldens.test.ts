import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { dense } from "../../src/train/layers/dense.js";
import { fixedWeights } from "../../src/train/layers/initializers.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { Pass } from "../../src/train/network/pass.js";

/*
 * Expected numbers: NumPy 1.24, float64, numpy.random.seed(0), X = randn(4, 2), W = randn(2, 3), b = randn(3). Written
 * there as X·W + b with W [in, out]; our weights are [out, in]. 1e-12 relative.
 */
const inputs = Tensor.from(
  [4, 2],
  [
    1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.8675579901499675,
    -0.977277879876411, 0.9500884175255894, -0.1513572082976979,
  ],
  "float64",
);
const bias = [0.44386323274542566, 0.33367432737426683, 1.4940790731576061];
const labels = Int32Array.of(0, 2, 1, 2);

function run(outputGradient: (scores: Tensor) => Tensor) {
  const weights = fixedWeights([
    [-0.10321885179355784, 1.454273506962975],
    [0.41059850193837233, 0.7610377251469934],
    [0.144043571160878, 0.12167501649282841],
  ]);
  const network = buildNetwork("affine", [2], [dense(3, { weights })], new Random(0), "float64");
  network.parameters()[1].value.data.set(bias);
  const pass = new Pass(network, 4);
  const scores = pass.forward(inputs);
  const inputGradient = Tensor.zeros([4, 2], "float64");
  pass.backward(outputGradient(scores), inputGradient);
  const [weightGradient, biasGradient] = network.parameters().map(({ gradient }) => gradient.data);
  return { scores: scores.data, inputGradient: inputGradient.data, weightGradient, biasGradient };
}

function expectClose(found: ArrayLike<number>, expected: readonly (readonly number[])[]): void {
  expected.flat().forEach((value, index) => {
    expect(Math.abs(found[index] - value), `value ${index}`).toBeLessThanOrEqual(1e-12 * Math.abs(value));
  });
}

describe("the affine layer gives NumPy's numbers", () => {
  it("forward, and backward of ones", () => {
    const found = run(() => Tensor.from([4, 3], Array(12).fill(1), "float64"));
    expectClose(found.scores, [
      [0.8437178018396271, 1.362526309526424, 1.7968686077133191],
      [3.6017106333514746, 2.4409469400559116, 1.9077207045904998],
      [-1.1701332883009479, 0.3567455058752605, 1.6441784932568004],
      [0.12568141907085734, 0.608590662831793, 1.6125168109206485],
    ]);
    expectClose(found.inputGradient, Array(4).fill([0.45142322130569246, 2.3369862486027966]));
    expectClose(found.weightGradient, Array(3).fill([5.56043673774896, 1.512415319394572]));
    expectClose(found.biasGradient, [[4, 4, 4]]);
  });

  it("under softmax cross-entropy: (y − t) / batch", () => {
    const gradient = Tensor.zeros([4, 3], "float64");
    let loss = 0;
    const found = run((scores) => {
      loss = softmaxCrossEntropy().evaluate(scores, labels, { gradient });
      return gradient;
    });
    expectClose([loss], [[1.4506550881582807]]);
    expectClose(gradient.data, [
      [-0.20259669877358208, 0.07963871787748791, 0.12295798089609415],
      [0.16699713886344528, 0.0523113302098744, -0.2193084690733197],
      [0.011218068566932938, -0.19835442405126083, 0.18713635548432786],
      [0.035491909394978594, 0.05752467636410584, -0.09301658575908445],
    ]);
    expectClose(found.inputGradient, [
      [0.07132264355236807, -0.2190620285840149],
      [-0.027348274178862143, 0.25598604893854837],
      [-0.05564615658712243, -0.11187124059666553],
      [0.006557670613950283, 0.08407559777826062],
    ]);
    expectClose(found.weightGradient, [
      [-0.13927389309594443, 0.2768170967709649],
      [-0.12409890780594043, 0.33423272771051293],
      [0.2633728009018847, -0.6110498244814778],
    ]);
    expectClose(found.biasGradient, [[0.011110418051774727, -0.008879699599792665, -0.002230718451982125]]);
  });
});
