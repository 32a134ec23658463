import { describe, expect, it } from "vitest";
import { lossOf, runMistaken } from "../../examples/back-propagation/broadcastMistake.js";
import backPropagation from "../../examples/back-propagation/experiment.js";
import * as graph from "../../examples/computational-graph/graph.js";
import { decideToGo, feedForward, goOut, neuron } from "../../examples/neurons/networks.js";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { trainExperiment } from "../../src/experiment/trainExperiment.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu, sigmoid } from "../../src/train/layers/elementWise.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { Pass } from "../../src/train/network/pass.js";
import { expectRightGradients } from "./gradientCheck.js";

/*
 * Expected numbers: NumPy 1.24, float64, 17 digits. 1e-12 relative, because NumPy's sums run in another order.
 */
function expectClose(
  found: ArrayLike<number>,
  expected: readonly number[] | readonly (readonly number[])[],
): void {
  const flat = expected.flat();
  expect(found).toHaveLength(flat.length);
  flat.forEach((value, index) => {
    expect(Math.abs(found[index] - value), `value ${index}`).toBeLessThanOrEqual(1e-12 * Math.abs(value));
  });
}

describe("neurons", () => {
  it("a perceptron with a step decides, and other weights decide otherwise", () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map((row) => [row >> 2, (row >> 1) & 1, row & 1]);
    // free time or fine weather: 8 and 10 pass the threshold of 5, 1 does not
    expect(all.map((bits) => goOut(...bits))).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
    // now an easy way suffices and fine weather does not
    expect(all.map((bits) => decideToGo([8, 1, 10], 5)(...bits))).toEqual([0, 1, 0, 1, 1, 1, 1, 1]);
  });

  it("a neuron and three of them give the published numbers", () => {
    expectClose([neuron(2, 3), feedForward(2, 3)], [0.9990889488055994, 0.7216325609518421]);
  });

  it("every one of the nine derivatives of a 2-2-1 network of sigmoids is right", () => {
    expectRightGradients([2], [dense(2), sigmoid(), dense(1), sigmoid()]);
  });

  it("so are those with ReLU and a two-class softmax head", () => {
    const targets = Uint8Array.of(1, 0, 1);
    const options = { targets, loss: softmaxCrossEntropy() };
    expectRightGradients([2], [dense(3), relu(), dense(2)], options);
    expectRightGradients([2], [dense(3), relu(), dense(2), softmax()]);
  });
});

describe("back-propagation worked through", () => {
  it("gives the published losses and weights over 100 steps", async () => {
    const { network, history, test } = await trainExperiment(backPropagation);
    const losses = [1, 2, 10, 50, 100].map((step) => history.epochs[step - 1].loss);
    expectClose(
      losses,
      [
        0.01810390383656677, 0.016565382326770402, 0.007646267961168029, 9.218394472795947e-5,
        3.266878922007038e-7,
      ],
    );
    const [first, second] = network.parameters().map(({ value }) => value.data);
    expectClose(first, [
      [0.09949728657532442, 0.7987073083365487],
      [0.3565002802682637, 0.48814357783267737],
    ]);
    expectClose(second, [[-0.3004722542926405, 0.32533602822417995]]);
    expectClose([test?.loss ?? 0], [2.9182137718196697e-7]);
  });

  it("gives the published values of the first step", () => {
    const network = buildNetwork("n", [2], backPropagation.network, new Random(0), "float64");
    const pass = new Pass(network, 1);
    const output = pass.forward(Tensor.from([1, 2], [0.35, 0.9], "float64"));
    expectClose(pass.outputs[1].data, [0.6802671966986485, 0.6637386974043528]);
    expectClose(output.data, [0.6902834929076443]);
    // the derivative by the output's sum is what its weights' gradients are multiples of: −delta · hidden value
    pass.backward(Tensor.from([1, 1], [output.data[0] - 0.5], "float64"));
    const [, second] = network.parameters();
    const hidden = pass.outputs[1].data;
    expectClose(
      second.gradient.data.map((gradient, k) => -gradient / hidden[k]),
      [-0.040681125112339026, -0.040681125112339026],
    );
  });
});

describe("the widely copied program with the broadcast mistake", () => {
  it("converges as it does elsewhere", () => {
    const { losses } = runMistaken(100);
    expectClose(
      [1, 10, 50, 100].map((step) => losses[step - 1]),
      [0.018103903836566768, 0.00760165814687146, 0.00011454637473550631, 5.929448176860616e-7],
    );
  });

  it("but its gradient is not that of central differences, and ours is", () => {
    const network = buildNetwork("n", [2], backPropagation.network, new Random(0), "float64");
    const pass = new Pass(network, 1);
    const output = pass.forward(Tensor.from([1, 2], [0.35, 0.9], "float64"));
    pass.backward(Tensor.from([1, 1], [output.data[0] - 0.5], "float64"));
    const [first, second] = network.parameters();
    const ours = first.gradient.data;
    const mistaken = runMistaken(1).gradient.flat();
    const numeric = Array.from(ours, (_, k) => {
      const lossAt = (change: number) => {
        const moved = first.value.data.map((value, index) => (index === k ? value + change : value));
        return lossOf([[...moved.slice(0, 2)], [...moved.slice(2)]], [...second.value.data]);
      };
      return (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5;
    });
    numeric.forEach((derivative, k) => {
      expect(Math.abs(ours[k] / derivative - 1)).toBeLessThan(1e-7);
    });
    expect(numeric.filter((derivative, k) => Math.abs(mistaken[k] / derivative - 1) > 0.1)).toHaveLength(4);
  });
});

describe("in float32 the numbers are the same to 1e-4", () => {
  it("for back-propagation worked through", async () => {
    const data = (backPropagation.data as { train: { inputs: Tensor; targets: Tensor } }).train;
    const single = (tensor: Tensor) => Tensor.from(tensor.shape, tensor.data, "float32");
    const train = { inputs: single(data.inputs), targets: single(data.targets) };
    const { network, history } = await trainExperiment({
      ...backPropagation,
      dtype: "float32",
      data: { train, test: train },
    });
    const expected = [0.018103903836566768, 0.007646267961168029, 9.218394472795947e-5];
    [1, 10, 50].forEach((step, k) => {
      expect(Math.abs(history.epochs[step - 1].loss / expected[k] - 1)).toBeLessThan(1e-4);
    });
    const [first] = network.parameters();
    expect(first.value.data[2]).toBeCloseTo(0.3565002802682637, 5);
  });
});

describe("layers as a computational graph", () => {
  const of = (index: number) => graph.outputs[index].data;

  it("give NumPy's values forward", () => {
    expectClose(of(0), [
      [0.8437178018396271, 1.362526309526424, 1.7968686077133191],
      [3.6017106333514746, 2.4409469400559116, 1.9077207045904998],
      [-1.1701332883009479, 0.3567455058752605, 1.6441784932568004],
      [0.12568141907085734, 0.608590662831793, 1.6125168109206485],
    ]);
    expectClose(of(1), [
      [0.6992476498170295, 0.7961699824313437, 0.8577673251166689],
      [0.9734472581785456, 0.9198968923703711, 0.8707628642668475],
      [0.23683089263122978, 0.588252385137725, 0.8381027040933875],
      [0.5313790608070181, 0.6476192462289609, 0.8337605193648597],
    ]);
    expectClose(of(2), [
      [-2.766916677646542, 2.4990408627247707, 0.3762855747498963],
      [-3.1486893688207958, 2.6952507980779403, 0.2301466111915249],
      [-2.1266421563197633, 2.1737404389408024, 0.6201018091837646],
      [-2.3354115212444104, 2.2949015474734527, 0.4261634618875618],
    ]);
    expectClose([graph.loss], [2.5391516820835305]);
  });

  it("and NumPy's derivatives back; weights are stored [outputs, inputs]", () => {
    expectClose(graph.scoreGradient.data, [
      [-0.24885220853446127, 0.2222487325444667, 0.02660347598999458],
      [0.0006658265470360795, 0.22980108448304004, -0.2304669110300761],
      [0.0027679430285872434, -0.04592510666814503, 0.04315716363955779],
      [0.0020943125904256277, 0.21476372044129338, -0.21685803303171902],
    ]);
    const [weights1, bias1, weights2, bias2] = graph.gradients.map(({ data }) => data);
    expectClose(weights2, [
      [-0.1715927666673152, -0.1945316004957359, -0.20881154054263723],
      [0.4823505995801178, 0.500410638178883, 0.5313115063728295],
      [-0.31075783291280257, -0.30587903768314717, -0.3224999658301923],
    ]);
    expectClose(bias2, [-0.2433241263684123, 0.620888430800655, -0.37756430443224276]);
    expectClose(weights1, [
      [0.0852579016202898, 0.023452020821557708],
      [0.21512012556321694, 0.04556663998855518],
      [0.29698100672689215, 0.25329852365828737],
    ]);
    expectClose(bias1, [0.08092885974607071, 0.11475838372028659, 0.263841749202253]);
    expectClose(graph.inputGradient.data, [
      [0.06285060869438899, 0.13884539272732405],
      [0.011628901413269388, 0.018978768191889126],
      [-0.002315600398256397, -0.016367173595055105],
      [0.0046070345274905255, 0.09567411782698843],
    ]);
  });

  it("a sigmoid layer alone: backward of ones is y · (1 − y)", () => {
    const pass = new Pass(buildNetwork("n", [3], [sigmoid()], new Random(0), "float64"), 4);
    const affine = Tensor.from([4, 3], [...of(0)], "float64");
    const gradient = Tensor.zeros([4, 3], "float64");
    expectClose(pass.forward(affine).data, [
      [0.6992476498170295, 0.7961699824313437, 0.8577673251166689],
      [0.9734472581785456, 0.9198968923703711, 0.8707628642668475],
      [0.23683089263122978, 0.588252385137725, 0.8381027040933875],
      [0.5313790608070181, 0.6476192462289609, 0.8337605193648597],
    ]);
    pass.backward(Tensor.from([4, 3], Array(12).fill(1), "float64"), gradient);
    expectClose(gradient.data, [
      [0.2103003740423904, 0.16228334150661755, 0.12200254107886375],
      [0.02584769372321758, 0.073686599777705, 0.11253489848064324],
      [0.18074202092672467, 0.24221151651750264, 0.13568656148473926],
      [0.24901535454286947, 0.2282085581427934, 0.13860391571329908],
    ]);
  });
});
