import type { ActivationData } from "../network/quantizedNetwork.js";
import { add } from "./add.js";
import { addTable } from "./addTable.js";
import { audioFeatures } from "./audioFeatures.js";
import { averagePool } from "./averagePool.js";
import { averagePoolInt16 } from "./averagePoolInt16.js";
import { averagePoolWhole } from "./averagePoolWhole.js";
import { concatenate2 } from "./concatenate2.js";
import { concatenate3 } from "./concatenate3.js";
import { concatenate4 } from "./concatenate4.js";
import { constant } from "./constant.js";
import { convolution } from "./convolution.js";
import { convolutionDigits } from "./convolutionDigits.js";
import { convolutionInt16 } from "./convolutionInt16.js";
import { convolutionPairs } from "./convolutionPairs.js";
import { convolutionShared } from "./convolutionShared.js";
import { convolutionWinograd } from "./convolutionWinograd.js";
import { depthwiseConvolution } from "./depthwiseConvolution.js";
import { depthwiseConvolutionInt16 } from "./depthwiseConvolutionInt16.js";
import { depthwisePairs } from "./depthwisePairs.js";
import { depthwiseShared } from "./depthwiseShared.js";
import { depthwiseStrips } from "./depthwiseStrips.js";
import { elementwise } from "./elementwise.js";
import { fullyConnected } from "./fullyConnected.js";
import { fullyConnectedBlocked } from "./fullyConnectedBlocked.js";
import { fullyConnectedCompact } from "./fullyConnectedCompact.js";
import { fullyConnectedDigits } from "./fullyConnectedDigits.js";
import { fullyConnectedShared } from "./fullyConnectedShared.js";
import { gru } from "./gru.js";
import type { KernelArgument } from "./kernelArgument.js";
import { lookup } from "./lookup.js";
import { lookupInt16 } from "./lookupInt16.js";
import { lstm } from "./lstm.js";
import { lstmWindow } from "./lstmWindow.js";
import { maxPool } from "./maxPool.js";
import { maxPoolInt16 } from "./maxPoolInt16.js";
import { mean } from "./mean.js";
import { multiply } from "./multiply.js";
import { normalization } from "./normalization.js";
import { normalizationInt16 } from "./normalizationInt16.js";
import { pad } from "./pad.js";
import { requantizeInt16 } from "./requantizeInt16.js";
import { requantizeToInt8 } from "./requantizeToInt8.js";
import { requantizeToInt16 } from "./requantizeToInt16.js";
import { requantizeToInt32 } from "./requantizeToInt32.js";
import { resize } from "./resize.js";
import { simpleRnn } from "./simpleRnn.js";
import { softmax } from "./softmax.js";
import { softmaxInt16 } from "./softmaxInt16.js";
import { softmaxRows } from "./softmaxRows.js";
import { softmaxToInt16 } from "./softmaxToInt16.js";
import { streamWindow } from "./streamWindow.js";
import { stridedCopy } from "./stridedCopy.js";
import { svdfFeatures } from "./svdfFeatures.js";
import { svdfFeaturesInt16 } from "./svdfFeaturesInt16.js";
import { svdfTime } from "./svdfTime.js";
import { svdfTimeInt16 } from "./svdfTimeInt16.js";
import { treeEnsemble } from "./treeEnsemble.js";

/** A kernel as the oracle calls it: layer argument, input activations, output activation, scratch. */
export type KernelFunction = (
  layer: Readonly<Record<string, KernelArgument>>,
  ...activations: (ActivationData | Int32Array)[]
) => void;

/** All kernels by name; each is the exported function of the file with that name. */
export const kernels: Readonly<Record<string, KernelFunction>> = {
  convolution: convolution as unknown as KernelFunction,
  convolutionPairs: convolutionPairs as unknown as KernelFunction,
  convolutionShared: convolutionShared as unknown as KernelFunction,
  convolutionDigits: convolutionDigits as unknown as KernelFunction,
  fullyConnectedDigits: fullyConnectedDigits as unknown as KernelFunction,
  convolutionWinograd: convolutionWinograd as unknown as KernelFunction,
  add: add as unknown as KernelFunction,
  addTable: addTable as unknown as KernelFunction,
  audioFeatures: audioFeatures as unknown as KernelFunction,
  averagePool: averagePool as unknown as KernelFunction,
  averagePoolWhole: averagePoolWhole as unknown as KernelFunction,
  concatenate2: concatenate2 as unknown as KernelFunction,
  concatenate3: concatenate3 as unknown as KernelFunction,
  concatenate4: concatenate4 as unknown as KernelFunction,
  constant: constant as unknown as KernelFunction,
  elementwise: elementwise as unknown as KernelFunction,
  depthwiseConvolution: depthwiseConvolution as unknown as KernelFunction,
  depthwisePairs: depthwisePairs as unknown as KernelFunction,
  depthwiseShared: depthwiseShared as unknown as KernelFunction,
  depthwiseStrips: depthwiseStrips as unknown as KernelFunction,
  fullyConnected: fullyConnected as unknown as KernelFunction,
  fullyConnectedBlocked: fullyConnectedBlocked as unknown as KernelFunction,
  fullyConnectedCompact: fullyConnectedCompact as unknown as KernelFunction,
  fullyConnectedShared: fullyConnectedShared as unknown as KernelFunction,
  gru: gru as unknown as KernelFunction,
  lookup: lookup as unknown as KernelFunction,
  lstm: lstm as unknown as KernelFunction,
  lstmWindow: lstmWindow as unknown as KernelFunction,
  maxPool: maxPool as unknown as KernelFunction,
  mean: mean as unknown as KernelFunction,
  multiply: multiply as unknown as KernelFunction,
  normalization: normalization as unknown as KernelFunction,
  pad: pad as unknown as KernelFunction,
  averagePoolInt16: averagePoolInt16 as unknown as KernelFunction,
  convolutionInt16: convolutionInt16 as unknown as KernelFunction,
  depthwiseConvolutionInt16: depthwiseConvolutionInt16 as unknown as KernelFunction,
  maxPoolInt16: maxPoolInt16 as unknown as KernelFunction,
  softmaxInt16: softmaxInt16 as unknown as KernelFunction,
  lookupInt16: lookupInt16 as unknown as KernelFunction,
  normalizationInt16: normalizationInt16 as unknown as KernelFunction,
  requantizeInt16: requantizeInt16 as unknown as KernelFunction,
  requantizeToInt16: requantizeToInt16 as unknown as KernelFunction,
  requantizeToInt32: requantizeToInt32 as unknown as KernelFunction,
  requantizeToInt8: requantizeToInt8 as unknown as KernelFunction,
  resize: resize as unknown as KernelFunction,
  simpleRnn: simpleRnn as unknown as KernelFunction,
  softmax: softmax as unknown as KernelFunction,
  softmaxRows: softmaxRows as unknown as KernelFunction,
  softmaxToInt16: softmaxToInt16 as unknown as KernelFunction,
  streamWindow: streamWindow as unknown as KernelFunction,
  stridedCopy: stridedCopy as unknown as KernelFunction,
  svdfFeatures: svdfFeatures as unknown as KernelFunction,
  svdfFeaturesInt16: svdfFeaturesInt16 as unknown as KernelFunction,
  svdfTime: svdfTime as unknown as KernelFunction,
  svdfTimeInt16: svdfTimeInt16 as unknown as KernelFunction,
  treeEnsemble: treeEnsemble as unknown as KernelFunction,
};
