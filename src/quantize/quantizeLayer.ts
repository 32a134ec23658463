import { UserError } from "../base/errors.js";
import { Tensor } from "../base/tensor.js";
import { integerRanges } from "../network/elementTypes.js";
import { quantizationOf } from "../network/quantization.js";
import {
  normalizationFractionBits,
  type Quantized,
  type QuantizedLayer,
  type QuantizedLookup,
  type QuantizedNearestCentroid,
  type QuantizedNormalization,
} from "../network/quantizedNetwork.js";
import type { ElementWise } from "../train/layers/elementWise.js";
import type { KMeansDistance } from "../train/layers/kMeansDistance.js";
import type { Layer } from "../train/layers/layerKinds.js";
import type { Normalization } from "../train/layers/normalization.js";
import type { OwnFunction } from "../train/layers/ownFunction.js";
import { typescriptOps } from "../train/ops/index.js";
import type { ActivationFormat } from "./activationQuantization.js";
import { int16Table } from "./int16Tables.js";
import type { IntegerStep } from "./integerSteps.js";
import { quantizeRecurrent } from "./quantizeRecurrent.js";
import { dequantizeTensor, quantizeExactly, roundAwayFromZero } from "./quantizeTensor.js";
import { quantizeTrees } from "./quantizeTrees.js";
import { quantizeWeights } from "./quantizeWeights.js";
import { quantizePooling, quantizeWindow } from "./quantizeWindow.js";

/** Where an integer layer stands in its network. */
export type LayerPlace = Pick<QuantizedLayer, "name" | "inputs" | "output">;

/**
 * The integer form of a float layer.
 *
 * @param input of its first input
 * @param outputRank axes of its output
 */
export function quantizeLayer(
  { layer, fused }: IntegerStep,
  place: LayerPlace,
  input: ActivationFormat,
  output: ActivationFormat,
  outputRank: number,
): QuantizedLayer {
  switch (layer.kind) {
    case "add":
    case "multiply":
      return { kind: layer.kind, ...place, ...clampOf(fused, output) };
    case "audioFeatures":
      return { kind: "audioFeatures", ...place, frontEnd: layer.frontEnd };
    case "biquads":
    case "decimate":
    case "spectrum":
    case "statistics":
      return { kind: layer.kind, ...place, block: layer.block };
    case "averagePool1d":
    case "averagePool2d":
    case "maxPool1d":
    case "maxPool2d":
      return { ...quantizePooling(layer), ...place, ...clampOf(fused, output) };
    case "concatenate":
      return { kind: "concatenation", ...place, axis: outputRank - 1 };
    case "conv1d":
    case "conv2d":
    case "depthwiseConv2d": {
      const kind = layer.kind === "depthwiseConv2d" ? "depthwiseConvolution" : "convolution";
      const window = quantizeWindow(layer);
      return {
        kind,
        ...place,
        ...window,
        ...quantizeWeights(layer, input),
        ...clampOf(fused, output),
      };
    }
    case "copy": {
      const { start, strides, outputShape: sizes } = layer;
      return { kind: "copy", ...place, start, sizes, strides };
    }
    case "dense":
      return {
        kind: "fullyConnected",
        ...place,
        ...quantizeWeights(layer, input),
        ...clampOf(fused, output),
      };
    case "kMeansDistance":
      return { kind: "nearestCentroid", ...place, ...quantizeCentroids(layer, input) };
    case "globalAveragePool1d":
    case "globalAveragePool2d":
      return { kind: "mean", ...place };
    case "normalization":
      return { kind: "normalization", ...place, ...quantizeNormalization(layer, input, output) };
    case "ownKernel":
      return { kind: "own", ...place, ...layer.integerForm(quantizationOf(input), quantizationOf(output)) };
    case "pad": {
      const { before, after } = layer;
      return { kind: "pad", ...place, before, after, value: quantizationOf(output).zeroPoint };
    }
    case "gru":
    case "lstm":
    case "simpleRnn": {
      const formats = [quantizationOf(input), quantizationOf(output)] as const;
      return {
        ...{ kind: "recurrent", ...place },
        ...quantizeRecurrent(layer, ...formats, output.largestCell ?? 0),
      };
    }
    case "reconstructionError":
      return { kind: "squaredDistance", ...place };
    case "softmax":
      return { kind: "softmax", ...place, beta: 1 };
    case "treeEnsemble":
      return { kind: "treeEnsemble", ...place, ...quantizeTrees(layer, input, output) };
    default: {
      const table = tabulate(layer as ElementWise | OwnFunction, input, output);
      const activation = layer.kind === "ownFunction" ? layer.functionName : layer.kind;
      return { kind: "lookup", ...place, activation, table };
    }
  }
}

/** Offsets in input steps with their fraction, and output steps for an input step. */
function quantizeNormalization(
  { offsets, factors }: Normalization,
  input: Quantized,
  output: Quantized,
): Pick<QuantizedNormalization, "offsets" | "factors"> {
  const one = 2 ** normalizationFractionBits;
  const { scale } = quantizationOf(output);
  return {
    offsets: Int32Array.from(offsets.data, (offset, f) => {
      const { scale, zeroPoint } = quantizationOf(input, f);
      return roundAwayFromZero((offset / scale + zeroPoint) * one);
    }),
    factors: Array.from(factors.data, (factor, f) => (factor * quantizationOf(input, f).scale) / scale),
  };
}

/** Each centroid in the steps of what it is compared with. */
function quantizeCentroids(
  { clusters, centroids }: KMeansDistance,
  input: Quantized,
): Pick<QuantizedNearestCentroid, "clusters" | "centroids"> {
  const values = quantizeExactly(centroids.value.data, { ...input, elementType: "int8" });
  return { clusters, centroids: values as Int8Array };
}

/** The clamp that a fused function is. */
function clampOf(
  fused: Layer | undefined,
  output: ActivationFormat,
): { activationMin: number; activationMax: number } {
  const step = (real: number) => quantizeExactly([real], output)[0];
  const [least, most] = integerRanges[output.elementType];
  return {
    activationMin: fused === undefined ? least : step(0),
    activationMax: fused?.kind === "relu6" ? step(6) : most,
  };
}

/**
 * A function of one value for all 256 inputs, or every 128th one of int16.
 *
 * @throws UserError when it is the user's and gives no number for one of them
 */
function tabulate(
  layer: ElementWise | OwnFunction,
  input: Quantized,
  output: ActivationFormat,
): QuantizedLookup["table"] {
  if (output.elementType === "int16") {
    const [value, result] = [Tensor.zeros([1, 1], "float64"), Tensor.zeros([1, 1], "float64")];
    const of = (real: number): number => {
      value.data[0] = real;
      layer.forward([value], result, { ops: typescriptOps, isTraining: false });
      return result.data[0];
    };
    return int16Table(of, quantizationOf(input), quantizationOf(output));
  }
  const everyInput = Int8Array.from({ length: 256 }, (_, index) => index - 128);
  const values = new Tensor([1, 256], Float64Array.from(dequantizeTensor(everyInput, input)));
  const results = Tensor.zeros([1, 256], "float64");
  layer.forward([values], results, { ops: typescriptOps, isTraining: false });
  const wrong = results.data.findIndex((value) => Number.isNaN(value));
  if (wrong >= 0) {
    throw new UserError(
      `layer "${layer.name}" gives no number for ${values.data[wrong]}, which its int8 input can be`,
      "let the function give one for every x",
    );
  }
  return Int8Array.from(quantizeExactly(results.data, output));
}
