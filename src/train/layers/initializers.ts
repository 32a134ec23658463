import { UserError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import { elementCount, type FloatArray, formatShape, type Tensor } from "../../base/tensor.js";

/** How many products each sum of a layer has: over its inputs, and backward over its outputs. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Fills `weights` [outputs, ...inputs] with initial values. */
export type Initializer = (weights: Tensor, random: Random, fans: Fans) => void;

function fill({ data }: Tensor, draw: () => number): void {
  for (let index = 0; index < data.length; index++) data[index] = draw();
}

/**
 * Normal, σ = √(2 / fanIn): keeps the variance of activations through ReLU layers.
 * Source: He et al. 2015, arXiv:1502.01852 §2.2.
 */
export const he: Initializer = (weights, random, { fanIn }) => {
  const sigma = Math.sqrt(2 / fanIn);
  fill(weights, () => sigma * random.normal());
};

/**
 * Uniform in ±√(6 / (fanIn + fanOut)): keeps the variance of activations and gradients through layers that are linear
 * near zero.
 * Source: Glorot and Bengio 2010, AISTATS, eq. 16.
 */
export const glorot: Initializer = (weights, random, { fanIn, fanOut }) => {
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  fill(weights, () => bound * (2 * random.uniform() - 1));
};

/**
 * Each block of as many rows as there are columns is orthogonal: what goes round in a recurrent layer keeps its length. The
 * blocks are random normal numbers whose rows are made orthonormal, one after the other.
 * Source: Saxe, McClelland and Ganguli 2014, arXiv:1312.6120 §3.
 */
export const orthogonal: Initializer = (weights, random) => {
  const { data, shape } = weights;
  const columns = elementCount(shape.slice(1));
  fill(weights, () => random.normal());
  for (let row = 0; row < shape[0]; row++) {
    const rows = data.subarray((row - (row % columns)) * columns, (row + 1) * columns);
    orthonormalizeLast(rows, columns);
  }
};

/** Takes out of the last row what lies along the others, twice, since once leaves rounding; then makes its length 1. */
function orthonormalizeLast(rows: FloatArray, columns: number): void {
  const last = rows.subarray(rows.length - columns);
  const dot = (start: number) => {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += last[i] * rows[start + i];
    return sum;
  };
  for (let pass = 0; pass < 2; pass++) {
    for (let start = 0; start < rows.length - columns; start += columns) {
      const along = dot(start);
      for (let i = 0; i < columns; i++) last[i] -= along * rows[start + i];
    }
  }
  const length = Math.sqrt(dot(rows.length - columns));
  for (let i = 0; i < columns; i++) last[i] /= length;
}

/** Uniform in [min, max), drawn in the order in which the weights are stored. */
export function uniform(min: number, max: number): Initializer {
  return (weights, random) => fill(weights, () => min + (max - min) * random.uniform());
}

/**
 * `scale · random(inputs, outputs) + offset` as a NumPy program writes it: drawn row by row of an [inputs, outputs]
 * matrix and stored transposed, so that published programs can be reproduced to the digit.
 * `numpyUniform(2, -1)` is `2 * np.random.random((inputs, outputs)) - 1`.
 */
export function numpyUniform(scale: number, offset: number): Initializer {
  return (weights, random) => drawTransposed(weights, () => scale * random.uniform() + offset);
}

/** `scale · randn(inputs, outputs)` as a NumPy program writes it; see {@link numpyUniform}. */
export function numpyNormal(scale: number): Initializer {
  return (weights, random) => drawTransposed(weights, () => scale * random.normal());
}

function drawTransposed({ data, shape: [outputs, ...rest] }: Tensor, draw: () => number): void {
  const inputs = elementCount(rest);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) data[o * inputs + i] = draw();
  }
}

type Nested = readonly number[] | readonly Nested[];

/** Given numbers, nested as the weights are stored: dense [outputs, inputs], conv2d [filters, height, width, channels]. */
export function fixedWeights(values: Nested): Initializer {
  return (weights) => {
    const found = shapeOf(values);
    const flat = (values as readonly number[]).flat(Number.POSITIVE_INFINITY) as number[];
    const isRight = formatShape(found) === formatShape(weights.shape) && flat.length === weights.data.length;
    if (!isRight) {
      throw new UserError(`fixed weights must be ${formatShape(weights.shape)}, found ${formatShape(found)}`);
    }
    weights.data.set(flat);
  };
}

function shapeOf(values: Nested | number): number[] {
  return typeof values === "number" ? [] : [values.length, ...(values.length > 0 ? shapeOf(values[0]) : [])];
}
