import type { Experiment } from "pinfer";
import { booleanExperiment } from "../boolean/booleanExperiment.js";

/** Whether an odd number of inputs is 1: every single bit changes the answer, so that no input can be left out. */
export function parity(inputs: number): Experiment {
  return booleanExperiment(
    `parity of ${inputs}`,
    inputs,
    2 * inputs,
    (...bits) => bits.filter((bit) => bit === 1).length % 2 === 1,
  );
}

export default parity(4);
