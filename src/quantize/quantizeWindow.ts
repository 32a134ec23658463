import type { Pair, QuantizedPooling, WindowSettings } from "../network/quantizedNetwork.js";
import type { Convolution } from "../train/layers/convolution.js";
import type { Pooling } from "../train/layers/pooling.js";

/** How a layer's window moves, and the distance of neighbours in it; a series is an image of one column. */
export function quantizeWindow({
  windows: [first, second],
  inputShapes: [shape],
}: Pick<Convolution | Pooling, "windows" | "inputShapes">): WindowSettings & { readonly dilations: Pair } {
  const [vertical, horizontal] = shape.length === 3 ? [first, second] : [second, first];
  return {
    kernelSize: [vertical.size, horizontal.size],
    strides: [vertical.stride, horizontal.stride],
    dilations: [vertical.dilation, horizontal.dilation],
    padding: {
      top: vertical.before,
      bottom: vertical.after,
      left: horizontal.before,
      right: horizontal.after,
    },
  };
}

/** The kind and the window of pooling that is not global. */
export function quantizePooling(layer: Pooling): Pick<QuantizedPooling, "kind" | keyof WindowSettings> {
  const { dilations: _, ...window } = quantizeWindow(layer);
  return { kind: layer.kind.startsWith("max") ? "maxPool" : "averagePool", ...window };
}
