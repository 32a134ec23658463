import { elementCount } from "../base/tensor.js";
import type {
  QuantizedConvolution,
  QuantizedFullyConnected,
  QuantizedTensor,
} from "../network/quantizedNetwork.js";
import { fullyConnectedFactors } from "../quantize/fullyConnectedFactors.js";
import type { Candidates, KernelChoice, LayerContext } from "./kernelChoice.js";
import { planConvolution } from "./planConvolution.js";
import { planFullyConnected } from "./planFullyConnected.js";
import { isInt16 } from "./planInt16.js";

/**
 * Settles a fully connected layer of one row, or of several: these are the positions of an image, over which a window of
 * 1 x 1 moves. So is one row of int16.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planRows(layer: QuantizedFullyConnected, context: LayerContext): KernelChoice | Candidates {
  const { rows = 1, ...rest } = layer;
  if (layer.rows === undefined && !isInt16(context.inputs[0]!)) return planFullyConnected(layer, context);
  const column = (tensor: QuantizedTensor): QuantizedTensor => ({
    ...tensor,
    shape: [rows, 1, elementCount(tensor.shape) / rows],
  });
  const convolution: QuantizedConvolution = {
    ...rest,
    kind: "convolution",
    ...{ kernelSize: [1, 1], strides: [1, 1], dilations: [1, 1] },
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
  };
  const { network: _, ...alone } = context;
  const place = { ...alone, inputs: context.inputs.map(column), output: column(context.output) };
  return planConvolution(convolution, place, fullyConnectedFactors);
}
