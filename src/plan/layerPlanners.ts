import type { QuantizedLayer } from "../network/quantizedNetwork.js";
import type { LayerPlanner } from "./kernelChoice.js";
import { planAdd, planMultiply } from "./planArithmetic.js";
import { planAudioFeatures, planAudioStream } from "./planAudioFeatures.js";
import { planConcatenation } from "./planConcatenation.js";
import { planConstant } from "./planConstant.js";
import { planConvolution } from "./planConvolution.js";
import { planCopy } from "./planCopy.js";
import { planDepthwiseConvolution } from "./planDepthwiseConvolution.js";
import { planDetection } from "./planDetection.js";
import { planElementwise } from "./planElementwise.js";
import { planLookup } from "./planLookup.js";
import { planLstm } from "./planLstm.js";
import { planMean } from "./planMean.js";
import { planNormalization } from "./planNormalization.js";
import { planOwn } from "./planOwn.js";
import { planPad } from "./planPad.js";
import { planAveragePool, planMaxPool } from "./planPooling.js";
import { planRecurrent } from "./planRecurrent.js";
import { planRequantize } from "./planRequantize.js";
import { planResize } from "./planResize.js";
import { planRows } from "./planRows.js";
import { planSignal } from "./planSignal.js";
import { planSoftmax } from "./planSoftmax.js";
import { planNearestCentroid, planSquaredDistance } from "./planSquaredSteps.js";
import { planStreamWindow } from "./planStreamWindow.js";
import { planSvdfFeatures, planSvdfTime } from "./planSvdf.js";
import { planTrees } from "./planTrees.js";

/** How each kind of layer gets its kernel. A reshape needs none: its output is its input's memory. */
export const layerPlanners: {
  readonly [Kind in Exclude<QuantizedLayer["kind"], "reshape">]: LayerPlanner<
    Extract<QuantizedLayer, { kind: Kind }>
  >;
} = {
  audioFeatures: planAudioFeatures,
  audioStream: planAudioStream,
  averagePool: planAveragePool,
  add: planAdd,
  concatenation: planConcatenation,
  constant: planConstant,
  convolution: planConvolution,
  copy: planCopy,
  depthwiseConvolution: planDepthwiseConvolution,
  fullyConnected: planRows,
  lookup: planLookup,
  detection: planDetection,
  lstm: planLstm,
  maximum: planElementwise,
  maxPool: planMaxPool,
  mean: planMean,
  minimum: planElementwise,
  multiply: planMultiply,
  nearestCentroid: planNearestCentroid,
  normalization: planNormalization,
  own: planOwn,
  pad: planPad,
  prelu: planElementwise,
  recurrent: planRecurrent,
  requantize: planRequantize,
  resize: planResize,
  biquads: planSignal,
  decimate: planSignal,
  spectrum: planSignal,
  statistics: planSignal,
  softmax: planSoftmax,
  squaredDistance: planSquaredDistance,
  streamWindow: planStreamWindow,
  subtract: planElementwise,
  sum: planMean,
  svdfFeatures: planSvdfFeatures,
  svdfTime: planSvdfTime,
  treeEnsemble: planTrees,
};
