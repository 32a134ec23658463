import { formatShape } from "../base/tensor.js";
import type { LayerSettings, OperatorContext } from "./operatorContext.js";
import { resizeOptions } from "./tfliteSchema.js";

/** The output's size stands in input 1. */
export function resize(method: "nearest" | "bilinear") {
  return (context: OperatorContext): LayerSettings => {
    context.expectInputs(2);
    const input = context.input();
    const [batch, , , channels] = input.fileShape;
    const size = context.integers(1, "a size", 2);
    if (input.fileShape.length !== 4 || batch !== 1 || size.length !== 2) {
      context.fail(
        `takes images [1, height, width, channels]; its input has shape ${formatShape(input.fileShape)}`,
      );
    }
    context.expectOutputShape([1, ...size, channels]);
    context.expectSameQuantization(input);
    const { type, alignCorners: aligns, halfPixelCenters: halves } = resizeOptions[method];
    const options = context.optionsIfAny(type);
    const [alignCorners, halfPixelCenters] = [aligns, halves].map(
      (field) => options?.boolean(field) ?? false,
    );
    if (alignCorners && halfPixelCenters && method === "bilinear") {
      context.fail("aligns corners and takes the centres of pixels; one of both is possible");
    }
    return { kind: "resize", method, alignCorners, halfPixelCenters };
  };
}
