import { isSameShape } from "../base/tensor.js";
import { isOutput } from "../network/ports.js";
import { isSameQuantization, quantizationOf } from "../network/quantization.js";
import type {
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedPad,
} from "../network/quantizedNetwork.js";
import type { PassResult } from "./networkPass.js";
import { bypass, hasOneReader, producerOf, type RewriteOnce, repeat, replaceLayers } from "./rewrite.js";
import { addPadding, windowTaps } from "./windowTaps.js";

type PaddedLayer = QuantizedConvolution | QuantizedDepthwiseConvolution;

/** A layer that takes the pad's rows and columns as padding of its own; undefined where that is not the same. */
function withPadding(
  layer: QuantizedLayer,
  pad: QuantizedPad,
  network: QuantizedNetwork,
): PaddedLayer | undefined {
  // pooling counts no padding, so only layers that add products can take it
  if (layer.kind !== "convolution" && layer.kind !== "depthwiseConvolution") return undefined;
  const [top = 0, left = 0] = pad.before;
  const [bottom = 0, right = 0] = pad.after;
  const padding = addPadding(layer.padding, { top, bottom, left, right });
  const merged = { ...layer, inputs: pad.inputs, padding };
  const [height = 0, width = 0] = network.tensors[pad.inputs[0]!]!.shape;
  const seesImage = windowTaps([height, width], merged, layer.dilations).every(
    (taps) => taps.top < taps.bottom && taps.left < taps.right,
  );
  return seesImage ? merged : undefined;
}

/** Rows and columns of real 0 around an image are what a convolution's padding is. */
const mergeOnePad: RewriteOnce = (network) => {
  for (const pad of network.layers) {
    if (pad.kind !== "pad" || isOutput(network, pad.output)) continue;
    const [input, output] = [network.tensors[pad.inputs[0]!]!, network.tensors[pad.output]!];
    const isAround = input.shape.length === 3 && pad.before[2] === 0 && pad.after[2] === 0;
    const isZero = pad.value === quantizationOf(input).zeroPoint && isSameQuantization(input, output);
    if (!isAround || !isZero) continue;
    const readers = network.layers.filter(({ inputs }) => inputs.includes(pad.output));
    const padded = readers.map((reader) => [reader, withPadding(reader, pad, network)] as const);
    if (padded.some(([, merged]) => merged === undefined)) continue;
    return {
      network: replaceLayers(network, [...padded, [pad, undefined]]),
      change: { layer: pad.name, what: `the padding of ${readers.map(({ name }) => name).join(", ")}` },
    };
  }
  return undefined;
};

/** Puts padding layers into the convolutions behind them. */
export const mergePads = repeat(mergeOnePad);

/** A reshape of a reshape is one; one to the same shape is none. */
const joinOneReshape: RewriteOnce = (network) => {
  for (const layer of network.layers) {
    if (layer.kind !== "reshape") continue;
    const [input, output] = [network.tensors[layer.inputs[0]!]!, network.tensors[layer.output]!];
    const producer = producerOf(network, layer.inputs[0]!);
    if (isSameShape(input.shape, output.shape) && isSameQuantization(input, output)) {
      const without = bypass(network, layer);
      if (without)
        return { network: without, change: { layer: layer.name, what: "changes no shape: left out" } };
    } else if (producer?.kind === "reshape" && hasOneReader(network, layer.inputs[0]!)) {
      const joined = { ...layer, inputs: producer.inputs };
      return {
        network: replaceLayers(network, [
          [producer, undefined],
          [layer, joined],
        ]),
        change: { layer: producer.name, what: `one with ${layer.name}` },
      };
    }
  }
  return undefined;
};

/** Joins reshapes; those that are left are no calls, their output is their input's memory. */
export function viewReshapes(network: QuantizedNetwork): PassResult {
  const joined = repeat(joinOneReshape)(network);
  const views = joined.network.layers
    .filter(({ kind }) => kind === "reshape")
    .map(({ name }) => ({ layer: name, what: "no call: the same memory" }));
  return { network: joined.network, changes: [...joined.changes, ...views] };
}
