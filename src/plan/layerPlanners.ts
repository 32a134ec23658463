import { UserError } from "../errors.js";
import type { QuantizedLayer } from "../quantizedNetwork.js";
import type { LayerPlanner } from "./kernelChoice.js";
import { planConvolution } from "./planConvolution.js";
import { planFullyConnected } from "./planFullyConnected.js";
import { planLookup } from "./planLookup.js";
import { planNormalization } from "./planNormalization.js";
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
  add: noKernel,
  averagePool: noKernel,
  concatenation: noKernel,
  convolution: planConvolution,
  depthwiseConvolution: noKernel,
  fullyConnected: planFullyConnected,
  lookup: planLookup,
  maxPool: noKernel,
  mean: noKernel,
  multiply: noKernel,
  normalization: planNormalization,
  pad: noKernel,
  requantize: noKernel,
  softmax: planSoftmax,
};
