import type { Fields } from "../fields.js";
import type { RebuildContext } from "./layer.js";
import { type BatchNorm, readBatchNorm } from "./layers/batchNorm.js";
import { readConv1d } from "./layers/conv1d.js";
import { readConv2d } from "./layers/conv2d.js";
import type { Convolution } from "./layers/convolution.js";
import { type Dense, readDense } from "./layers/dense.js";
import { readDepthwiseConv2d } from "./layers/depthwiseConv2d.js";
import { type Dropout, readDropout } from "./layers/dropout.js";
import { type ElementWise, readElementWise } from "./layers/elementWise.js";
import { type Add, type Concatenate, readAdd, readConcatenate } from "./layers/merge.js";
import { type Pooling, readGlobalPooling, readPooling } from "./layers/pooling.js";
import { type Reshape, readFlatten, readReshape } from "./layers/reshape.js";
import { readSoftmax, type Softmax } from "./layers/softmax.js";

/** A layer of a built network; `kind` tells which. A new kind of layer is a file and a row in each list here. */
export type Layer =
  | Add
  | BatchNorm
  | Concatenate
  | Dense
  | Dropout
  | Convolution
  | ElementWise
  | Pooling
  | Reshape
  | Softmax;

/** How each kind of layer is rebuilt from a model file. */
export const layerReaders: Readonly<
  Record<Layer["kind"], (settings: Fields, context: RebuildContext) => Layer>
> = {
  add: readAdd,
  averagePool1d: readPooling("averagePool1d"),
  averagePool2d: readPooling("averagePool2d"),
  batchNorm: readBatchNorm,
  concatenate: readConcatenate,
  conv1d: readConv1d,
  conv2d: readConv2d,
  dense: readDense,
  depthwiseConv2d: readDepthwiseConv2d,
  dropout: readDropout,
  flatten: readFlatten,
  globalAveragePool1d: readGlobalPooling("globalAveragePool1d"),
  globalAveragePool2d: readGlobalPooling("globalAveragePool2d"),
  hardSigmoid: readElementWise("hardSigmoid"),
  hardSwish: readElementWise("hardSwish"),
  leakyRelu: readElementWise("leakyRelu"),
  linear: readElementWise("linear"),
  maxPool1d: readPooling("maxPool1d"),
  maxPool2d: readPooling("maxPool2d"),
  relu: readElementWise("relu"),
  relu6: readElementWise("relu6"),
  reshape: readReshape,
  sigmoid: readElementWise("sigmoid"),
  softmax: readSoftmax,
  step: readElementWise("step"),
  tanh: readElementWise("tanh"),
};
