import fc from "fast-check";
import type {
  QuantizedConvolution,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { windowOutput } from "../../src/network/windowGeometry.js";
import { ports } from "./ports.js";

/** Zero points with both ends often among them. */
const zeroPoint = fc.oneof(fc.constantFrom(-128, 127, 0), fc.integer({ min: -128, max: 127 }));

const weight = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(-127, 127, 0, -128) },
  { weight: 3, arbitrary: fc.integer({ min: -127, max: 127 }) },
);

/** Mostly what turns accumulators into int8; some over 1, some whose result is always 0. */
const factor = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0.0002, max: 0.02, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0.5, max: 9, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** -33, 2 ** -31, 2 ** -9, 1) },
);

const geometry = fc
  .record({
    inHeight: fc.integer({ min: 1, max: 9 }),
    inWidth: fc.integer({ min: 1, max: 9 }),
    inChannels: fc.oneof(fc.constantFrom(1, 3, 4, 8, 16), fc.integer({ min: 1, max: 11 })),
    outChannels: fc.oneof(fc.constantFrom(1, 4, 8), fc.integer({ min: 1, max: 11 })),
    kernel: fc.oneof(
      { weight: 1, arbitrary: fc.constant([1, 1] as const) },
      { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })) },
    ),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilations: fc.oneof(
      { weight: 3, arbitrary: fc.constant([1, 1] as const) },
      { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })) },
    ),
    padding: fc.oneof(
      { weight: 1, arbitrary: fc.constant({ top: 0, bottom: 0, left: 0, right: 0 }) },
      {
        weight: 2,
        arbitrary: fc.record({
          top: fc.integer({ min: 0, max: 3 }),
          bottom: fc.integer({ min: 0, max: 3 }),
          left: fc.integer({ min: 0, max: 3 }),
          right: fc.integer({ min: 0, max: 3 }),
        }),
      },
    ),
  })
  .map((g) => ({
    ...g,
    output: windowOutput(
      [g.inHeight, g.inWidth],
      { kernelSize: g.kernel, strides: g.strides, padding: g.padding },
      g.dilations,
    ),
  }))
  .filter(({ output: [height, width] }) => height > 0 && width > 0);

/**
 * Networks of one convolution: every stride, padding and dilation up to 3, also windows that lie in the padding
 * altogether; zero points at both ends, extreme weights, factors from none to over 1.
 */
export const randomConvolution: fc.Arbitrary<QuantizedNetwork> = fc
  .record({
    geometry,
    zeroPoints: fc.tuple(zeroPoint, zeroPoint),
    weights: fc.array(weight, { minLength: 37, maxLength: 37 }),
    factors: fc.oneof(
      fc.array(factor, { minLength: 11, maxLength: 11 }),
      factor.map((shared) => [shared]),
      fc.array(fc.double({ min: 0.0002, max: 0.02, noNaN: true }), { minLength: 11, maxLength: 11 }),
    ),
    bias: fc.array(
      fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -(2 ** 20), max: 2 ** 20 })),
      { minLength: 11, maxLength: 11 },
    ),
    clamp: fc.oneof(
      fc.constant([-128, 127] as const),
      fc.tuple(fc.integer({ min: -128, max: 0 }), fc.integer({ min: 1, max: 127 })),
    ),
  })
  .map(({ geometry: g, zeroPoints, weights, factors, bias, clamp }) => {
    const tensor = (name: string, shape: number[], zero: number): QuantizedTensor => ({
      elementType: "int8",
      name,
      shape,
      quantization: { scale: 1, zeroPoint: zero },
    });
    const taps = g.kernel[0] * g.kernel[1] * g.inChannels;
    const layer: QuantizedConvolution = {
      kind: "convolution",
      name: "convolution",
      inputs: [0],
      output: 1,
      kernelSize: g.kernel,
      strides: g.strides,
      dilations: g.dilations,
      padding: g.padding,
      // the drawn weights repeat with a period that no row's length divides evenly
      weights: Int8Array.from({ length: g.outChannels * taps }, (_, i) => weights[(i * 7 + (i >> 3)) % 37]),
      weightScales: (factors.length === 1 ? factors : factors.slice(0, g.outChannels)).map(Math.fround),
      bias: Int32Array.from(bias.slice(0, g.outChannels)),
      activationMin: clamp[0],
      activationMax: clamp[1],
    };
    return {
      name: "random convolution",
      tensors: [
        tensor("input", [g.inHeight, g.inWidth, g.inChannels], zeroPoints[0]),
        tensor("output", [...g.output, g.outChannels], zeroPoints[1]),
      ],
      ...ports(0, 1),
      layers: [layer],
    };
  });
