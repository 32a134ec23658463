import { UserError } from "../base/errors.js";
import { elementBytes } from "../network/elementTypes.js";
import type { QuantizedPooling } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { isInt16, mostInt16Values } from "./planInt16.js";
import {
  type AxisWindow,
  axisWindows,
  imageShape,
  liesInImage,
  tapsInImage,
  windowArguments,
} from "./windowArguments.js";
import { windowOverlap } from "./windowOverlap.js";

/** The first output position whose window has no tap in the image; undefined when all have. */
function emptyWindow({ inSize, outSize, kernelSize, stride, paddingBefore }: AxisWindow): number | undefined {
  if (kernelSize <= paddingBefore) return 0;
  const first = Math.ceil((inSize + paddingBefore) / stride);
  return first < outSize ? first : undefined;
}

function settle(layer: QuantizedPooling, { inputs: [input], output }: LayerContext): KernelChoice {
  const window = windowArguments(layer, input, output);
  const isPadded = !axisWindows(window).every(liesInImage);
  const isWide = isInt16(input!);
  return {
    kernel: isWide ? `${layer.kind}Int16` : layer.kind,
    layer: {
      ...window,
      isPadded: Number(isPadded),
      channels: imageShape(input)[2],
      activationMin: layer.activationMin,
      activationMax: layer.activationMax,
    },
    // without padding no window begins at a lower byte than its output, channel by channel
    overlaps: [
      {
        input: 0,
        distance: isPadded ? elementBytes[output.elementType] * windowOverlap(layer, input!, output) : 0,
      },
    ],
  };
}

/**
 * Settles an average pooling: averagePoolWhole where one window is the whole image, averagePool for all others.
 *
 * @throws UserError where a window lies in the padding only: it has no mean
 */
export function planAveragePool(layer: QuantizedPooling<"averagePool">, context: LayerContext): KernelChoice {
  const [input, output] = [context.inputs[0]!, context.output];
  const window = windowArguments(layer, input, output);
  for (const [index, axis] of axisWindows(window).entries()) {
    const empty = emptyWindow(axis);
    if (empty !== undefined) {
      const direction = index === 0 ? "row" : "column";
      throw new UserError(
        `layer "${layer.name}": the window of output ${direction} ${empty} lies in the padding only`,
        "give it less padding than the window is large",
      );
    }
  }
  const seesAll = (axis: AxisWindow) => {
    const { first, end } = tapsInImage(0, axis);
    return axis.outSize === 1 && end - first === axis.inSize;
  };
  const positions = window.inHeight * window.inWidth;
  if (isInt16(input) && positions > mostInt16Values) {
    throw new UserError(
      `layer "${layer.name}": a mean of ${positions} int16 values, at most ${mostInt16Values} are summed in int32`,
      "pool the image in two layers",
    );
  }
  if (isInt16(input) || !axisWindows(window).every(seesAll)) return settle(layer, context);
  return {
    kernel: "averagePoolWhole",
    layer: {
      positions,
      unrolledPositions: positions - (positions % 8),
      channels: imageShape(input)[2],
      activationMin: layer.activationMin,
      activationMax: layer.activationMax,
    },
    // a channel of the output lies no higher than that channel's first value in the input
    overlaps: [{ input: 0, distance: 0 }],
  };
}

/** Settles a max pooling for its one kernel. */
export function planMaxPool(layer: QuantizedPooling<"maxPool">, context: LayerContext): KernelChoice {
  return settle(layer, context);
}
