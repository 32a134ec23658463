import { expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { fit as fitNetwork } from "../../src/train/fitting/fit.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { numpyUniform } from "../../src/train/layers/initializers.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { sgd } from "../../src/train/optimizers/sgd.js";

/*
 * Expected numbers: NumPy 1.24, float64, numpy.random.seed(1), weights 2·random(3, 4) − 1 and 2·random(4, 1) − 1,
 * per-sample descent by (prediction − target) at rate 0.2, 60 epochs in the given order. 1e-12 relative, because
 * NumPy's sums run in another order.
 */
const lights = {
  inputs: Tensor.from([4, 3], [1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1], "float64"),
  targets: Tensor.from([4, 1], [0, 1, 0, 1], "float64"),
};

async function train(targets = lights.targets) {
  const random = new Random(1);
  const weights = numpyUniform(2, -1);
  const network = buildNetwork(
    "street light",
    [3],
    [dense(4, { bias: false, weights }), relu(), dense(1, { bias: false, weights })],
    random,
    "float64",
  );
  const history = await fitNetwork(
    network,
    { inputs: lights.inputs, targets },
    {
      loss: meanSquaredError({ halved: true }),
      optimizer: sgd({ learningRate: 0.2 }),
      epochs: 60,
      batchSize: 1,
      shuffle: false,
      random,
    },
  );
  return { network, history };
}

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs(found[index] - value), `value ${index}`).toBeLessThanOrEqual(1e-12 * Math.abs(value));
  });
}

it("the street light trains to the published numbers", async () => {
  const { network, history } = await train();

  // summed squared error of four samples = 4 · 2 · mean halved squared error
  expectClose(
    [10, 20, 30, 40, 50, 60].map((epoch) => 8 * history.epochs[epoch - 1].loss),
    [
      0.5099228249650793, 0.07166336510555428, 0.006545981611560201, 0.0004490518255217955,
      2.7722546393920387e-5, 1.660052964288212e-6,
    ],
  );
  const [first, second] = network.parameters().map(({ value }) => value.data);
  // [hidden, lamp]: the published [lamp, hidden] transposed
  expectClose(
    first,
    [
      -0.165955990594852, -0.7064882183657739, -0.20646505153866013, 0.17547880345987557, -0.8153228104624044,
      -0.21150363376491912, -0.9997712503653102, -0.6274795772446582, -0.1616109711934104,
      -0.0008670694235920156, 1.109301362722483, 0.0008872261024806307,
    ],
  );
  expectClose(second, [-0.5910955005369651, 0.6538149916527526, -0.9452248136041477, 0.9012717533354582]);
});

it("the trained street light gives the published predictions, for the unseen [0, 1, 0] too", async () => {
  const { network } = await train();
  const unseen = network.forward(Tensor.from([1, 3], [0, 1, 0], "float64"));
  expectClose(unseen.data, [0.9997819841583053]);
  expectClose(
    network.forward(lights.inputs).data,
    [1.8166645323361993e-5, 1.000581615983293, 0.0007996318249877029, 0.9998001508036287],
  );
});

it("the same program with other lights' targets gives its published errors", async () => {
  const { history } = await train(Tensor.from([4, 1], [1, 1, 0, 0], "float64"));
  expectClose(
    [10, 20, 30, 40, 50, 60].map((epoch) => 8 * history.epochs[epoch - 1].loss),
    [
      0.6342311598444467, 0.35838407676317513, 0.0830183113303298, 0.006467054957103705,
      0.0003292669000750734, 1.5055622665134859e-5,
    ],
  );
});
