import { quoted } from "../../base/printable.js";
import { formatShape, type Shape } from "../../base/tensor.js";
import { Activation } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { asImage } from "./windowOperators.js";

/** How many times each size becomes larger. */
function factorsOf(context: NodeContext, shape: readonly number[], scalesInput: number): number[] {
  const given = (input: number) => {
    const list = context.has(input) ? Array.from(context.constant(input, "its scales").values) : [];
    return list.length === 0 ? undefined : list;
  };
  const attribute = context.attribute("scales")?.floats;
  const scales = given(scalesInput) ?? attribute;
  const sizes = scalesInput === 2 ? given(3) : undefined;
  const factors = scales ?? sizes?.map((size, axis) => size / shape[axis]) ?? context.fail("has no scales");
  const isWhole =
    factors.length === shape.length && factors.every((f) => Number.isInteger(f) && f >= 1 && f <= 64);
  context.expect(
    isWhole && factors[0] === 1 && factors[1] === 1,
    `makes ${formatShape(shape)} larger by [${factors.slice(0, 8)}]; whole numbers for height and width are imported`,
    "use nn.Upsample(scale_factor=2), or a transposed convolution",
  );
  return [...factors];
}

/** Whether each value is just repeated, for whole factors. Source: ONNX operators, Resize. */
function expectRepeats(context: NodeContext, factors: readonly number[]): void {
  const mode = context.text("mode", "nearest");
  context.expect(mode === "nearest", `interpolates (mode ${quoted(mode)})`, 'use mode="nearest"');
  const place = context.text("coordinate_transformation_mode", "half_pixel");
  const rounding = context.text("nearest_mode", "round_prefer_floor");
  const isCentred = /^(pytorch_)?half_pixel$/.test(place) && rounding.startsWith("round_prefer");
  const isFirst = place === "asymmetric" && rounding === "floor";
  const isHalf = place === "asymmetric" && rounding === "round_prefer_floor" && factors.every((f) => f <= 2);
  context.expect(
    isCentred || isFirst || isHalf,
    `finds neighbours by ${quoted(place)} and ${quoted(rounding)}, which is no repetition`,
    'use nn.Upsample(mode="nearest")',
  );
}

const channelsLast = (shape: Shape): Layout =>
  Layout.of(shape, [0, ...shape.map((_, axis) => axis).slice(2), 1]);

/** Each value several times along height and width. */
function repeated(context: NodeContext, scalesInput: number): Activation {
  const image = asImage(context, context.computed());
  const isInOrder = image.layout.axisIndices(1).every((channel, at) => channel === at);
  const given = isInOrder ? image : context.builder.arrange(image, channelsLast(image.shape));
  const { shape, batch } = given;
  const factors = factorsOf(context, shape, scalesInput);
  if (scalesInput === 2) expectRepeats(context, factors);
  else context.expect(context.text("mode", "nearest") === "nearest", "interpolates", 'use mode="nearest"');
  const positions = shape.slice(2);
  const split = [1, shape[1], ...positions.flatMap((size) => [size, 1])];
  const spread = [1, shape[1], ...positions.flatMap((size, k) => [size, factors[k + 2]])];
  const inMemory = [0, ...spread.map((_, axis) => axis).slice(2), 1];
  const bare = new Activation(given.number, Layout.of(split, inMemory), batch);
  const { number } = context.builder.arrange(bare, Layout.of(spread, inMemory));
  const larger = positions.map((size, k) => size * factors[k + 2]);
  return new Activation(number, channelsLast([1, shape[1], ...larger]), batch);
}

/** Layers that make images larger. */
export const resampleOperators: Readonly<Record<string, OnnxOperator>> = {
  Resize: {
    attributes: [
      "coordinate_transformation_mode",
      "cubic_coeff_a",
      "exclude_outside",
      "mode",
      "nearest_mode",
      "extrapolation_value",
    ],
    apply: (context) => [repeated(context, context.opset < 11 ? 1 : 2)],
  },
  Upsample: { attributes: ["mode", "scales"], apply: (context) => [repeated(context, 1)] },
};
