import type { i32 } from "./int.js";

/** A window that moves over an image. */
export interface Window {
  readonly inHeight: i32;
  readonly inWidth: i32;
  readonly outHeight: i32;
  readonly outWidth: i32;
  readonly kernelHeight: i32;
  readonly kernelWidth: i32;
  readonly strideY: i32;
  readonly strideX: i32;
  readonly paddingTop: i32;
  readonly paddingLeft: i32;
}

/** One whose taps may lie apart. */
export interface DilatedWindow extends Window {
  readonly dilationY: i32;
  readonly dilationX: i32;
}

/** What the reference kernels of convolutions are told beside weights and biases. */
export interface ReferenceConvolution extends DilatedWindow {
  readonly inChannels: i32;
  readonly inputZeroPoint: i32;
  /** int32 [outChannels]: input scale · weight scale / output scale = multiplier / 2^31 · 2^leftShift / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [outChannels] */
  readonly rightShift: Uint8Array;
  /** uint8 [outChannels]; empty where no factor is over 1. */
  readonly leftShift: Uint8Array;
  /** 1 when any factor is over 1, else 0. */
  readonly hasLeftShift: i32;
  /** How they are rounded: 0 in two steps, as TFLM does; 1 half to even of the product in float32, as onnxruntime does. */
  readonly rounding: i32;
  readonly outputZeroPoint: i32;
  /** Fused activation, in output steps: ReLU is [outputZeroPoint, 127]. */
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/** What convolutions of int16 are told beside weights and biases. Zero points are 0. */
export interface Int16Convolution extends DilatedWindow {
  readonly inChannels: i32;
  /** int16 [outChannels]: input scale · weight scale / output scale = multiplier / 2^rightShift. */
  readonly multiplier: Int16Array;
  /** uint8 [outChannels] */
  readonly rightShift: Uint8Array;
  /** Fused activation, in output steps: ReLU is [0, 32767]. */
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/** What a pooling is told. */
export interface Pooling extends Window {
  readonly channels: i32;
  /** 0 where every window lies in the image, else 1. */
  readonly isPadded: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}
