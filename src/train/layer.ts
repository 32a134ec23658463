import type { Random } from "../random.js";
import type { DType, Shape, Tensor } from "../tensor.js";

/** A trained tensor and the loss's derivative by it, of equal shape and element type. */
export interface Parameter {
  /** "weights", "bias": unique within the layer. */
  readonly name: string;
  readonly value: Tensor;
  /** `backward` adds to it; who steps sets it to zero. */
  readonly gradient: Tensor;
}

/**
 * What every layer of a network can do. Buffers belong to the caller: a layer keeps parameters and settings, no
 * activations. Shapes here have no batch axis; tensors passed to `forward` and `backward` have it in front.
 */
export interface LayerBase {
  /** Unique in the network. */
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  /** Multiply-accumulates for one sample. */
  readonly macs: number;

  /** Overwrites `output`. */
  forward(input: Tensor, output: Tensor): void;

  /**
   * Adds the loss's derivatives by the parameters to their gradients, and overwrites `inputGradient` if it is given.
   *
   * @param input as given to `forward`
   * @param output as `forward` left it
   */
  backward(input: Tensor, output: Tensor, outputGradient: Tensor, inputGradient: Tensor | undefined): void;

  /** The settings as plain JSON, from which the reader in layerKinds.ts rebuilds the layer; no parameters. */
  settings(): Readonly<Record<string, LayerSetting>>;
}

export type LayerSetting = string | number | boolean | readonly number[];

/** What a layer learns about its place when the network is built. */
export interface BuildContext {
  readonly name: string;
  readonly inputShape: Shape;
  readonly dtype: DType;
  /** Source of initial parameters. */
  readonly random: Random;
}

/** What a layer learns about its place when it is rebuilt from a file. */
export interface RebuildContext {
  readonly name: string;
  readonly inputShape: Shape;
  /** @throws UserError when the file has no such parameter of this shape */
  parameter(name: string, shape: Shape): Tensor;
}
