import { functionOfTwo } from "./booleanExperiment.js";

/**
 * Exclusive or, the function of two inputs that no single neuron computes, by a hidden layer of four. The other fifteen
 * are `functionOfTwo(0)` to `functionOfTwo(15)`.
 */
export default functionOfTwo(6);
