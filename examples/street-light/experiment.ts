import { accuracy, defineExperiment, dense, meanSquaredError, numpyUniform, relu, sgd, Tensor } from "pinfer";

/** As a NumPy program draws them: 2 * np.random.random((inputs, outputs)) - 1 after np.random.seed(1). */
const weights = numpyUniform(2, -1);

/**
 * Three lamps in, walk (1) or stop (0) out. The network finds out by itself that only the middle lamp matters.
 * Sample by sample in the given order, as the lesson it comes from does it.
 */
export default defineExperiment({
  name: "street light",
  seed: 1,
  dtype: "float64",
  data: {
    train: {
      inputs: Tensor.from([4, 3], [1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1], "float64"),
      targets: Tensor.from([4, 1], [0, 1, 0, 1], "float64"),
      inputNames: ["left lamp", "middle lamp", "right lamp"],
      classNames: ["stop", "walk"],
    },
    test: {
      // not among the training samples
      inputs: Tensor.from([1, 3], [0, 1, 0], "float64"),
      targets: Tensor.from([1, 1], [1], "float64"),
    },
  },
  network: [dense(4, { bias: false, weights }), relu(), dense(1, { bias: false, weights })],
  loss: meanSquaredError({ halved: true }), // its derivative for one sample is prediction - target
  optimizer: sgd({ learningRate: 0.2 }),
  epochs: 60,
  batchSize: 1,
  shuffle: false,
  metrics: [accuracy],
  pins: {
    inputs: [
      { pin: "PC0", pull: "down" },
      { pin: "PC1", pull: "down" },
      { pin: "PC2", pull: "down" },
    ],
    outputs: [{ pin: "LED", threshold: 0.5 }], // lit: walk
    timing: "PB1",
  },
});
