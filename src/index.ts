/** The public API. */
export { UserError } from "./errors.js";
export {
  defineExperiment,
  type Experiment,
  type ExperimentData,
  loadExperiment,
  type QuantizeSettings,
} from "./experiment.js";
export { type Model, readModel, writeModel } from "./modelFile.js";
export { networkHash } from "./networkHash.js";
export { planProgram } from "./plan/planProgram.js";
export type { ArenaSlot, KernelArgument, KernelCall, Program } from "./program.js";
export { type CalibrationMethod, calibrate } from "./quantize/calibrate.js";
export { quantizeNetwork } from "./quantize/quantizeNetwork.js";
export { dequantizeTensor, quantizeTensor } from "./quantize/quantizeTensor.js";
export type {
  Quantization,
  QuantizedFullyConnected,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedSoftmax,
  QuantizedTensor,
} from "./quantizedNetwork.js";
export { Random } from "./random.js";
export { runProgram } from "./runProgram.js";
export { readSamples, type Samples, writeNpy } from "./samples.js";
export { type DType, elementCount, type FloatArray, type Shape, Tensor } from "./tensor.js";
export { type IdxData, parseIdx } from "./train/data/idx.js";
export { type Mnist, mnist } from "./train/data/mnist.js";
export type { Dataset, Targets } from "./train/dataset.js";
export type { EarlyStop } from "./train/earlyStop.js";
export { type Evaluation, evaluate } from "./train/evaluate.js";
export { type EpochRecord, type FitOptions, fit, type History, type Progress } from "./train/fit.js";
export {
  type Activation,
  chain,
  type LayerOptions,
  type LayerSpec,
  type NetworkSpec,
} from "./train/graph.js";
export { fixedWeights, glorot, he, type Initializer, numpyUniform } from "./train/initializers.js";
export type { Layer } from "./train/layerKinds.js";
export { type DenseOptions, dense } from "./train/layers/dense.js";
export { relu } from "./train/layers/elementWise.js";
export { softmax } from "./train/layers/softmax.js";
export type { Loss } from "./train/loss.js";
export { type MeanSquaredErrorOptions, meanSquaredError } from "./train/losses/meanSquaredError.js";
export { softmaxCrossEntropy } from "./train/losses/softmaxCrossEntropy.js";
export { absoluteError, accuracy, type Metric, squaredError } from "./train/metrics.js";
export { buildNetwork, Network } from "./train/network.js";
export type { Optimizer } from "./train/optimizer.js";
export { type AdamOptions, adam } from "./train/optimizers/adam.js";
export { type SgdOptions, sgd } from "./train/optimizers/sgd.js";
export { type TrainedModel, trainModel } from "./trainModel.js";
