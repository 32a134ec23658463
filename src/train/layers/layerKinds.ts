import type { Fields } from "../../base/fields.js";
import { type AudioFeatures, readAudioFeatures } from "./audioFeatures.js";
import { type BatchNorm, readBatchNorm } from "./batchNorm.js";
import { readConv1d } from "./conv1d.js";
import { readConv2d } from "./conv2d.js";
import type { Convolution } from "./convolution.js";
import { type Copy, readCopy } from "./copy.js";
import { type Dense, readDense } from "./dense.js";
import { readDepthwiseConv2d } from "./depthwiseConv2d.js";
import { type Dropout, readDropout } from "./dropout.js";
import { type ElementWise, readElementWise } from "./elementWise.js";
import { type KMeansDistance, readKMeansDistance } from "./kMeansDistance.js";
import type { RebuildContext } from "./layer.js";
import {
  type Add,
  type Concatenate,
  type Multiply,
  readAdd,
  readConcatenate,
  readMultiply,
} from "./merge.js";
import { type Normalization, readNormalization } from "./normalization.js";
import { type OwnFunction, readOwnFunction } from "./ownFunction.js";
import { type OwnKernelLayer, readOwnKernelLayer } from "./ownKernel.js";
import { type Pad, readPad } from "./pad.js";
import { type Pooling, readGlobalPooling, readPooling } from "./pooling.js";
import { type ReconstructionError, readReconstructionError } from "./reconstructionError.js";
import type { Recurrent } from "./recurrent.js";
import { readRecurrent } from "./recurrentSpecs.js";
import { type Reshape, readFlatten, readReshape } from "./reshape.js";
import { readSignal, type Signal } from "./signal.js";
import { readSoftmax, type Softmax } from "./softmax.js";
import { readTrees, type TreeEnsemble } from "./treeEnsemble.js";
import { readValueFunction, type ValueFunction } from "./valueFunction.js";

/** A layer of a built network; `kind` tells which. A new kind of layer is a file and a row in each list here. */
export type Layer =
  | Add
  | AudioFeatures
  | BatchNorm
  | Concatenate
  | Copy
  | Dense
  | Dropout
  | Convolution
  | ElementWise
  | KMeansDistance
  | Multiply
  | Normalization
  | OwnFunction
  | OwnKernelLayer
  | Pad
  | Pooling
  | ReconstructionError
  | Recurrent
  | Reshape
  | Signal
  | Softmax
  | TreeEnsemble
  | ValueFunction;

/** Kinds that take several inputs. */
export const joiningKinds: ReadonlySet<Layer["kind"]> = new Set([
  "add",
  "concatenate",
  "multiply",
  "reconstructionError",
]);

/** How each kind of layer is rebuilt from a model file. */
export const layerReaders: Readonly<
  Record<Layer["kind"], (settings: Fields, context: RebuildContext) => Layer>
> = {
  add: readAdd,
  audioFeatures: readAudioFeatures,
  averagePool1d: readPooling("averagePool1d"),
  averagePool2d: readPooling("averagePool2d"),
  batchNorm: readBatchNorm,
  biquads: readSignal("biquads"),
  concatenate: readConcatenate,
  conv1d: readConv1d,
  conv2d: readConv2d,
  copy: readCopy,
  decimate: readSignal("decimate"),
  dense: readDense,
  depthwiseConv2d: readDepthwiseConv2d,
  dropout: readDropout,
  flatten: readFlatten,
  function: readValueFunction,
  globalAveragePool1d: readGlobalPooling("globalAveragePool1d"),
  globalAveragePool2d: readGlobalPooling("globalAveragePool2d"),
  gru: readRecurrent("gru"),
  hardSigmoid: readElementWise("hardSigmoid"),
  hardSwish: readElementWise("hardSwish"),
  kMeansDistance: readKMeansDistance,
  leakyRelu: readElementWise("leakyRelu"),
  linear: readElementWise("linear"),
  lstm: readRecurrent("lstm"),
  maxPool1d: readPooling("maxPool1d"),
  maxPool2d: readPooling("maxPool2d"),
  multiply: readMultiply,
  normalization: readNormalization,
  ownFunction: readOwnFunction,
  ownKernel: readOwnKernelLayer,
  pad: readPad,
  reconstructionError: readReconstructionError,
  relu: readElementWise("relu"),
  relu6: readElementWise("relu6"),
  reshape: readReshape,
  sigmoid: readElementWise("sigmoid"),
  simpleRnn: readRecurrent("simpleRnn"),
  softmax: readSoftmax,
  spectrum: readSignal("spectrum"),
  statistics: readSignal("statistics"),
  step: readElementWise("step"),
  tanh: readElementWise("tanh"),
  treeEnsemble: readTrees,
};
