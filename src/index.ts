/** The public API. */

export { describeUpdates } from "../codegen/describeUpdates.js";
export { type ClientFacts, describeClient, printClient } from "../codegen/printClient.js";
export { writeFirmware } from "../codegen/writeFirmware.js";
export { UserError } from "./base/errors.js";
export { Random } from "./base/random.js";
export { type DType, elementCount, type FloatArray, type Shape, Tensor } from "./base/tensor.js";
export type { Board } from "./board/board.js";
export { boards, findBoard } from "./board/boards.js";
export { type BuiltFirmware, buildFolder } from "./board/buildFolder.js";
export { type ImageFile, readImage } from "./board/readImage.js";
export { startVirtualBoard, type VirtualBoard, type VirtualBoardOptions } from "./board/virtualBoard.js";
export { type CompareOptions, compareDevice } from "./compare/compareDevice.js";
export { renderComparison } from "./compare/render.js";
export { allBytesAreEqual, type ComparisonReport, comparisonToJson } from "./compare/report.js";
export { type Fingerprint, findDifference, fingerprintTraining } from "./experiment/checkpointFingerprint.js";
export { decodeCheckpoint, encodeCheckpoint, type StoredTraining } from "./experiment/checkpointFormat.js";
export {
  defineExperiment,
  type Experiment,
  loadExperiment,
  type QuantizeSettings,
} from "./experiment/experiment.js";
export { type TrainedExperiment, trainExperiment } from "./experiment/trainExperiment.js";
export { type TrainedModel, trainModel } from "./experiment/trainModel.js";
export type { BootloaderLine } from "./flash/bootloaderLine.js";
export {
  connectLoader,
  type FlashProgress,
  type FlashReport,
  flashImage,
  type Loader,
  startProgram,
} from "./flash/flasher.js";
export { type FlashPlan, planFlash } from "./flash/planFlash.js";
export { openSerialLoader, type SerialLoader } from "./flash/serialLoader.js";
export { type IdxData, parseIdx } from "./formats/idx.js";
export type { Samples } from "./formats/npy.js";
export { readSamples, writeNpy } from "./formats/samples.js";
export { type ImportedNetwork, importTflite } from "./import/importTflite.js";
export type { LayerOrigin } from "./import/layerReader.js";
export type { KernelArgument } from "./kernels/kernelArgument.js";
export { describeProgram } from "./link/describeProgram.js";
export type { NetworkDescription } from "./link/description.js";
export { type Device, openDevice, type RunAnswer } from "./link/device.js";
export type { DeviceOptions } from "./link/deviceOptions.js";
export type { Line } from "./link/line.js";
export type { Hello } from "./link/messages.js";
export { openProcessDevice } from "./link/processDevice.js";
export { openSerialDevice, type SerialOptions } from "./link/serialDevice.js";
export { type Update, updateDevice } from "./link/updateDevice.js";
export { fromModel } from "./model/fromModel.js";
export { type Model, readModel, writeModel } from "./model/modelFile.js";
export { networkHash } from "./network/networkHash.js";
export type {
  Quantization,
  QuantizedFullyConnected,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedSoftmax,
  QuantizedTensor,
} from "./network/quantizedNetwork.js";
export type { StatisticName } from "./network/signalBlocks.js";
export { PinController, type PinDecision } from "./pins/pinController.js";
export type { AnalogInput, ClassOutput, DigitalInput, PinMap, ThresholdOutput, Vote } from "./pins/pinMap.js";
export { type PinPlan, planPins } from "./pins/planPins.js";
export type { PlannedWindows } from "./pins/planWindows.js";
export { WindowController, type WindowDecision } from "./pins/windowController.js";
export { planProgram } from "./plan/planProgram.js";
export {
  type LayerProfile,
  type ProfileOptions,
  type ProfileReport,
  profileDevice,
} from "./profile/profileDevice.js";
export { readOwnKernels } from "./program/ownKernels.js";
export type { ArenaSlot, KernelCall, Program } from "./program/program.js";
export { createRunner, type Runner } from "./program/runner.js";
export { runProgram } from "./program/runProgram.js";
export { audioStream, withAudioStream } from "./quantize/audioStream.js";
export { type CalibrationMethod, calibrate } from "./quantize/calibrate.js";
export { type QuantizedMultiplier, quantizeMultiplier } from "./quantize/multiplier.js";
export { quantizeNetwork } from "./quantize/quantizeNetwork.js";
export { dequantizeTensor, quantizeTensor } from "./quantize/quantizeTensor.js";
export {
  between,
  defineSearch,
  type Search,
  type SearchLimits,
  type SearchRange,
  type SearchSpace,
  type SearchValue,
  type ValuesOf,
} from "./search/search.js";
export type { AudioOptions, AudioPreset } from "./signal/audioOptions.js";
export type { NoiseSettings } from "./signal/audioParameters.js";
export type { GainSettings } from "./signal/gainTable.js";
export type {
  BiquadsOptions,
  DecimateOptions,
  SpectrumOptions,
  StatisticsOptions,
} from "./signal/signalOptions.js";
export { type ArrayFiles, type ArrayOptions, arrays } from "./train/data/arrays.js";
export type { Augment } from "./train/data/augment.js";
export {
  type ImageAugmentOptions,
  imageBrightness,
  imageFlip,
  imageNoise,
  imageRotate,
  imageShift,
} from "./train/data/augmentImages.js";
export {
  type SeriesAugmentOptions,
  seriesJitter,
  seriesScale,
  seriesShift,
  seriesWarp,
} from "./train/data/augmentSeries.js";
export { type CsvOptions, csv } from "./train/data/csv.js";
export type { Dataset, ExperimentData, Skipped, Targets } from "./train/data/dataset.js";
export { type ImageFolderOptions, imageFolder } from "./train/data/imageFolder.js";
export type { LoadedData } from "./train/data/loadedData.js";
export { type Mnist, mnist } from "./train/data/mnist.js";
export { type RecordingOptions, recordings } from "./train/data/recordings.js";
export { moons, rings, spirals } from "./train/data/shapes.js";
export type { SplitOptions } from "./train/data/shareOut.js";
export { type SoundFolderOptions, soundFolder } from "./train/data/soundFolder.js";
export { split } from "./train/data/split.js";
export type {
  Checkpointing,
  FinishedTraining,
  FitState,
  Position,
  TrainingCut,
} from "./train/fitting/checkpoint.js";
export type { EarlyStop } from "./train/fitting/earlyStop.js";
export { type Evaluation, evaluate } from "./train/fitting/evaluate.js";
export { type FitOptions, fit } from "./train/fitting/fit.js";
export type { EpochRecord, History, Progress } from "./train/fitting/history.js";
export type { GradientLimit } from "./train/fitting/limitGradients.js";
export {
  absoluteError,
  accuracy,
  accuracyAt,
  auc,
  type ConfusionMatrix,
  confusionMatrix,
  f1,
  type Metric,
  precision,
  recall,
  rootMeanSquaredError,
  rSquared,
  squaredError,
  zeroOne,
} from "./train/fitting/metrics.js";
export { audioFeatures } from "./train/layers/audioFeatures.js";
export { type BatchNormOptions, batchNorm } from "./train/layers/batchNorm.js";
export { type Conv1dOptions, conv1d } from "./train/layers/conv1d.js";
export { type Conv2dOptions, conv2d } from "./train/layers/conv2d.js";
export { type DenseOptions, dense } from "./train/layers/dense.js";
export { type DepthwiseConv2dOptions, depthwiseConv2d } from "./train/layers/depthwiseConv2d.js";
export { dropout } from "./train/layers/dropout.js";
export {
  hardSigmoid,
  hardSwish,
  leakyRelu,
  linear,
  relu,
  relu6,
  sigmoid,
  step,
  tanh,
} from "./train/layers/elementWise.js";
export {
  type Activation,
  chain,
  type LayerGroup,
  type LayerOptions,
  type LayerSpec,
  type NetworkSpec,
} from "./train/layers/graph.js";
export {
  type Fans,
  fixedWeights,
  glorot,
  he,
  type Initializer,
  numpyNormal,
  numpyUniform,
  orthogonal,
  uniform,
} from "./train/layers/initializers.js";
export { kMeansDistance } from "./train/layers/kMeansDistance.js";
export type { Parameter } from "./train/layers/layer.js";
export type { Layer } from "./train/layers/layerKinds.js";
export { add, concatenate } from "./train/layers/merge.js";
export { minMaxScale, standardize } from "./train/layers/normalization.js";
export { defineFunction, type FunctionDefinition } from "./train/layers/ownFunction.js";
export {
  defineKernel,
  type KernelDefinition,
  type OwnPlace,
  type OwnShapes,
} from "./train/layers/ownKernel.js";
export {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  maxPool1d,
  maxPool2d,
  type Pool1dOptions,
  type Pool2dOptions,
} from "./train/layers/pooling.js";
export { reconstructionError } from "./train/layers/reconstructionError.js";
export {
  bidirectional,
  gru,
  lstm,
  type RecurrentOptions,
  type RecurrentSpec,
  simpleRnn,
} from "./train/layers/recurrentSpecs.js";
export { flatten, reshape } from "./train/layers/reshape.js";
export { biquads, decimate, spectrum, statistics } from "./train/layers/signal.js";
export { softmax } from "./train/layers/softmax.js";
export type { Padding, Padding1d } from "./train/layers/window.js";
export { type BinaryCrossEntropyOptions, binaryCrossEntropy } from "./train/losses/binaryCrossEntropy.js";
export { hinge } from "./train/losses/hinge.js";
export { type HuberOptions, huber } from "./train/losses/huber.js";
export type { Loss, LossOptions } from "./train/losses/loss.js";
export { meanAbsoluteError } from "./train/losses/meanAbsoluteError.js";
export { meanOutput } from "./train/losses/meanOutput.js";
export { type MeanSquaredErrorOptions, meanSquaredError } from "./train/losses/meanSquaredError.js";
export { l1, l2, type Penalty } from "./train/losses/penalties.js";
export { softmaxCrossEntropy } from "./train/losses/softmaxCrossEntropy.js";
export { foldBatchNorm } from "./train/network/foldBatchNorm.js";
export { buildNetwork, Network } from "./train/network/network.js";
export { Pass, type PassOptions } from "./train/network/pass.js";
export { type AdamOptions, type AdamWOptions, adam, adamW } from "./train/optimizers/adam.js";
export type { LearningRate, Optimizer } from "./train/optimizers/optimizer.js";
export { type RmsPropOptions, rmsProp } from "./train/optimizers/rmsProp.js";
export { cosine, stepDecay, warmUp } from "./train/optimizers/schedules.js";
export { type SgdOptions, sgd } from "./train/optimizers/sgd.js";
