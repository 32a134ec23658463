import { elementCount, type Shape } from "../base/tensor.js";
import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";

/** What a layer holds and does, whatever kernel will run it. */
export interface LayerCost {
  readonly name: string;
  readonly kind: QuantizedLayer["kind"];
  readonly outputShape: Shape;
  /** Weights and biases. */
  readonly parameters: number;
  /** Multiply-accumulates. */
  readonly macs: number;
}

export function layerCosts({ layers, tensors }: QuantizedNetwork): LayerCost[] {
  return layers.map((layer) => {
    const outputShape = tensors[layer.output].shape;
    const parameters = weightsOf(layer) + ("bias" in layer ? layer.bias.length : 0);
    return {
      name: layer.name,
      kind: layer.kind,
      outputShape,
      parameters,
      macs: layerMacs(layer, outputShape, tensors[layer.inputs[0]]?.shape),
    };
  });
}

function weightsOf(layer: QuantizedLayer): number {
  switch (layer.kind) {
    case "lstm":
    case "recurrent":
      return layer.inputWeights.length + layer.recurrentWeights.length;
    case "svdfFeatures":
      return layer.featureWeights.length;
    case "svdfTime":
      return layer.timeWeights.length;
    default:
      return "weights" in layer ? layer.weights.length : 0;
  }
}

function layerMacs(layer: QuantizedLayer, outputShape: Shape, inputShape: Shape | undefined): number {
  switch (layer.kind) {
    case "fullyConnected":
      return (layer.rows ?? 1) * layer.weights.length;
    case "svdfFeatures":
    case "svdfTime":
      return weightsOf(layer);
    case "lstm":
      return (outputShape[0] - 2) * weightsOf(layer);
    case "recurrent":
      return inputShape![0] * weightsOf(layer);
    case "convolution":
      return (elementCount(outputShape) / layer.bias.length) * layer.weights.length;
    case "depthwiseConvolution":
      return elementCount(outputShape) * layer.kernelSize[0] * layer.kernelSize[1];
    default:
      return 0;
  }
}
