import fc from "fast-check";
import type {
  Quantization,
  QuantizedFullyConnected,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { ports } from "./ports.js";

/** Zero points with both ends often among them. */
const zeroPoint = fc.oneof(fc.constant(-128), fc.constant(127), fc.integer({ min: -128, max: 127 }));

/** Float32 scales over many orders, so that factors need shifts from left to beyond 31. */
const scale = fc.oneof(
  fc.constant(Math.fround(1 / 255)),
  fc
    .integer({ min: -40, max: 6 })
    .chain((exponent) =>
      fc
        .integer({ min: 2 ** 23, max: 2 ** 24 - 1 })
        .map((mantissa) => Math.fround((mantissa / 2 ** 24) * 2 ** exponent)),
    ),
);

const weight = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(-127, 127, 0, -128) },
  { weight: 3, arbitrary: fc.integer({ min: -127, max: 127 }) },
);

interface LayerDraw {
  readonly outFeatures: number;
  readonly output: Quantization;
  readonly weights: readonly number[];
  readonly weightScales: readonly number[];
  readonly bias: readonly number[];
  readonly clamp: readonly [number, number];
}

const layerDraw: fc.Arbitrary<LayerDraw> = fc.record({
  outFeatures: fc.integer({ min: 1, max: 14 }),
  output: fc.record({ scale, zeroPoint }),
  weights: fc.array(weight, { minLength: 37, maxLength: 37 }),
  weightScales: fc.array(scale, { minLength: 14, maxLength: 14 }),
  bias: fc.array(
    fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -(2 ** 24), max: 2 ** 24 })),
    { minLength: 14, maxLength: 14 },
  ),
  clamp: fc
    .tuple(fc.integer({ min: -128, max: 127 }), fc.integer({ min: -128, max: 127 }))
    .map(([a, b]) => (a === b ? ([-128, 127] as const) : ([Math.min(a, b), Math.max(a, b)] as const))),
});

function fullyConnected(draw: LayerDraw, index: number, inFeatures: number): QuantizedFullyConnected {
  const { outFeatures, weights, weightScales, bias, clamp } = draw;
  return {
    kind: "fullyConnected",
    name: `dense ${index}`,
    inputs: [index],
    output: index + 1,
    // the drawn weights repeat with a period that no layer's width divides evenly
    weights: Int8Array.from({ length: inFeatures * outFeatures }, (_, i) => weights[(i * 7 + (i >> 3)) % 37]),
    weightScales: weightScales.slice(0, outFeatures),
    bias: Int32Array.from(bias.slice(0, outFeatures)),
    activationMin: clamp[0],
    activationMax: clamp[1],
  };
}

/**
 * Networks of one to four fully connected layers and perhaps a softmax: any shape from 1 to 40, zero points at both
 * ends, extreme weights, factors over 1 and below 2^−32. Some cannot run in int32; `planProgram` says so.
 */
export const randomNetwork: fc.Arbitrary<QuantizedNetwork> = fc
  .record({
    inFeatures: fc.integer({ min: 1, max: 40 }),
    input: fc.record({ scale, zeroPoint }),
    layers: fc.array(layerDraw, { minLength: 1, maxLength: 4 }),
    endsInSoftmax: fc.boolean(),
  })
  .map(({ inFeatures, input, layers: draws, endsInSoftmax }) => {
    const tensors: QuantizedTensor[] = [
      { elementType: "int8", name: "input", shape: [inFeatures], quantization: input },
    ];
    const layers: QuantizedLayer[] = [];
    for (const [index, draw] of draws.entries()) {
      layers.push(fullyConnected(draw, index, tensors[index].shape[0]));
      tensors.push({
        elementType: "int8",
        name: `dense ${index}`,
        shape: [draw.outFeatures],
        quantization: draw.output,
      });
    }
    if (endsInSoftmax) {
      const last = tensors.length - 1;
      layers.push({ kind: "softmax", name: "softmax", inputs: [last], output: last + 1, beta: 1 });
      tensors.push({
        elementType: "int8",
        name: "softmax",
        shape: tensors[last].shape,
        quantization: { scale: 1 / 256, zeroPoint: -128 },
      });
    }
    return { name: "random", tensors, ...ports(0, tensors.length - 1), layers };
  });
