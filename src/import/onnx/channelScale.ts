import type { Shape } from "../../base/tensor.js";
import type { Affine } from "./graphValues.js";

/**
 * factor · input + offset, channel by channel along the last axis: no layer of a network, but what becomes part of the
 * layer before it, or a layer, when it is known who else takes what.
 */
export class ChannelScale {
  readonly kind = "channelScale";
  readonly factors: Float64Array;
  readonly offsets: Float64Array;

  /** @param indices for each channel: which of the factors and offsets is its */
  constructor(
    readonly name: string,
    readonly outputShape: Shape,
    affine: Affine,
    indices: Int32Array,
  ) {
    this.factors = Float64Array.from(indices, (index) => affine.factors[index]);
    this.offsets = Float64Array.from(indices, (index) => affine.offsets[index]);
  }
}
