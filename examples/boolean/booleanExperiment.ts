import {
  accuracy,
  adam,
  binaryCrossEntropy,
  defineExperiment,
  dense,
  type Experiment,
  sigmoid,
  Tensor,
  tanh,
} from "pinfer";

/**
 * A Boolean function of some inputs, by one hidden layer.
 *
 * @param isTrue the function, of bits that are 0 or 1
 */
export function booleanExperiment(
  name: string,
  inputs: number,
  hidden: number,
  isTrue: (...bits: number[]) => boolean,
): Experiment {
  const rows = Array.from({ length: 2 ** inputs }, (_, row) =>
    Array.from({ length: inputs }, (_, bit) => (row >> (inputs - 1 - bit)) & 1),
  );
  const samples = {
    inputs: Tensor.from([rows.length, inputs], rows.flat()),
    targets: Uint8Array.from(rows, (bits) => Number(isTrue(...bits))),
  };
  return defineExperiment({
    name,
    seed: 1,
    data: { train: samples, test: samples }, // there are no other inputs
    network: [dense(hidden), tanh(), dense(1), sigmoid()],
    loss: binaryCrossEntropy(),
    optimizer: adam({ learningRate: 0.05 }),
    epochs: 300,
    batchSize: rows.length,
    metrics: [accuracy],
  });
}

/**
 * One of the 16 functions of two inputs.
 *
 * @param number its truth table as four bits: bit 2a + b is what the function makes of a and b; 6 is exclusive or
 */
export function functionOfTwo(number: number): Experiment {
  return booleanExperiment(`boolean ${number}`, 2, 4, (a, b) => ((number >> (2 * a + b)) & 1) === 1);
}
