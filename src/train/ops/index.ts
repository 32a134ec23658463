import * as activations from "./activations.js";
import * as affine from "./affine.js";
import * as batchNorm from "./batchNorm.js";
import * as convolution from "./convolution.js";
import * as depthwise from "./depthwise.js";
import * as gru from "./gru.js";
import * as losses from "./losses.js";
import * as lstm from "./lstm.js";
import * as move from "./move.js";
import * as optimizers from "./optimizers.js";
import * as pooling from "./pooling.js";
import * as simpleRnn from "./simpleRnn.js";
import * as softmax from "./softmax.js";
import * as sums from "./sums.js";

/**
 * All loops of training, as plain functions over typed arrays and sizes: layers, losses and optimizers hold no
 * arithmetic of their own. They are the definition; a faster engine gives the same bits (arithmetic.ts says what
 * that takes) under the same names, and may leave any of them to these.
 */
export const typescriptOps = {
  ...activations,
  ...affine,
  ...batchNorm,
  ...convolution,
  ...depthwise,
  ...gru,
  ...losses,
  ...lstm,
  ...move,
  ...optimizers,
  ...pooling,
  ...simpleRnn,
  ...softmax,
  ...sums,
} as const;

/** The functions that training calls, by whatever engine. */
export type Ops = typeof typescriptOps;
