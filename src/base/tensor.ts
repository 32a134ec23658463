import { UserError } from "./errors.js";

/** Sizes of the axes, outermost first. */
export type Shape = readonly number[];

/** Element type of a real-valued tensor. */
export type DType = "float32" | "float64";

/** A tensor's elements, in row-major order. */
export type FloatArray = Float32Array | Float64Array;

/** Number of elements; 1 for a scalar. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Equal rank and equal sizes. */
export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** "[batch, 784]" style text for messages; `null` stands for any size. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? "any").join(", ")}]`;
}

/**
 * @param what the tensor's name in the message
 * @param expected sizes of the axes; `null` accepts any size
 * @throws UserError when rank or a size differs
 */
export function expectShape(what: string, shape: Shape, expected: readonly (number | null)[]): void {
  const fits =
    shape.length === expected.length && expected.every((size, axis) => size === null || size === shape[axis]);
  if (!fits) {
    throw new UserError(`${what} must have shape ${formatShape(expected)}, found ${formatShape(shape)}`);
  }
}

/** Zeros of the given element type. */
export function createFloats(dtype: DType, length: number): FloatArray {
  return dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
}

/** A real-valued n-dimensional array, row-major, outermost axis first. The data may be a view of a larger array. */
export class Tensor {
  readonly shape: Shape;
  readonly data: FloatArray;

  /** @param data row-major elements, kept and not copied; float32 zeros when absent */
  constructor(shape: Shape, data: FloatArray = new Float32Array(elementCount(shape))) {
    if (data.length !== elementCount(shape)) {
      throw new UserError(
        `a tensor of shape ${formatShape(shape)} has ${elementCount(shape)} elements, found ${data.length}`,
      );
    }
    this.shape = shape;
    this.data = data;
  }

  static zeros(shape: Shape, dtype: DType): Tensor {
    return new Tensor(shape, createFloats(dtype, elementCount(shape)));
  }

  /** @param values row-major */
  static from(shape: Shape, values: ArrayLike<number>, dtype: DType = "float32"): Tensor {
    return new Tensor(shape, dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values));
  }

  get dtype(): DType {
    return this.data instanceof Float32Array ? "float32" : "float64";
  }
}

/** The values of each entry along the first axis, as views: a batch's samples. */
export function rowsOf({ data, shape: [rows] }: Tensor): FloatArray[] {
  const size = data.length / rows;
  return Array.from({ length: rows }, (_, row) => data.subarray(row * size, (row + 1) * size));
}
