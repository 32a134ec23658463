import { UserError } from "../errors.js";
import type { QuantizedLayer } from "../quantizedNetwork.js";
import type { LayerPlanner } from "./kernelChoice.js";
import { planAdd, planMultiply } from "./planArithmetic.js";
import { planConcatenation } from "./planConcatenation.js";
import { planFullyConnected } from "./planFullyConnected.js";
import { planLookup } from "./planLookup.js";
import { planNormalization } from "./planNormalization.js";
import { planPad } from "./planPad.js";
import { planRequantize } from "./planRequantize.js";
import { planSoftmax } from "./planSoftmax.js";

/** Kinds that have their own row soon. */
const noKernel: LayerPlanner = (layer) => {
  throw new UserError(`layer "${layer.name}": there is no kernel for ${layer.kind} yet`);
};

/** How each kind of layer gets its kernel. A reshape needs none: its output is its input's memory. */
export const layerPlanners: {
  readonly [Kind in Exclude<QuantizedLayer["kind"], "reshape">]: LayerPlanner<
    Extract<QuantizedLayer, { kind: Kind }>
  >;
} = {
  add: planAdd,
  averagePool: noKernel,
  concatenation: planConcatenation,
  convolution: noKernel,
  depthwiseConvolution: noKernel,
  fullyConnected: planFullyConnected,
  lookup: planLookup,
  maxPool: noKernel,
  mean: noKernel,
  multiply: planMultiply,
  normalization: planNormalization,
  pad: planPad,
  requantize: planRequantize,
  softmax: planSoftmax,
};
