import {
  adam,
  auc,
  defineExperiment,
  dense,
  flatten,
  meanOutput,
  reconstructionError,
  relu,
  standardize,
} from "pinfer";
import { vibration } from "./vibration.js";

/** Learns how a motor vibrates that is well; what it cannot give back is an anomaly. The data is made up: vibration.ts. */
export default defineExperiment({
  name: "motor",
  seed: 1,
  data: {
    train: vibration(1, { none: 1000 }),
    test: vibration(2, { none: 300, bearing: 100, looseness: 100, imbalance: 100 }),
  },
  network: [
    standardize(),
    flatten(),
    dense(24),
    relu(),
    dense(8),
    dense(24),
    relu(),
    dense(64),
    reconstructionError(),
  ],
  loss: meanOutput(),
  optimizer: adam({ learningRate: 0.003 }),
  epochs: 40,
  batchSize: 32,
  validation: 0.2,
  metrics: [auc],
});
