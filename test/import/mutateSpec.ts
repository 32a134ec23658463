import type { Random } from "../../src/base/random.js";
import type { FieldSpec, ModelSpec, OperatorSpec, TensorSpec } from "./buildTflite.js";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const sizes = [0, 1, 1, 2, 3, 4, 5, 6, 8, 9, 12, 16, 64];
const settings = [-2, -1, 0, 1, 2, 3, 4, 5, 7, 9, 100];
const numbers = [...settings, -100, 2 ** 31 - 1, -(2 ** 31)];
const reals = [0, -1, 1e9, Number.NaN, Number.POSITIVE_INFINITY, 1e-9, 2];

/** A model that still is one: one to three of other shapes, scales, zero points, constants, options and inputs. */
export function mutateSpec(spec: ModelSpec, random: Random): ModelSpec {
  const below = (limit: number): number => random.integer(limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const tensors = spec.tensors.map((tensor): Mutable<TensorSpec> => ({ ...tensor }));
  const operators = spec.operators.map((operator): Mutable<OperatorSpec> => ({ ...operator }));
  for (let count = 1 + below(3); count > 0; count--) {
    const [tensor, operator] = [pick(tensors), pick(operators)];
    const { shape, data } = tensor;
    switch (below(8)) {
      case 0:
        if (shape.length > 0) tensor.shape = shape.with(below(shape.length), pick(sizes));
        break;
      case 1:
        tensor.shape = below(2) === 0 ? [pick(sizes), ...shape] : shape.slice(1);
        break;
      case 2:
        tensor.scales = (tensor.scales ?? []).map((scale) => scale * 2 ** (below(61) - 30));
        break;
      case 3:
        tensor.zeroPoints = (tensor.zeroPoints ?? []).map(() => below(300) - 150);
        break;
      case 4:
        if (data instanceof Int32Array && data.length > 0)
          tensor.data = data.with(below(data.length), pick(numbers));
        break;
      case 5:
        operator.options = (operator.options ?? []).map(([field, type, value]): FieldSpec => {
          if (type === "int32s" || below(2) === 0) return [field, type, value];
          return [field, type, pick(type === "float32" ? reals : settings)];
        });
        break;
      case 6:
        operator.inputs = operator.inputs.with(below(operator.inputs.length), below(tensors.length));
        break;
      default:
        tensor.shape = pick(tensors).shape;
    }
  }
  return { ...spec, tensors, operators };
}
