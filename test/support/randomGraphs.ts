import fc from "fast-check";
import { isSameShape } from "../../src/base/tensor.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type {
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { ports } from "./ports.js";

/** Two, so that many tensors can be joined; neither is a power of two. */
const quantizations = [
  { scale: Math.fround(0.071), zeroPoint: -9 },
  { scale: Math.fround(0.043), zeroPoint: 31 },
];

const index = fc.nat({ max: 999 });

interface LayerDraw {
  readonly kind: "add" | "multiply" | "requantize" | "lookup" | "pad" | "concatenation" | "reshape";
  /** Choose among the tensors that fit. */
  readonly picks: readonly number[];
  readonly quantization: number;
  readonly seed: number;
  readonly isRelu: boolean;
}

const layerDraw: fc.Arbitrary<LayerDraw> = fc.record({
  kind: fc.constantFrom(
    ...(["add", "multiply", "requantize", "lookup", "pad", "concatenation", "reshape"] as const),
  ),
  picks: fc.array(index, { minLength: 2, maxLength: 7 }),
  quantization: fc.nat({ max: 1 }),
  seed: index,
  isRelu: fc.boolean(),
});

/** The layer and the tensor it makes. */
type Made = readonly [settings: object, inputs: readonly number[], output: Omit<QuantizedTensor, "name">];

function make(draw: LayerDraw, tensors: readonly QuantizedTensor[]): Made {
  const { picks, seed, isRelu } = draw;
  const all = [...tensors.keys()];
  const choose = (pick: number, from: readonly number[]): number => from[pick % from.length];
  const first = choose(picks[0], all);
  const { shape } = tensors[first];
  const own = quantizationOf(tensors[first]);
  const quantization = quantizations[draw.quantization];
  switch (draw.kind) {
    case "add":
    case "multiply": {
      const second = choose(
        picks[1],
        all.filter((tensor) => isSameShape(tensors[tensor].shape, shape)),
      );
      const activationMin = isRelu ? quantization.zeroPoint : -128;
      return [
        { activationMin, activationMax: 127 },
        [first, second],
        { elementType: "int8", shape, quantization },
      ];
    }
    case "requantize":
      return [{}, [first], { elementType: "int8", shape, quantization }];
    case "lookup": {
      const table = Int8Array.from({ length: 256 }, (_, i) => Math.imul(i + seed, 2654435761) >> 24);
      return [{ activation: "noise", table }, [first], { elementType: "int8", shape, quantization }];
    }
    case "pad": {
      const before = shape.map((_, axis) => (seed >> axis) & 1);
      const after = shape.map((_, axis) => (seed >> (axis + 4)) & 1);
      const padded = shape.map((size, axis) => before[axis] + size + after[axis]);
      return [
        { before, after, value: own.zeroPoint },
        [first],
        { elementType: "int8", shape: padded, quantization: own },
      ];
    }
    case "concatenation": {
      const axis = seed % shape.length;
      const fits = all.filter((tensor) => {
        const other = tensors[tensor];
        return quantizationOf(other) === own && isSameShape(other.shape.with(axis, shape[axis]), shape);
      });
      const inputs = picks.map((pick) => choose(pick, fits));
      const joined = shape.with(
        axis,
        inputs.reduce((sum, input) => sum + tensors[input].shape[axis], 0),
      );
      return [{ axis }, inputs, { elementType: "int8", shape: joined, quantization: own }];
    }
    case "reshape": {
      const [a, b, c] = shape;
      const turned = [
        [b, a, c],
        [c, b, a],
        [a * b, 1, c],
      ][seed % 3];
      return [{}, [first], { elementType: "int8", shape: turned, quantization: own }];
    }
  }
}

/** Values after which a graph does not grow on. */
const largestTensor = 4000;

/**
 * Graphs of 3 to 12 layers that compute value by value or move values, on [height, width, channels]: tensors that are
 * read many times or never, added to themselves, joined with themselves.
 */
export const randomGraph: fc.Arbitrary<QuantizedNetwork> = fc
  .array(layerDraw, { minLength: 3, maxLength: 12 })
  .map((draws) => {
    const tensors: QuantizedTensor[] = [
      { elementType: "int8", name: "input", shape: [2, 3, 4], quantization: quantizations[0] },
    ];
    const layers: QuantizedLayer[] = [];
    for (const draw of draws) {
      const [settings, inputs, tensor] = make(draw, tensors);
      if (tensor.shape.reduce((product, size) => product * size, 1) > largestTensor) continue;
      const name = `${draw.kind} ${layers.length}`;
      const place = { name, inputs, output: tensors.length };
      tensors.push({ ...tensor, name });
      layers.push({ ...settings, ...place, kind: draw.kind } as QuantizedLayer);
    }
    return { name: "graph", tensors, ...ports(0, tensors.length - 1), layers };
  });
