import type { Shape } from "../../src/base/tensor.js";
import { Copy } from "../../src/train/layers/copy.js";
import { Expression } from "../../src/train/layers/expression.js";
import { type Activation, connect, defineLayer, onlyShape } from "../../src/train/layers/graph.js";
import { Multiply } from "../../src/train/layers/merge.js";
import { Pad } from "../../src/train/layers/pad.js";
import { ValueFunction } from "../../src/train/layers/valueFunction.js";

/** Layers that only imported networks have, as specs. */

export const valueFunction = (expression: string) =>
  defineLayer(
    "function",
    {},
    ({ name, inputShapes }) => new ValueFunction(name, onlyShape(inputShapes), new Expression(expression)),
  );

export const pad = (before: readonly number[], after: readonly number[]) =>
  defineLayer("pad", {}, ({ name, inputShapes }) => new Pad(name, onlyShape(inputShapes), before, after));

export const copy = (outputShape: Shape, start: number, strides: readonly number[]) =>
  defineLayer(
    "copy",
    {},
    ({ name, inputShapes }) => new Copy(name, onlyShape(inputShapes), outputShape, start, strides),
  );

export const multiply = (a: Activation, b: Activation): Activation =>
  connect(
    defineLayer("multiply", {}, ({ name, inputShapes }) => new Multiply(name, inputShapes)),
    [a, b],
  );
