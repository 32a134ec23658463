import {
  accuracy,
  adam,
  defineExperiment,
  dense,
  flatten,
  recordings,
  relu,
  softmax,
  softmaxCrossEntropy,
  standardize,
} from "pinfer";

/** Is the motor off, running or jammed? Told from its current (A) and its vibration (g). */
export default defineExperiment({
  name: "motor",
  seed: 1, // the same seed gives the same model, byte for byte

  // data/running-01.csv is of class "running". A sample is one row; a longer window also sees how values change,
  // but has more inputs than pins. The last quarter of each recording is kept for the test.
  data: () => recordings("data/", { window: 1, classes: ["off", "running", "jammed"], test: 0.25 }),

  // standardize() takes mean and deviation of each column from the training data, so units do not matter.
  network: [standardize(), flatten(), dense(8), relu(), dense(3), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  epochs: 40,
  batchSize: 16,
  metrics: [accuracy],

  // The firmware reads and drives these pins on its own. All STM32 of `npx pinfer boards` have them; a Pico's analog pins
  // are GP26 to GP29.
  pins: {
    inputs: [
      { pin: "PA6", analog: [0, 5] }, // current: 0 A at 0 V, 5 A at 3.3 V
      { pin: "PA7", analog: [0, 2] }, // vibration: 0 g at 0 V, 2 g at 3.3 V
    ],
    outputs: [
      { pin: "PB5", class: 1 }, // high while running
      { pin: "LED", class: 2 }, // lit when jammed
    ],
    classHysteresis: 0.2, // another class must be better by so much, so that nothing flickers
    everyMs: 20,
  },
});
