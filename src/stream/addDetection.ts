import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import { elementCount } from "../base/tensor.js";
import { onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedDetection, QuantizedNetwork, QuantizedTensor } from "../network/quantizedNetwork.js";
import { detectionReset, detectionRows } from "../network/quantizedStateLayers.js";

/** When something counts as heard; see {@link QuantizedDetection}. */
export type DetectionRule = Pick<QuantizedDetection, "cutoff" | "window" | "holdOff" | "frames">;

/**
 * A network that gives probabilities, and with them which of its classes are detected: its output is all newest
 * probabilities and then for each class 127, which is real 255/256, where it is detected, else −128, which is 0.
 *
 * @throws UserError where the output is no probabilities
 */
export function addDetection(network: QuantizedNetwork, rule: DetectionRule): QuantizedNetwork {
  const port = onlyOutput(network);
  const given = network.tensors[port.tensor];
  const { scale, zeroPoint } = quantizationOf(given);
  if (given.elementType !== "int8" || scale !== 1 / 256 || zeroPoint !== -128) {
    throw new UserError(
      oneLine`network "${network.name}" gives ${given.elementType} of scale ${scale} and zero point ${zeroPoint}, where a detection takes probabilities: 1/256 and -128`,
      "let softmax() or sigmoid() be its last layer",
    );
  }
  const classes = elementCount(given.shape);
  const name = freeName(network, "detection");
  const like = { elementType: given.elementType, quantization: given.quantization };
  const state = network.tensors.length;
  const tensors: readonly QuantizedTensor[] = [
    ...network.tensors,
    { name, shape: [detectionRows + rule.window, classes], ...like },
    { name: `${name}_output`, shape: [2 * classes], ...like },
  ];
  const layer: QuantizedDetection = {
    ...{ kind: "detection", name, inputs: [port.tensor, state], output: state },
    ...rule,
  };
  const output = state + 1;
  const { labels } = port;
  return {
    ...network,
    tensors,
    states: [...network.states, { tensor: state, reset: detectionReset(layer, classes) }],
    layers: [
      ...network.layers,
      layer,
      {
        ...{ kind: "copy", name: `${name}_output`, inputs: [state], output },
        ...{ start: 0, sizes: [2 * classes], strides: [1] },
      },
    ],
    outputs: [
      {
        ...{ tensor: output, name: port.name, border: port.border },
        // names of one are no classes to choose among
        ...(labels && classes > 1 && { labels: [...labels, ...labels.map((label) => `${label} detected`)] }),
      },
    ],
  };
}

function freeName({ layers, tensors }: QuantizedNetwork, wanted: string): string {
  const names = new Set([...layers, ...tensors].map(({ name }) => name));
  let name = wanted;
  for (let number = 2; names.has(name) || names.has(`${name}_output`); number++) name = `${wanted}_${number}`;
  return name;
}
