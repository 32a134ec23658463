import type { Fields } from "../fields.js";
import type { RebuildContext } from "./layer.js";
import { type Dense, readDense } from "./layers/dense.js";
import { type ElementWise, type ElementWiseKind, readElementWise } from "./layers/elementWise.js";
import { readSoftmax, type Softmax } from "./layers/softmax.js";

/** A layer of a built network; `kind` tells which. A new kind of layer is a file and a row in each list here. */
export type Layer = Dense | Softmax | { [Kind in ElementWiseKind]: ElementWise<Kind> }[ElementWiseKind];

/** How each kind of layer is rebuilt from a model file. */
export const layerReaders: {
  readonly [Kind in Layer["kind"]]: (
    settings: Fields,
    context: RebuildContext,
  ) => Extract<Layer, { kind: Kind }>;
} = {
  dense: readDense,
  relu: readElementWise("relu"),
  softmax: readSoftmax,
};
