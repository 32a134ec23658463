import type { FloatArray } from "../tensor.js";

/**
 * Changes what flows through a pass: quantization-aware training rounds weights and activations with it. Activations
 * are numbered as in `Network.connections`.
 */
export interface PassTransform {
  /** Before the layers run; may put other tensors into parameters' values. */
  begin(): void;
  /** An activation has its values, which may be changed in place. */
  activation(number: number, values: FloatArray, isTraining: boolean): void;
  /** The loss's derivative by an activation as it was changed; may become that by it as it was before. */
  gradient(number: number, gradient: FloatArray): void;
  /** The layers have run forth (and back, in training): parameters' values must be theirs again. */
  end(): void;
}
