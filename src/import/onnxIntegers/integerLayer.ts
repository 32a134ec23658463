import type { Shape } from "../../base/tensor.js";
import type { Quantization } from "../../network/quantizedNetwork.js";
import { OtherLayer } from "../onnx/otherLayer.js";
import type { LayerSettings } from "../operatorContext.js";

/** How integers stand for real values. */
export interface IntegerFormat {
  /** Of int8: a uint8 model's zero point is 128 more. */
  readonly quantization: Quantization;
  readonly isUnsigned: boolean;
}

/** The float32 values that integers stand for, or the means over their positions: what onnxruntime computes in float32. */
export type RealStep = "dequantize" | "mean";

/** No layer but an input of the network, of those behind the first. */
export type FurtherInput = "input";

/** A layer of integers that is none of a float network, or a step in real values that is none of the device. */
export class IntegerLayer extends OtherLayer {
  constructor(
    name: string,
    outputShape: Shape,
    readonly what: LayerSettings | RealStep | FurtherInput,
  ) {
    super(name, outputShape);
  }
}

/** What a convolution or a dense layer, whose weights are whole numbers, is told beside them. */
export interface IntegerParts {
  readonly weightScales: readonly number[];
  /** A float32 does not hold every int32. */
  readonly bias: Int32Array;
}
