import type { Shape } from "./tensor.js";

/** real = scale · (q − zeroPoint). The scale is a float32 value (TFLite stores it so), zeroPoint is in −128..127. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** An int8 activation: what flows between layers. Its shape has no batch axis; images are [height, width, channels]. */
export interface QuantizedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly quantization: Quantization;
}

interface LayerBase {
  /** The layer's name in the user's network: unique, free text (the generator makes a C identifier of it). */
  readonly name: string;
  /** Indices into {@link QuantizedNetwork.tensors}. */
  readonly inputs: readonly number[];
  readonly output: number;
}

/**
 * output = clamp(requantize(bias + weights · (input − input zero point)) + output zero point)
 *
 * Source: TFLite int8 quantization specification, FULLY_CONNECTED.
 */
export interface QuantizedFullyConnected extends LayerBase {
  readonly kind: "fullyConnected";
  /** int8 [outFeatures, inFeatures], symmetric (zero point 0). */
  readonly weights: Int8Array;
  /** One scale per output feature, or a single one for all: [outFeatures] or [1]. Float32 values. */
  readonly weightScales: readonly number[];
  /** int32 [outFeatures], scale = input scale · weight scale, zero point 0. */
  readonly bias: Int32Array;
  /** The fused activation's clamp in output steps; no activation is [−128, 127], ReLU is [output zero point, 127]. */
  readonly activationMin: number;
  readonly activationMax: number;
}

/**
 * output = exp(beta · input) / Σ exp(beta · input) over the last axis; output scale 1/256, zero point −128.
 *
 * Source: TFLite int8 quantization specification, SOFTMAX.
 */
export interface QuantizedSoftmax extends LayerBase {
  readonly kind: "softmax";
  readonly beta: number;
}

export type QuantizedLayer = QuantizedFullyConnected | QuantizedSoftmax;

/**
 * A network in integers, independent of any target: the one type between training (or import) and planning.
 * Layers stand in an order in which they can run.
 */
export interface QuantizedNetwork {
  readonly name: string;
  readonly tensors: readonly QuantizedTensor[];
  /** Indices into `tensors`. */
  readonly input: number;
  readonly output: number;
  readonly layers: readonly QuantizedLayer[];
}
