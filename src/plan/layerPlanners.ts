import { UserError } from "../errors.js";
import type { QuantizedLayer } from "../quantizedNetwork.js";
import type { LayerPlanner } from "./kernelChoice.js";
import { planConvolution } from "./planConvolution.js";
import { planDepthwiseConvolution } from "./planDepthwiseConvolution.js";
import { planFullyConnected } from "./planFullyConnected.js";
import { planLookup } from "./planLookup.js";
import { planMean } from "./planMean.js";
import { planNormalization } from "./planNormalization.js";
import { planAveragePool, planMaxPool } from "./planPooling.js";
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
  averagePool: planAveragePool,
  concatenation: noKernel,
  convolution: planConvolution,
  depthwiseConvolution: planDepthwiseConvolution,
  fullyConnected: planFullyConnected,
  lookup: planLookup,
  maxPool: planMaxPool,
  mean: planMean,
  multiply: noKernel,
  normalization: planNormalization,
  pad: noKernel,
  requantize: noKernel,
  softmax: planSoftmax,
};
