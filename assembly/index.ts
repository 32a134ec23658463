/*
 * The hot loops of training for float32, compiled to WebAssembly with SIMD. Each is the twin of a function in
 * src/train/ops and gives its bits. All take the same three arguments: a range of independent outputs, which threads
 * share out among themselves, and the address of what to do.
 */
export {
  channelGradientSums,
  channelStatistics,
  foldBlocks,
  normalizeChannels,
  normalizeChannelsBackward,
} from "./batchNorm";
export { channelProduct } from "./channelProduct";
export {
  accumulate,
  addColumnSums,
  addScaled,
  leakyReluBackward,
  leakyReluForward,
  multiply,
  relu6Backward,
  relu6Forward,
  reluBackward,
  reluForward,
} from "./elementwise";
export { gruBackward, gruForward } from "./gru";
export { lstmBackward, lstmForward } from "./lstm";
export { nineTapGradients, nineTaps, pixelTapGradients, pixelTaps } from "./nineTaps";
export { adamStep, momentumStep, nesterovStep, rmsPropStep, sgdStep } from "./optimizers";
export { packPanels, padImages, transpose } from "./pack";
export { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from "./pooling";
export { product } from "./product";
export { simpleRnnBackward, simpleRnnForward } from "./simpleRnn";
export { countNonZeros, setScratch, sparseProduct, sparseWeightGradient } from "./sparse";
export { sparseFilterGradient, sparseInputGradient } from "./sparseConvolution";
