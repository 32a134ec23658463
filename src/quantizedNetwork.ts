import type { Shape } from "./tensor.js";

/** real = scale · (q − zeroPoint). The scale is a float32 value (TFLite stores it so), zeroPoint one of q. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** What an activation's elements are. Networks take int8 or, as raw measurements, int16 with zero point 0. */
export type ElementType = "int8" | "int16";

/** Values of an activation, one sample. */
export type ActivationData = Int8Array | Int16Array;

/** An activation: what flows between layers. Its shape has no batch axis; images are [height, width, channels]. */
export interface QuantizedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly quantization: Quantization;
  /** Default "int8". */
  readonly elementType?: ElementType;
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

/**
 * output = clamp((input − offset) · factor), feature by feature along the last axis, on real values: raw measurements
 * become activations.
 *
 * The offset is in input steps with {@link normalizationFractionBits} bits after the point:
 * output = requantize(input · 2^bits − offset, factor) + output zero point.
 */
export interface QuantizedNormalization extends LayerBase {
  readonly kind: "normalization";
  /** int32 [features] */
  readonly offsets: Int32Array;
  /** Output steps for one input step, [features]: real factor · input scale / output scale. Positive. */
  readonly factors: readonly number[];
}

/** Bits after the point of {@link QuantizedNormalization.offsets}: two int16 apart by 2^16, times 2^13, fit int32. */
export const normalizationFractionBits = 13;

/** output = table[input + 128]: an activation function, value by value, as all its 256 results. */
export interface QuantizedLookup extends LayerBase {
  readonly kind: "lookup";
  /** What the table computes, for reports: "sigmoid". */
  readonly activation: string;
  /** int8 [256], for the inputs −128..127. */
  readonly table: Int8Array;
}

export type QuantizedLayer =
  | QuantizedFullyConnected
  | QuantizedLookup
  | QuantizedNormalization
  | QuantizedSoftmax;

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
