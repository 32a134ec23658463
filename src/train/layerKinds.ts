import type { Fields } from "../fields.js";
import { type Dense, type DenseSpec, readDense } from "./dense.js";
import type { RebuildContext } from "./layer.js";
import { type Relu, type ReluSpec, readRelu } from "./relu.js";
import { readSoftmax, type Softmax, type SoftmaxSpec } from "./softmax.js";

/** A layer of a built network; `kind` tells which. A new kind of layer is a file and a row in each list here. */
export type Layer = Dense | Relu | Softmax;

/** A layer as the user lists it: what `dense(32)` returns. */
export type LayerSpec = DenseSpec | ReluSpec | SoftmaxSpec;

/** How each kind of layer is rebuilt from a model file. */
export const layerReaders: {
  readonly [Kind in Layer["kind"]]: (
    settings: Fields,
    context: RebuildContext,
  ) => Extract<Layer, { kind: Kind }>;
} = {
  dense: readDense,
  relu: readRelu,
  softmax: readSoftmax,
};
