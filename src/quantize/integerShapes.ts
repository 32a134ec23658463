import type { Shape } from "../base/tensor.js";
import type { Layer } from "../train/layers/layerKinds.js";

/** Shapes of an integer layer's inputs and output. */
export interface LayerShapes {
  readonly inputs: readonly Shape[];
  readonly output: Shape;
}

/** A series [length, channels] as an image of one column. */
const asImage = (shape: Shape): Shape => (shape.length === 3 ? shape : [shape[0], 1, shape[1]]);

/** Shapes that the integer form of a layer works on, as near as may be to those in which its inputs are there. */
export function integerShapes(layer: Layer, given: readonly Shape[]): LayerShapes {
  const { kind, inputShapes, outputShape } = layer;
  const [first] = given;
  const channels = outputShape[outputShape.length - 1];
  switch (kind) {
    case "conv1d":
    case "conv2d":
    case "depthwiseConv2d":
    case "averagePool1d":
    case "averagePool2d":
    case "maxPool1d":
    case "maxPool2d":
      return { inputs: [asImage(inputShapes[0])], output: asImage(outputShape) };
    case "globalAveragePool1d":
    case "globalAveragePool2d":
      return { inputs: [asImage(inputShapes[0])], output: outputShape };
    case "dense":
      return { inputs: [first], output: outputShape };
    case "copy":
    case "pad":
      return { inputs: inputShapes, output: outputShape };
    case "multiply":
    case "add":
      return { inputs: given.map(() => first), output: first };
    case "kMeansDistance":
    case "reconstructionError":
      return { inputs: given, output: outputShape };
    case "concatenate": {
      const isAlongLastAxis = first[first.length - 1] === inputShapes[0].at(-1);
      const positions = (isAlongLastAxis ? first : inputShapes[0]).slice(0, -1);
      const inputs = inputShapes.map((shape) => [...positions, shape[shape.length - 1]]);
      return { inputs, output: [...positions, channels] };
    }
    case "softmax":
    case "normalization": {
      const shape = first[first.length - 1] === channels ? first : outputShape;
      return { inputs: [shape], output: shape };
    }
    case "audioFeatures":
    case "gru":
    case "lstm":
    case "biquads":
    case "decimate":
    case "spectrum":
    case "statistics":
    case "ownKernel":
    case "simpleRnn":
    case "treeEnsemble":
      return { inputs: inputShapes, output: outputShape };
    default:
      return { inputs: [first], output: first };
  }
}
