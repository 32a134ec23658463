import { elementCount, formatShape } from "../base/tensor.js";
import { transposed } from "./copyOperators.js";
import type { ImportedLayer, LayerSettings, OperatorContext } from "./operatorContext.js";
import { reducerOptions } from "./tfliteSchema.js";

/** Rows of the longest window that a model file has. */
const longestWindow = 65535;

/**
 * The mean, the sum or the largest of the values along some axes: of images as they are, of all else as of one column of
 * positions, with the axes that stay behind those that go.
 */
export function reduction(kind: "mean" | "sum" | "max") {
  return (context: OperatorContext): ImportedLayer => {
    context.expectInputs(2);
    const input = context.input();
    const { fileShape } = input;
    const rank = fileShape.length;
    const axes = new Set(context.integers(1, "axes", 8).map((axis) => context.axis(axis, rank)));
    const keeps = context.optionsIfAny(reducerOptions.type)?.boolean(reducerOptions.keepDims) ?? false;
    context.expectOutputShape(
      fileShape.flatMap((size, axis) => (axes.has(axis) ? (keeps ? [1] : []) : [size])),
    );
    const [gone, kept] = [true, false].map((isGone) =>
      Array.from(fileShape.keys()).filter((axis) => axes.has(axis) === isGone),
    );
    const ordered = transposed(context, input, [...gone, ...kept]);
    const sizes = (of: readonly number[]) => elementCount(of.map((axis) => fileShape[axis]));
    const [positions, channels] = [sizes(gone), sizes(kept)];
    const isImage = ordered === input && input.shape.length === 3 && input.shape[2] === channels;
    const image = isImage ? input : context.reshaped(ordered, [positions, 1, channels]);
    if (kind !== "max") return { settings: { kind }, inputs: [image] };
    context.expectSameQuantization(input);
    const [height, width] = image.shape;
    if (height > longestWindow || width > longestWindow) {
      context.refuse(
        `takes the largest of ${formatShape(fileShape)} along axes ${[...axes]}; too many values`,
      );
    }
    const window: LayerSettings = {
      kind: "maxPool",
      kernelSize: [height, width],
      strides: [1, 1],
      padding: { top: 0, bottom: 0, left: 0, right: 0 },
      activationMin: -128,
      activationMax: 127,
    };
    const largest = context.step(window, [image], [1, 1, channels], input.quantization);
    return { settings: { kind: "reshape" }, inputs: [largest] };
  };
}
