import type { Fields } from "../fields.js";
import type { JsonObject } from "../json.js";
import type { QuantizedLayer, QuantizedTensor } from "../quantizedNetwork.js";
import { elementCount, isSameShape, type Shape } from "../tensor.js";

/** Where a layer's tensors go when a model is written. */
export type PutTensor = (name: string, shape: Shape, data: Int8Array | Int32Array) => void;

/** What a layer's reader can ask for. */
export interface QuantizedLayerSource {
  readonly fields: Fields;
  readonly inputs: readonly QuantizedTensor[];
  readonly output: QuantizedTensor;
  /** @throws UserError when the file has no such int8 tensor of this shape */
  int8(name: string, shape: Shape): Int8Array;
  /** @throws UserError when the file has no such int32 tensor of this shape */
  int32(name: string, shape: Shape): Int32Array;
}

/** What a kind of layer has besides kind, name, inputs and output. */
type Own<L> = L extends QuantizedLayer ? Omit<L, "kind" | "name" | "inputs" | "output"> : never;

export interface QuantizedLayerFormat<L extends QuantizedLayer> {
  /** Number of inputs. */
  readonly arity: number;
  /** @returns the settings; tensors are put */
  write(layer: L, put: PutTensor): JsonObject;
  /** @throws UserError when a setting is missing, out of range or does not fit the layer's tensors */
  read(source: QuantizedLayerSource): Own<L>;
}

/** How each kind of integer layer stands in a model file. A new kind is a row here. */
export const quantizedLayerFormats: {
  readonly [Kind in QuantizedLayer["kind"]]: QuantizedLayerFormat<Extract<QuantizedLayer, { kind: Kind }>>;
} = {
  fullyConnected: {
    arity: 1,
    write({ weights, weightScales, bias, activationMin, activationMax }, put) {
      put("weights", [bias.length, weights.length / bias.length], weights);
      put("bias", [bias.length], bias);
      return { weightScales, activationMin, activationMax };
    },
    read({ fields, inputs, output, int8, int32 }) {
      const outFeatures = elementCount(output.shape);
      const activationMin = fields.integer("activationMin", -128, 127);
      return {
        weights: int8("weights", [outFeatures, elementCount(inputs[0].shape)]),
        weightScales: readScales(fields, "weightScales", outFeatures),
        bias: int32("bias", [outFeatures]),
        activationMin,
        activationMax: fields.integer("activationMax", activationMin, 127),
      };
    },
  },
  lookup: {
    arity: 1,
    write({ activation, table }, put) {
      put("table", [table.length], table);
      return { activation };
    },
    read({ fields, inputs, output, int8 }) {
      if (!isSameShape(inputs[0].shape, output.shape)) fields.fail("output", "a tensor of the input's shape");
      return { activation: fields.string("activation"), table: int8("table", [256]) };
    },
  },
  normalization: {
    arity: 1,
    write({ offsets, factors }, put) {
      put("offsets", [offsets.length], offsets);
      return { factors };
    },
    read({ fields, inputs, output, int32 }) {
      const features = output.shape.at(-1) ?? 1;
      if (!isSameShape(inputs[0].shape, output.shape)) fields.fail("output", "a tensor of the input's shape");
      if (inputs[0].elementType !== "int16") fields.fail("inputs", "a tensor of element type int16");
      const factors = fields.array("factors");
      const isRight = (factor: unknown) =>
        typeof factor === "number" && factor > 0 && Number.isFinite(factor);
      if (factors.length !== features || !factors.every(isRight)) {
        fields.fail("factors", `${features} numbers above 0`);
      }
      return { offsets: int32("offsets", [features]), factors: factors as readonly number[] };
    },
  },
  softmax: {
    arity: 1,
    write: ({ beta }) => ({ beta }),
    read({ fields, inputs, output }) {
      const { scale, zeroPoint } = output.quantization;
      if (!isSameShape(inputs[0].shape, output.shape)) fields.fail("output", "a tensor of the input's shape");
      if (scale !== 1 / 256 || zeroPoint !== -128) {
        fields.fail("output", "a tensor of scale 1/256 and zero point -128");
      }
      const beta = fields.number("beta");
      return { beta: beta > 0 ? beta : fields.fail("beta", "a number above 0") };
    },
  },
};

/** A float32 value above 0. */
export function readScale(fields: Fields, name: string): number {
  const scale = fields.number(name);
  return isScale(scale) ? scale : fields.fail(name, "a float32 number above 0");
}

function readScales(fields: Fields, name: string, channels: number): readonly number[] {
  const scales = fields.array(name);
  const isRight = scales.length === channels || scales.length === 1;
  if (!isRight || !scales.every(isScale)) fields.fail(name, `1 or ${channels} float32 numbers above 0`);
  return scales as readonly number[];
}

function isScale(value: unknown): boolean {
  return typeof value === "number" && value > 0 && value <= 3.5e38 && Math.fround(value) === value;
}
