import type { FloatArray } from "../../base/tensor.js";
import type { Engine } from "../ops/engine.js";

/**
 * Changes what flows through a pass: quantization-aware training rounds weights and activations with it. Activations
 * are numbered as in `Network.connections`.
 */
export interface PassTransform {
  /** Before the layers run; may put other tensors, in the engine's memory, into parameters' values. */
  begin(engine: Engine): void;
  /** An activation has its values, which may be changed in place. */
  activation(number: number, values: FloatArray, isTraining: boolean): void;
  /** The loss's derivative by an activation as it was changed; may become that by it as it was before. */
  gradient(number: number, gradient: FloatArray): void;
  /** The layers have run forth (and back, in training): parameters' values must be theirs again. */
  end(): void;
  /** The optimizer has moved the parameters. */
  stepped(): void;
  /** What it remembers from pass to pass, as plain JSON; absent when that is nothing. */
  state?(): unknown;
  /** Goes on from {@link state}. */
  restore?(state: unknown): void;
}

/** Several transforms as one: they begin in order, and end in the opposite one. */
export function combineTransforms(transforms: readonly PassTransform[]): PassTransform {
  const reversed = [...transforms].reverse();
  return {
    begin: (engine) => {
      for (const transform of transforms) transform.begin(engine);
    },
    activation: (number, values, isTraining) => {
      for (const transform of transforms) transform.activation(number, values, isTraining);
    },
    gradient: (number, gradient) => {
      for (const transform of reversed) transform.gradient(number, gradient);
    },
    end: () => {
      for (const transform of reversed) transform.end();
    },
    stepped: () => {
      for (const transform of transforms) transform.stepped();
    },
    state: () => transforms.map((transform) => transform.state?.()),
    restore: (states) => {
      (states as readonly unknown[]).forEach((state, index) => {
        transforms[index].restore?.(state);
      });
    },
  };
}
