import fc from "fast-check";
import { quantizationOf } from "../../src/network/quantization.js";
import type {
  Padding,
  Pair,
  Quantization,
  QuantizedDepthwiseConvolution,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
  WindowSettings,
} from "../../src/network/quantizedNetwork.js";
import { samePadding, windowOutput } from "../../src/network/windowGeometry.js";
import { ports } from "./ports.js";

export type Image = readonly [height: number, width: number, channels: number];

const zeroPoint = fc.oneof(fc.constant(-128), fc.constant(127), fc.integer({ min: -128, max: 127 }));

const clampEnds = fc
  .tuple(fc.integer({ min: -128, max: 127 }), fc.integer({ min: -128, max: 127 }))
  .map(([a, b]) => (a === b ? [-128, 127] : [Math.min(a, b), Math.max(a, b)]) as readonly [number, number]);

const weight = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(-128, -127, 127, 0) },
  { weight: 3, arbitrary: fc.integer({ min: -127, max: 127 }) },
);

interface WindowDraw {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: "same" | "valid" | Padding;
}

const pair = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Windows as models have them, and any others. */
const windowDraw: fc.Arbitrary<WindowDraw> = fc.record({
  kernelSize: fc.oneof(fc.constant<Pair>([3, 3]), fc.constantFrom<Pair>([5, 1], [2, 2], [1, 3]), pair(1, 5)),
  strides: fc.oneof(fc.constantFrom<Pair>([1, 1], [2, 2]), pair(1, 3)),
  dilations: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Pair>([1, 1]) },
    { weight: 1, arbitrary: pair(1, 3) },
  ),
  padding: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<"same" | "valid">("same", "valid") },
    {
      weight: 1,
      arbitrary: fc
        .tuple(pair(0, 3), pair(0, 3))
        .map(([[top, bottom], [left, right]]) => ({ top, bottom, left, right })),
    },
  ),
});

interface LayerDraw {
  readonly kind: "depthwiseConvolution" | "averagePool" | "maxPool";
  readonly window: WindowDraw;
  readonly channelMultiplier: number;
  readonly weights: readonly number[];
  readonly biases: readonly number[];
  /** Bits of each channel's factor input scale · weight scale / output scale. */
  readonly exponents: readonly number[];
  readonly clamp: readonly [number, number];
  readonly outputZeroPoint: number;
}

const layerDraw = (kinds: readonly LayerDraw["kind"][]): fc.Arbitrary<LayerDraw> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    window: windowDraw,
    channelMultiplier: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 3 })),
    weights: fc.array(weight, { minLength: 41, maxLength: 41 }),
    biases: fc.array(
      fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.integer({ min: -(2 ** 24), max: 2 ** 24 })),
      { minLength: 7, maxLength: 7 },
    ),
    exponents: fc.oneof(
      fc.constant([-8, -9, -8, -10, -9]),
      fc.array(fc.integer({ min: -36, max: 3 }), { minLength: 5, maxLength: 5 }),
    ),
    clamp: clampEnds,
    outputZeroPoint: zeroPoint,
  });

/** How a drawn window moves over an image; without padding where what was drawn does not fit. */
function settleWindow(draw: WindowDraw, size: Pair, isPool: boolean): [WindowSettings, Pair] {
  const kernelSize: Pair = [Math.min(draw.kernelSize[0], size[0]), Math.min(draw.kernelSize[1], size[1])];
  const fits = (axis: 0 | 1) => (kernelSize[axis] - 1) * draw.dilations[axis] < size[axis];
  const dilations: Pair = isPool || !fits(0) || !fits(1) ? [1, 1] : draw.dilations;
  const { strides } = draw;
  const none = { top: 0, bottom: 0, left: 0, right: 0 };
  let padding = none;
  if (draw.padding === "same") padding = samePadding(size, kernelSize, strides, dilations);
  else if (draw.padding !== "valid") {
    // less than the window, so that each pooling window has a tap in the image
    const most = (wanted: number, axis: 0 | 1) => (isPool ? Math.min(wanted, kernelSize[axis] - 1) : wanted);
    const { top, bottom, left, right } = draw.padding;
    padding = { top: most(top, 0), bottom: most(bottom, 0), left: most(left, 1), right: most(right, 1) };
  }
  return [{ kernelSize, strides, padding }, dilations];
}

function depthwise(
  draw: LayerDraw,
  tensor: number,
  channels: number,
  window: WindowSettings,
  dilations: Pair,
): QuantizedDepthwiseConvolution {
  const outChannels = channels * draw.channelMultiplier;
  const taps = window.kernelSize[0] * window.kernelSize[1];
  return {
    kind: "depthwiseConvolution",
    name: `depthwise ${tensor}`,
    inputs: [tensor],
    output: tensor + 1,
    ...window,
    dilations,
    // the drawn weights repeat with a period that no window divides evenly
    weights: Int8Array.from({ length: taps * outChannels }, (_, i) => draw.weights[(i * 7 + (i >> 4)) % 41]),
    weightScales: Array.from({ length: outChannels }, (_, o) =>
      Math.fround((1 + (o % 9) / 9) * 2 ** (draw.exponents[o % 5] - 1)),
    ),
    bias: Int32Array.from({ length: outChannels }, (_, o) => draw.biases[o % 7]),
    activationMin: draw.clamp[0],
    activationMax: draw.clamp[1],
  };
}

/** A network of the drawn layers behind each other. */
function chain(input: Image, inputZeroPoint: number, draws: readonly LayerDraw[], mean: Quantization | null) {
  const tensors: QuantizedTensor[] = [
    {
      elementType: "int8",
      name: "image",
      shape: input,
      quantization: { scale: 1, zeroPoint: inputZeroPoint },
    },
  ];
  const layers: QuantizedLayer[] = [];
  for (const draw of draws) {
    const { shape } = tensors.at(-1)!;
    const quantization = quantizationOf(tensors.at(-1)!);
    const [height, width, channels] = shape as Image;
    const tensor = tensors.length - 1;
    const isPool = draw.kind !== "depthwiseConvolution";
    const [window, dilations] = settleWindow(draw.window, [height, width], isPool);
    const size = windowOutput([height, width], window, dilations);
    const clamp = { activationMin: draw.clamp[0], activationMax: draw.clamp[1] };
    if (isPool) {
      const name = `pool ${tensor}`;
      layers.push({ kind: draw.kind, name, inputs: [tensor], output: tensor + 1, ...window, ...clamp });
      tensors.push({ elementType: "int8", name, shape: [...size, channels], quantization });
    } else {
      const layer = depthwise(draw, tensor, channels, window, dilations);
      layers.push(layer);
      const to = { scale: quantization.scale, zeroPoint: draw.outputZeroPoint };
      tensors.push({
        elementType: "int8",
        name: layer.name,
        shape: [...size, layer.bias.length],
        quantization: to,
      });
    }
  }
  if (mean) {
    const tensor = tensors.length - 1;
    layers.push({ kind: "mean", name: "mean", inputs: [tensor], output: tensor + 1 });
    tensors.push({
      elementType: "int8",
      name: "mean",
      shape: [tensors[tensor].shape[2]],
      quantization: mean,
    });
  }
  return { name: "windows", tensors, ...ports(0, tensors.length - 1), layers };
}

const image = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 17 }), fc.constant(1), fc.integer({ min: 1, max: 11 })),
  },
);

const meanDraw = fc.record({
  scale: fc.constantFrom(1, 0.25, Math.fround(0.37), Math.fround(1.9), 4000),
  zeroPoint,
});

/**
 * Networks of `minLayers` to `maxLayers` layers with windows of the given kinds, perhaps with a mean behind them: any
 * shape, stride, padding and dilation, zero points at both ends, extreme weights, factors from 2^−36 to over 1.
 */
export function randomWindowNetwork(
  kinds: readonly LayerDraw["kind"][] = ["depthwiseConvolution", "averagePool", "maxPool"],
  [minLayers, maxLayers]: Pair = [1, 3],
): fc.Arbitrary<QuantizedNetwork> {
  return fc
    .record({
      image,
      inputZeroPoint: zeroPoint,
      draws: fc.array(layerDraw(kinds), { minLength: minLayers, maxLength: maxLayers }),
      mean: fc.option(meanDraw, { freq: 2 }),
    })
    .map(({ image, inputZeroPoint, draws, mean }) => chain(image, inputZeroPoint, draws, mean));
}
