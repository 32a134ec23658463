import { UserError } from "../base/errors.js";
import type { QuantizedResize } from "../network/quantizedNetwork.js";
import { contiguousStrides } from "../network/stridedView.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { planCopy } from "./planCopy.js";
import { type ResizePlace, resizePlaces } from "./resizePlaces.js";
import { expectSameQuantization } from "./sameQuantization.js";
import { imageShape } from "./windowArguments.js";

/** How often each place is repeated, where that is equally often; undefined else. */
function repeatOf(places: readonly ResizePlace[], size: number): number | undefined {
  const times = places.length / size;
  return places.every(
    ({ low, high, fraction }, place) => low === high && fraction === 0 && low === Math.floor(place / times),
  ) && Number.isInteger(times)
    ? times
    : undefined;
}

/**
 * Settles an image of another size: a copy where each row and column is repeated, else between which values each lies.
 *
 * @throws UserError where scales or zero points differ, or the reference would read beside the image
 */
export function planResize(layer: QuantizedResize, context: LayerContext): KernelChoice {
  const {
    inputs: [input],
    output,
  } = context;
  expectSameQuantization(layer.name, [input], output);
  const [height, width, channels] = imageShape(input);
  const [outHeight, outWidth] = imageShape(output);
  const [rows, columns] = [resizePlaces(layer, height, outHeight), resizePlaces(layer, width, outWidth)];
  for (const [places, size] of [
    [rows, height],
    [columns, width],
  ] as const) {
    const wrong = places.find(({ low }) => low >= size);
    if (wrong === undefined) continue;
    throw new UserError(
      `layer "${layer.name}": takes place ${wrong.low} of ${size}: TFLM's steps of 2^-10 are too coarse for ${places.length} of ${size}`,
      "resize in two layers",
    );
  }
  const [down, across] = [repeatOf(rows, height), repeatOf(columns, width)];
  if (down !== undefined && across !== undefined) {
    const [rowStride, stride] = contiguousStrides([height, width, channels]);
    const sizes = [height, down, width, across, channels];
    const { name, inputs } = layer;
    return planCopy(
      {
        kind: "copy",
        name,
        inputs,
        output: layer.output,
        start: 0,
        sizes,
        strides: [rowStride!, 0, stride!, 0, 1],
      },
      context,
    );
  }
  const tables = (name: string, places: readonly ResizePlace[], step: number) => ({
    [`${name}Low`]: Int32Array.from(places, ({ low }) => low * step),
    [`${name}High`]: Int32Array.from(places, ({ high }) => high * step),
    [`${name}Fraction`]: Int16Array.from(places, ({ fraction }) => fraction),
  });
  return {
    kernel: "resize",
    layer: {
      ...{ outHeight, outWidth, channels },
      ...tables("row", rows, width * channels),
      ...tables("column", columns, channels),
    },
  };
}
