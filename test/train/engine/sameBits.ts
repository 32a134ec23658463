import fc from "fast-check";
import { expect } from "vitest";
import type { FloatArray } from "../../../src/base/tensor.js";
import { type OpenEngine, openEngine } from "../../../src/train/engine/openEngine.js";
import { type Ops, typescriptOps } from "../../../src/train/ops/index.js";

/** Numbers of many sizes, some zeros of both signs, some tiny enough to underflow when multiplied. */
export function randomValues(seed: number, length: number, zeroShare = 0.1): Float32Array {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0;
    return ((state ^ (state >>> 12)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length }, () => {
    if (next() < zeroShare) return next() < 0.5 ? 0 : -0;
    return (2 * next() - 1) * 10 ** (next() < 0.05 ? -30 : Math.floor(6 * next()) - 3);
  });
}

/** An operation on arrays that were made by the function given; it returns what it wrote. */
export type Operation = (ops: Ops, place: (values: FloatArray) => FloatArray) => readonly FloatArray[];

/** Which NaN an operation gives is left open by JavaScript and WebAssembly alike: all count as one. */
const bitsOf = (values: FloatArray) => {
  const canonical = Float32Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : value));
  return Buffer.from(canonical.buffer).toString("hex");
};

/** Runs the operation on plain arrays in TypeScript and in the engine's memory, and compares every bit. */
export function expectSameBits(operation: Operation): void {
  const engine = openEngine("float32");
  try {
    const expected = operation(typescriptOps, (values) => values.slice());
    const found = operation(engine.ops, (values) => place(engine, values));
    expect(found.map(bitsOf)).toEqual(expected.map(bitsOf));
  } finally {
    engine.close();
  }
}

function place(engine: OpenEngine, values: FloatArray): FloatArray {
  const placed = engine.createFloats("float32", values.length);
  placed.set(values);
  return placed;
}

/** Seeds: fast-check shrinks sizes, the values follow from the seed. */
export const seeds = fc.nat(1e6);

export const checks = { seed: 20, numRuns: 60 } as const;
