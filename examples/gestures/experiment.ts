import {
  accuracy,
  adam,
  defineExperiment,
  dense,
  flatten,
  recordings,
  relu,
  seriesJitter,
  seriesScale,
  seriesShift,
  softmax,
  softmaxCrossEntropy,
  standardize,
} from "pinfer";

/** What a hand does, from an accelerometer's three axes: windows of a second, a new one every 8 rows. */
export default defineExperiment({
  name: "gestures",
  seed: 1,
  data: () => recordings("recordings/", { window: 24, step: 8, test: 0.3 }),
  augment: [seriesShift(4), seriesScale(0.1), seriesJitter(0.1)],
  network: [standardize(), flatten(), dense(12), relu(), dense(3), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 40,
  batchSize: 8,
  metrics: [accuracy],
  pins: {
    // an analog accelerometer that runs at the reference voltage: half of it at 0 g, a tenth more for each g
    inputs: ["PA0", "PA1", "PA4"].map((pin) => ({ pin, analog: [-5, 5] as const })),
    outputs: [
      { pin: "LED", class: 2 }, // shake
      { pin: "PB0", class: 0 }, // circle
    ],
    // as recorded: 25 rows a second, a window every 8 of them
    ...{ window: 24, hop: 8, everyMs: 40 },
    // nothing is on until 2 of the latest 3 windows were for it, each with the mean of 2 outputs
    ...{ average: 2, vote: { wins: 2, of: 3 } },
  },
});
