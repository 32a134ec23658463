import type { Random } from "../../base/random.js";
import { type DType, type FloatArray, type Shape, Tensor } from "../../base/tensor.js";
import type { Penalty } from "../losses/penalties.js";
import type { Ops } from "../ops/index.js";

/** A trained tensor and the loss's derivative by it, of equal shape and element type. */
export interface Parameter {
  /** "weights", "bias": unique within the layer. */
  readonly name: string;
  /** Training may move it to memory of its engine, and moves it back: read it anew for every use. */
  value: Tensor;
  /** `backward` adds to it; who steps sets it to zero. */
  gradient: Tensor;
  /** True for what multiplies inputs: penalties and weight decay act on it, and leave biases alone. */
  readonly isWeight: boolean;
  /** The layer's own, beside one of the whole network. */
  readonly penalty: Penalty | undefined;
}

/** A tensor that belongs to a layer and its file, but is not moved by gradients. */
export interface Statistic {
  /** Unique among the layer's parameters and statistics. */
  readonly name: string;
  readonly value: Tensor;
}

/** A parameter with a gradient of zero. */
export function createParameter(
  name: string,
  value: Tensor,
  { isWeight = false, penalty }: { readonly isWeight?: boolean; readonly penalty?: Penalty | undefined } = {},
): Parameter {
  return { name, value, gradient: Tensor.zeros(value.shape, value.dtype), isWeight, penalty };
}

/** How a pass runs its layers. */
export interface Run {
  readonly ops: Ops;
  /** True while fitting: dropout drops, batch normalization takes the batch's statistics. */
  readonly isTraining: boolean;
  /** A ReLU follows whose work the layer does, as {@link LayerBase.rectifies} says it can. */
  readonly rectifiesOutput?: boolean;
  /** A ReLU precedes whose backward the layer does: inputs that are not above 0 get no derivative. */
  readonly rectifiesInput?: boolean;
  /** Memory that {@link ops} reach, for what `backward` needs to know beyond tensors; default plain arrays. */
  readonly createFloats?: (dtype: DType, length: number) => FloatArray;
}

/**
 * What every layer of a network can do. Tensors belong to the caller: a layer keeps parameters, settings, and what
 * its `backward` needs to know of its latest `forward` beyond the tensors. Shapes here have no batch axis; tensors
 * passed to `forward` and `backward` have it in front. Most layers have one input.
 */
export interface LayerBase {
  /** Unique in the network. */
  readonly name: string;
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly statistics?: readonly Statistic[];
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  /**
   * What the layer can do for a ReLU beside it: give max(0, output), also derive by that, or derive through a ReLU
   * before it. See {@link Run}.
   */
  readonly rectifies?: "output" | "output and its derivative" | "derivative by input" | undefined;

  /** False for a user's own layer that was read from a file, which holds no code. Default true. */
  readonly canRun?: boolean;

  /** Overwrites `output`. */
  forward(inputs: readonly Tensor[], output: Tensor, run: Run): void;

  /**
   * Adds the loss's derivatives by the parameters to their gradients, and overwrites those of `inputGradients` that
   * are given.
   *
   * @param inputs as given to `forward`
   * @param output as `forward` left it
   */
  backward(
    inputs: readonly Tensor[],
    output: Tensor,
    outputGradient: Tensor,
    inputGradients: readonly (Tensor | undefined)[],
    run: Run,
  ): void;

  /** The settings as plain JSON, from which the reader in layerKinds.ts rebuilds the layer; no parameters. */
  settings(): Readonly<Record<string, LayerSetting>>;
}

export type LayerSetting = string | number | boolean | readonly number[];

/** What a layer learns about its place when the network is built. */
export interface BuildContext {
  readonly name: string;
  readonly inputShapes: readonly Shape[];
  readonly dtype: DType;
  /** Source of initial parameters. */
  readonly random: Random;
}

/** What a layer learns about its place when it is rebuilt from a file. */
export interface RebuildContext {
  readonly name: string;
  readonly inputShapes: readonly Shape[];
  /** @throws UserError when the file has no such parameter of this shape */
  parameter(name: string, shape: Shape): Tensor;
}
