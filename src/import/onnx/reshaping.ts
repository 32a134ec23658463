import { UserError } from "../../base/errors.js";
import { elementCount, formatShape, isSameShape, type Shape } from "../../base/tensor.js";
import { Activation } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { NodeContext } from "./nodeContext.js";

/** A reshape that keeps the samples apart. */
export function reshapeActivation(context: NodeContext, value: Activation, shape: Shape): Activation {
  const { batchSize } = context.settings;
  const { batch } = value;
  let newBatch: number | undefined;
  if (batch !== undefined) {
    const before = elementCount(value.shape.slice(0, batch));
    newBatch = shape.findIndex(
      (size, axis) => size === batchSize && elementCount(shape.slice(0, axis)) === before,
    );
    if (newBatch < 0) {
      context.fail(
        `makes ${formatShape(shape)} of ${formatShape(context.shapeOf(value))}, which joins the axis of the samples to another`,
        "export the model for one sample: dummy input of batch 1, without dynamic_axes",
      );
    }
  }
  const own = newBatch === undefined ? shape : shape.with(newBatch, 1);
  const layout = value.layout.isInOrder ? Layout.of(own) : value.layout.reshape(own);
  if (layout !== undefined) return new Activation(value.number, layout, newBatch, value.pending);
  const { number } = context.builder.arrange(value, Layout.of(value.layout.shape));
  return new Activation(number, Layout.of(own), newBatch);
}

/** @param shape that the value's broadcasts to, with the file's own count of samples */
export function spreadTo(context: NodeContext, value: Activation, shape: Shape): Activation {
  const shift = shape.length - value.shape.length;
  const batch = value.batch === undefined ? undefined : value.batch + shift;
  const own = batch === undefined ? shape : shape.with(batch, 1);
  if (batch !== undefined && shape[batch] !== context.settings.batchSize) context.fail("repeats samples");
  if (isSameShape(own, value.layout.shape)) return value;
  return context.builder.arrange(value, Layout.of(own));
}

/** @throws UserError unless it is a single number */
export function scalarOf(context: NodeContext, input: number, what: string): number {
  const { values } = context.constant(input, what);
  if (values.length !== 1) throw new UserError(`takes ${what} of ${values.length} values; one is taken`);
  return values[0];
}
