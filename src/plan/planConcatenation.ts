import { UserError } from "../base/errors.js";
import type { QuantizedConcatenation } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { expectSameQuantization } from "./sameQuantization.js";

/** Kernels take a fixed number of inputs: there is one for each number up to this; {@link splitConcatenations}. */
export const mostJoinedInputs = 4;

/**
 * Settles inputs behind each other along one axis as rows that alternate.
 *
 * @throws UserError where scales or zero points differ
 */
export function planConcatenation(
  layer: QuantizedConcatenation,
  { inputs, output }: LayerContext,
): KernelChoice {
  expectSameQuantization(layer.name, inputs, output);
  if (inputs.length < 2 || inputs.length > mostJoinedInputs) {
    throw new UserError(
      `layer "${layer.name}": joins 2 to ${mostJoinedInputs} inputs, found ${inputs.length}`,
    );
  }
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
  const widths = inputs.map(({ shape }) => product(shape.slice(layer.axis)));
  return {
    kernel: `concatenate${inputs.length}`,
    layer: {
      rows: product(output.shape.slice(0, layer.axis)),
      ...Object.fromEntries(widths.map((width, index) => [`width${index + 1}`, width])),
      outputWidth: widths.reduce((all, width) => all + width, 0),
    },
  };
}
