import type { Shape } from "../../base/tensor.js";

/** A tensor as a Keras file holds it. */
export interface KerasWeight {
  /** "conv1/kernel:0", or its number where the format has no names. Free text. */
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Where a layer stands: layers of models within models have all their models in front. */
export interface LayerPlace {
  /** Its name and those of the models around it, outermost first. Free text. */
  readonly names: readonly string[];
  /** The same as .keras archives call them: "conv2d_1", the class and a number from the second one on. */
  readonly stored: readonly string[];
}

/** What the formats have in common: a configuration and weights by layer. */
export interface KerasFile {
  /** For messages. */
  readonly file: string;
  /** "Keras 2.15.0": free text. */
  readonly producer: string;
  /** Major version of Keras; 2 for what TensorFlow.js writes, which follows it. */
  readonly major: number;
  /** `{ class_name, config }` of the model, as it was parsed. */
  readonly model: unknown;
  /** The layer's tensors in Keras' order; empty where the file has none for it. */
  weightsOf(place: LayerPlace): readonly KerasWeight[];
}

/** What is read of one file at most, in elements; more than any microcontroller's flash holds. */
export const mostWeights = 2 ** 24;
