import { UserError } from "../../base/errors.js";
import { elementCount, formatShape, isSameShape, type Shape } from "../../base/tensor.js";
import { Convolution } from "../../train/layers/convolution.js";
import { Copy } from "../../train/layers/copy.js";
import { Dense } from "../../train/layers/dense.js";
import { ElementWise, type ElementWiseKind } from "../../train/layers/elementWise.js";
import { Expression } from "../../train/layers/expression.js";
import type { Layer } from "../../train/layers/layerKinds.js";
import { Pad } from "../../train/layers/pad.js";
import { Reshape } from "../../train/layers/reshape.js";
import { ValueFunction } from "../../train/layers/valueFunction.js";
import { ChannelScale } from "./channelScale.js";
import { Activation, type Affine, type NodePlace, type Pending } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { OtherLayer } from "./otherLayer.js";

/** A layer, or what becomes one when the graph is whole. */
export type BuiltLayer = Layer | ChannelScale | OtherLayer;

/** Functions that have a layer of their own. */
const kinds: Readonly<Record<string, ElementWiseKind>> = {
  "x relu": "relu",
  "x relu6": "relu6",
  "x sigmoid": "sigmoid",
  "x tanh": "tanh",
  "x hardSigmoid": "hardSigmoid",
  "x x hardSigmoid *": "hardSwish",
  "x hardSigmoid x *": "hardSwish",
};

/** The layers of a network while it is built, numbered as in `Network.connections`. */
export class GraphBuilder {
  readonly layers: BuiltLayer[] = [];
  readonly connections: number[][] = [];
  /** The node of the file behind each layer. */
  readonly origins: number[] = [];
  /** Values that copies move to another order: what an order of the input is judged by. */
  movedValues = 0;
  private readonly views = new Map<string, number>();
  private readonly scaled = new Map<Affine, number>();
  private readonly done = new Map<Activation, Activation>();
  private readonly names = new Map<string, number>();
  /** The node that is being taken. */
  node: NodePlace = { index: 0, operator: "" };

  constructor(readonly inputShape: Shape) {}

  shapeOf(number: number): Shape {
    return number === 0 ? this.inputShape : this.layers[number - 1].outputShape;
  }

  /** A name that is taken once: "conv_3" of node 3, "conv_3_2" of its second layer. */
  name(): string {
    const base = `${this.node.operator.toLowerCase().replace(/[^a-z0-9_]/g, "") || "node"}_${this.node.index}`;
    const count = (this.names.get(base) ?? 0) + 1;
    this.names.set(base, count);
    return count === 1 ? base : `${base}_${count}`;
  }

  /** @returns the number of what the layer gives */
  put(layer: BuiltLayer, inputs: number[]): number {
    expectSize(layer.outputShape);
    this.layers.push(layer);
    this.connections.push(inputs);
    this.origins.push(this.node.index);
    return this.layers.length;
  }

  /** The same values in a shape. */
  view(number: number, shape: Shape): number {
    if (isSameShape(this.shapeOf(number), shape)) return number;
    const key = `${number}: ${shape}`;
    let found = this.views.get(key);
    if (found === undefined) {
      found = this.put(new Reshape("reshape", this.name(), this.shapeOf(number), shape), [number]);
      this.views.set(key, found);
    }
    return found;
  }

  /** All but the margins around it: what a convolution takes, which pads by itself. */
  materializeInside(activation: Activation): Activation {
    const { affine, expression, margins } = activation.pending;
    if (affine === undefined && expression === undefined) return activation;
    const known = this.done.get(activation);
    if (known !== undefined) return known;
    const { layout, batch } = activation;
    let { number } = activation;
    const { node } = this;
    this.node = activation.pending.by ?? node;
    const isInlined = affine?.axis === "none" && expression !== undefined && !this.takesScale(number);
    if (affine !== undefined && !isInlined) number = this.scale(number, layout, affine);
    if (expression !== undefined) {
      const words = isInlined ? inlineScale(affine, expression) : expression;
      number = this.put(this.functionLayer(words, number), [number]);
    }
    this.node = node;
    const result = new Activation(number, layout, batch, margins === undefined ? {} : { margins });
    this.done.set(activation, result);
    return result;
  }

  /** With nothing pending. */
  materialize(activation: Activation): Activation {
    const inside = this.materializeInside(activation);
    const { margins } = inside.pending;
    if (margins === undefined) return inside;
    const known = this.done.get(inside);
    if (known !== undefined) return known;
    const result = this.pad(inside);
    this.done.set(inside, result);
    return result;
  }

  /**
   * The same values in another order of memory, repeated along axes of size 1 where the other has more.
   *
   * @param target of as many axes or more; the axes are counted from the last
   */
  arrange(activation: Activation, target: Layout): Activation {
    const value = this.materialize(activation);
    const { layout, number, batch } = value;
    expectSize(target.shape);
    if (isSameShape(layout.shape, target.shape) && layout.isSameAs(target)) return value;
    const regular = copyBetween(layout, target);
    // from the order in which they are counted every other is at regular distances
    if (regular === undefined) return this.arrange(this.arrange(value, layout.inOrder()), target);
    const { start, strides } = regular;
    const { shape } = target.parts();
    const sizes = shape.length === 0 ? [1] : shape;
    const steps = shape.length === 0 ? [0] : strides;
    const from = this.shapeOf(number);
    this.movedValues += target.elements;
    const copied = this.put(new Copy(this.name(), from, sizes, start, steps), [number]);
    const shift = target.shape.length - layout.shape.length;
    return new Activation(copied, target, batch === undefined ? undefined : batch + shift);
  }

  /** Some indices of an axis, at one distance. */
  slice(
    { number, layout, batch }: Activation,
    axis: number,
    first: number,
    count: number,
    step: number,
  ): Activation {
    const ordered = layout.axisIndices(axis).every((index, at) => index === at);
    const place = ordered ? layout.place([axis]) : undefined;
    const own = new Activation(number, layout, batch);
    if (place === undefined)
      return this.slice(this.arrange(own, Layout.of(layout.shape)), axis, first, count, step);
    const { outer, inner } = place;
    const size = layout.shape[axis];
    const strides = [size * inner, step * inner, 1];
    const layer = new Copy(this.name(), this.shapeOf(number), [outer, count, inner], first * inner, strides);
    return new Activation(this.put(layer, [number]), layout.replace(new Map([[axis, count]])), batch);
  }

  /** Axis after axis: what lies outside of it is a first axis, what lies inside a last one. */
  private pad({ number, layout, batch, pending: { margins = new Map() } }: Activation): Activation {
    let [current, currentLayout] = [number, layout];
    for (const [axis, { before, after }] of margins) {
      const size = currentLayout.shape[axis];
      if (currentLayout.place([axis]) === undefined) {
        const arranged = this.arrange(
          new Activation(current, currentLayout, batch),
          Layout.of(currentLayout.shape),
        );
        [current, currentLayout] = [arranged.number, arranged.layout];
      }
      const place = currentLayout.place([axis])!;
      const shape = [place.outer, size, place.inner];
      const from = this.view(current, shape);
      current = this.put(new Pad(this.name(), shape, [0, before, 0], [0, after, 0]), [from]);
      currentLayout = currentLayout.replace(new Map([[axis, size + before + after]]));
    }
    return new Activation(current, currentLayout, batch);
  }

  private scale(number: number, layout: Layout, affine: Affine): number {
    const known = this.scaled.get(affine);
    if (known !== undefined) return known;
    const { axis } = affine;
    const shape = this.shapeOf(number);
    let result: number;
    if (axis === "none" && !this.takesScale(number)) {
      const expression = new Expression(`x ${affine.factors[0]} * ${affine.offsets[0]} +`);
      result = this.put(new ValueFunction(this.name(), shape, expression), [number]);
    } else if (axis === "none") {
      const channels = shape.at(-1) ?? 1;
      const indices = new Int32Array(channels);
      result = this.put(new ChannelScale(this.name(), shape, affine, indices), [number]);
    } else {
      const isInnermost = axis !== "all" && layout.place([axis])?.inner === 1;
      const indices = isInnermost ? layout.axisIndices(axis) : layout.logicalIndices();
      const own = isInnermost || axis === "all" ? affine : spread(affine, layout, axis);
      const rows = elementCount(shape) / indices.length;
      const isFit = shape.at(-1) === indices.length;
      const from = isFit ? number : this.view(number, rows === 1 ? [indices.length] : [rows, indices.length]);
      result = this.put(new ChannelScale(this.name(), this.shapeOf(from), own, indices), [from]);
    }
    this.scaled.set(affine, result);
    return result;
  }

  /** Whether what multiplies a layer's output can become part of its weights, or is a unit of the input's. */
  private takesScale(number: number): boolean {
    const layer = this.layers[number - 1];
    return (
      layer === undefined ||
      layer instanceof Dense ||
      layer instanceof Convolution ||
      layer instanceof ChannelScale
    );
  }

  private functionLayer(expression: string, number: number): Layer {
    const [name, shape] = [this.name(), this.shapeOf(number)];
    if (Object.hasOwn(kinds, expression)) return new ElementWise(kinds[expression], name, shape);
    const slope = Number(/^x (\S+) leakyRelu$/.exec(expression)?.[1]);
    if (slope >= 0 && slope < 1) return new ElementWise("leakyRelu", name, shape, slope);
    return new ValueFunction(name, shape, new Expression(expression));
  }
}

/** Far beyond any microcontroller's RAM, and small enough that no file makes us work for long. */
const mostElements = 2 ** 20;

function expectSize(shape: Shape): void {
  if (elementCount(shape) <= mostElements) return;
  throw new UserError(
    `gives ${formatShape(shape)}; at most ${mostElements} values are imported`,
    "take a smaller model",
  );
}

/** The function of factor · x + offset. */
export function inlineScale({ factors, offsets }: Affine, expression: string): string {
  const inner = `x ${factors[0]} * ${offsets[0]} +`;
  return expression
    .split(" ")
    .map((word) => (word === "x" ? inner : word))
    .join(" ");
}

/**
 * Where each value of one memory comes from in another: the first, and distances along the parts of the target;
 * undefined where these are not regular.
 */
function copyBetween(source: Layout, target: Layout): { start: number; strides: number[] } | undefined {
  const [from, to] = [source.shape, target.shape];
  const places = new Int32Array(source.elements);
  source.logicalIndices().forEach((index, at) => {
    places[index] = at;
  });
  const strides = contiguous(from);
  const toStrides = contiguous(to);
  const shift = to.length - from.length;
  /** Of an element of the target, as ONNX counts: where it lies in the source's memory. */
  const placeOf = (index: number): number => {
    let own = 0;
    for (let axis = shift; axis < to.length; axis++) {
      const at = Math.floor(index / toStrides[axis]) % to[axis];
      if (from[axis - shift] !== 1) own += at * strides[axis - shift];
    }
    return places[own];
  };
  const order = target.logicalIndices();
  const { shape } = target.parts();
  const steps = contiguous(shape);
  const start = placeOf(order[0]);
  const found = steps.map((step) => placeOf(order[step]) - start);
  const isRegular = order.every(
    (index, at) =>
      placeOf(index) ===
      found.reduce((sum, step, k) => sum + (Math.floor(at / steps[k]) % shape[k]) * step, start),
  );
  return isRegular ? { start, strides: found } : undefined;
}

function contiguous(shape: Shape): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

/** One of each element from one of each index of an axis. */
function spread({ factors, offsets }: Affine, layout: Layout, axis: number): Affine {
  const { shape } = layout;
  const inner = elementCount(shape.slice(axis + 1));
  const at = (k: number) => Math.floor(k / inner) % shape[axis];
  const all = Array.from({ length: layout.elements }, (_, k) => at(k));
  return {
    axis: "all",
    factors: Float64Array.from(all, (index) => factors[index]),
    offsets: Float64Array.from(all, (index) => offsets[index]),
  };
}

/** The same with a function behind what is pending. */
export function withExpression(
  activation: Activation,
  by: NodePlace,
  append: (inner: string) => string,
): Activation {
  const { affine, expression = "x" } = activation.pending;
  const pending: Pending = { ...(affine && { affine }), expression: append(expression), by };
  return activation.with(pending);
}
