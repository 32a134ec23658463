import { UserError } from "../errors.js";
import type { QuantizedPooling } from "../quantizedNetwork.js";
import type { InputOverlap, KernelChoice, LayerContext } from "./kernelChoice.js";
import { type AxisWindow, axisWindows, imageShape, tapsInImage, windowArguments } from "./windowArguments.js";
import { windowOverlap } from "./windowOverlap.js";

/** The first output position whose window has no tap in the image; undefined when all have. */
function emptyWindow(axis: AxisWindow): number | undefined {
  for (let index = 0; index < axis.outSize; index++) {
    const { first, end } = tapsInImage(index, axis);
    if (first >= end) return index;
  }
  return undefined;
}

/** Both kernels compute position after position. */
function poolingOverlaps(layer: QuantizedPooling, { inputs: [input], output }: LayerContext): InputOverlap[] {
  return [{ input: 0, distance: windowOverlap(layer, input, output) }];
}

function poolingLayer(layer: QuantizedPooling, { inputs: [input], output }: LayerContext) {
  return {
    ...windowArguments(layer, input, output),
    channels: imageShape(input)[2],
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
}

/**
 * Settles an average pooling.
 *
 * @throws UserError where a window lies in the padding only: it has no mean
 */
export function planAveragePool(layer: QuantizedPooling<"averagePool">, context: LayerContext): KernelChoice {
  const settled = poolingLayer(layer, context);
  for (const [index, axis] of axisWindows(settled).entries()) {
    const empty = emptyWindow(axis);
    if (empty !== undefined) {
      const direction = index === 0 ? "row" : "column";
      throw new UserError(
        `layer "${layer.name}": the window of output ${direction} ${empty} lies in the padding only`,
        "give it less padding than the window is large",
      );
    }
  }
  return { kernel: "averagePool", layer: settled, overlaps: poolingOverlaps(layer, context) };
}

/** Settles a max pooling. */
export function planMaxPool(layer: QuantizedPooling<"maxPool">, context: LayerContext): KernelChoice {
  return {
    kernel: "maxPool",
    layer: poolingLayer(layer, context),
    overlaps: poolingOverlaps(layer, context),
  };
}
