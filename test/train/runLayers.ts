import { Random } from "../../src/base/random.js";
import { type Shape, Tensor } from "../../src/base/tensor.js";
import type { NetworkSpec } from "../../src/train/layers/graph.js";
import { buildNetwork } from "../../src/train/network/network.js";

/** A network in double precision. */
export const build = (inputShape: Shape, spec: NetworkSpec) =>
  buildNetwork("n", inputShape, spec, new Random(1), "float64");

/** What the layers give for one sample. */
export function run(inputShape: Shape, spec: NetworkSpec, values: readonly number[]) {
  const network = build(inputShape, spec);
  const output = network.forward(Tensor.from([1, ...inputShape], values, "float64"));
  return { shape: network.outputShape, values: [...output.data], macs: network.macs };
}

/** 1, 2, … length */
export const count = (length: number) => Array.from({ length }, (_, index) => index + 1);
