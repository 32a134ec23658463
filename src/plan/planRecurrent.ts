import { quantizationOf } from "../network/quantization.js";
import type { QuantizedRecurrent } from "../network/quantizedNetwork.js";
import { sigmoidTable } from "../quantize/sigmoidTable.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { lstmNeeds, settleGates, settleLstm } from "./planLstm.js";

/**
 * Settles the gates of a recurrent layer that begins anew in each run.
 *
 * @throws UserError where a sum could leave int32, or an LSTM's cell has no scale that its kernel takes
 */
export function planRecurrent(
  layer: QuantizedRecurrent,
  { inputs: [input], output }: LayerContext,
): KernelChoice {
  const { name, cell, inputWeights, recurrentWeights, bias, recurrentBias, cellScale } = layer;
  const steps = input!.shape[0]!;
  const units = output.shape.at(-1)!;
  const way = {
    isBackwards: Number(layer.isBackwards),
    outputStride: output.shape.length === 2 ? units : 0,
  };
  if (cellScale !== undefined) {
    const numbers = { ...layer, cellScale };
    const settled = settleLstm(name, { ...numbers, steps }, input!, output);
    return { kernel: "lstmWindow", layer: { ...settled, ...way }, ...lstmNeeds(numbers, steps) };
  }
  const from = quantizationOf(input!);
  const gates = settleGates(name, layer, from, quantizationOf(output));
  const latest = { elementType: "int8", elements: units } as const;
  const weights = inputWeights.length + recurrentWeights.length;
  return {
    kernel: cell,
    layer: {
      ...{ steps, inFeatures: input!.shape[1]!, units, inputZeroPoint: from.zeroPoint, ...way },
      ...{ inputWeights, recurrentWeights, bias, ...gates, sigmoid: sigmoidTable() },
      ...(recurrentBias !== undefined && { recurrentBias }),
    },
    macs: steps * weights,
    parameters: weights + bias.length + (recurrentBias?.length ?? 0),
    scratch: cell === "gru" ? [latest, { elementType: "int16", elements: units }] : [latest],
  };
}
