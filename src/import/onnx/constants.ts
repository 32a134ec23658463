import { UserError } from "../../base/errors.js";
import { elementCount, formatShape, type Shape } from "../../base/tensor.js";
import { Constant } from "./tensorData.js";

/** Axis `axis` of a tensor of so many axes; those below 0 count from the end. */
export function axisOf(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(counted) && counted >= 0 && counted < rank) return counted;
  throw new UserError(`axis ${axis} of ${rank} axes`);
}

/** What both become by broadcasting. Source: ONNX, "Broadcasting in ONNX". */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map((shape) => shape[axis - rank + shape.length] ?? 1);
    if (x !== y && x !== 1 && y !== 1) {
      throw new UserError(`shapes ${formatShape(a)} and ${formatShape(b)} do not fit each other`);
    }
    return x === 1 ? y : x;
  });
}

const mostElements = 2 ** 24;

function expectSize(shape: Shape): void {
  if (!(elementCount(shape) <= mostElements)) {
    throw new UserError(`a constant of shape ${formatShape(shape)} has more than ${mostElements} values`);
  }
}

/** Values of a new shape, each from where `index` says: the offset in the old one. */
function take(constant: Constant, shape: Shape, index: (position: readonly number[]) => number): Constant {
  expectSize(shape);
  const count = elementCount(shape);
  const values = constant.values instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  const position = shape.map(() => 0);
  for (let k = 0; k < count; k++) {
    values[k] = constant.values[index(position)];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis]++;
      if (position[axis] < shape[axis]) break;
      position[axis] = 0;
    }
  }
  return new Constant(shape, values, constant.isInteger);
}

function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

export function transposeConstant(constant: Constant, order: readonly number[]): Constant {
  const strides = stridesOf(constant.shape);
  return take(
    constant,
    order.map((axis) => constant.shape[axis]),
    (position) => position.reduce((sum, at, k) => sum + at * strides[order[k]], 0),
  );
}

export function reshapeConstant(constant: Constant, shape: Shape): Constant {
  if (elementCount(shape) !== elementCount(constant.shape)) {
    throw new UserError(`${formatShape(constant.shape)} cannot become ${formatShape(shape)}`);
  }
  return new Constant(shape, constant.values, constant.isInteger, constant.type);
}

/** @param shape that the constant's broadcasts to */
export function broadcastTo(constant: Constant, shape: Shape): Constant {
  const missing = shape.length - constant.shape.length;
  const strides = stridesOf(constant.shape);
  return take(constant, shape, (position) =>
    strides.reduce(
      (sum, stride, k) => sum + (constant.shape[k] === 1 ? 0 : position[k + missing] * stride),
      0,
    ),
  );
}

/** Takes some indices of an axis; `indices` of any shape stand in its place. */
export function gatherConstant(constant: Constant, indices: Constant, axis: number): Constant {
  const { shape } = constant;
  const strides = stridesOf(shape);
  const own = stridesOf(indices.shape);
  const places = Array.from(indices.values, (index) => axisOf(index, shape[axis]));
  const result = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  return take(constant, result, (position) => {
    let offset = 0;
    for (let k = 0; k < axis; k++) offset += position[k] * strides[k];
    const at = own.reduce((sum, stride, k) => sum + position[axis + k] * stride, 0);
    offset += places[at] * strides[axis];
    for (let k = axis + 1; k < shape.length; k++) offset += position[k - 1 + own.length] * strides[k];
    return offset;
  });
}

export function concatConstants(constants: readonly Constant[], axis: number): Constant {
  const [first] = constants;
  const sizes = constants.map(({ shape }) => shape[axis]);
  const shape = first.shape.with(
    axis,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  expectSize(shape);
  const rows = elementCount(shape.slice(0, axis));
  const widths = constants.map((constant) => {
    const fits = constant.shape.length === shape.length;
    if (!fits || constant.shape.some((size, k) => k !== axis && size !== shape[k])) {
      throw new UserError(`${formatShape(first.shape)} and ${formatShape(constant.shape)} cannot be joined`);
    }
    return elementCount(constant.shape.slice(axis));
  });
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    constants.forEach((constant, k) => {
      for (const value of constant.values.subarray(row * widths[k], (row + 1) * widths[k]))
        values.push(value);
    });
  }
  const isInteger = constants.every((constant) => constant.isInteger);
  return new Constant(shape, isInteger ? Float64Array.from(values) : Float32Array.from(values), isInteger);
}

/** Which indices of an axis a slice takes. Source: ONNX operators, Slice. */
export function sliceIndices(size: number, start: number, end: number, step: number): number[] {
  if (!Number.isInteger(step) || step === 0) throw new UserError(`a slice with step ${step}`);
  const from = (value: number, least: number, most: number) =>
    Math.min(most, Math.max(least, value < 0 ? value + size : value));
  const indices: number[] = [];
  if (step > 0) {
    for (let k = from(start, 0, size); k < from(end, 0, size); k += step) indices.push(k);
  } else {
    for (let k = from(start, 0, size - 1); k > from(end, -1, size - 1); k += step) indices.push(k);
  }
  return indices;
}

/** f of two constants, with broadcasting; integers stay integers, floats are rounded to float32. */
export function combine(
  a: Constant,
  b: Constant,
  f: (x: number, y: number, isInteger: boolean) => number,
): Constant {
  const shape = broadcastShape(a.shape, b.shape);
  const [x, y] = [broadcastTo(a, shape), broadcastTo(b, shape)];
  const isInteger = a.isInteger && b.isInteger;
  const results = x.values.map((value, k) => f(value, y.values[k], isInteger));
  return new Constant(shape, isInteger ? Float64Array.from(results) : Float32Array.from(results), isInteger);
}

/** f of each value, as float32. */
export function mapConstant({ shape, values }: Constant, f: (x: number) => number): Constant {
  return new Constant(shape, Float32Array.from(values, f), false);
}
