import { UserError } from "../../base/errors.js";
import { elementCount, isSameShape, type Shape } from "../../base/tensor.js";
import { ElementWise, type ElementWiseKind } from "../../train/layers/elementWise.js";
import { Expression } from "../../train/layers/expression.js";
import type { Layer } from "../../train/layers/layerKinds.js";
import { Pad } from "../../train/layers/pad.js";
import { Reshape } from "../../train/layers/reshape.js";
import { ValueFunction } from "../../train/layers/valueFunction.js";
import { ChannelScale } from "./channelScale.js";
import { Activation, type Affine, type NodePlace, type Pending } from "./graphValues.js";
import type { Layout } from "./layout.js";

/** A layer, or what becomes one when the graph is whole. */
export type BuiltLayer = Layer | ChannelScale;

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
    const base = `${this.node.operator.toLowerCase().replace(/[^a-z0-9]/g, "") || "node"}_${this.node.index}`;
    const count = (this.names.get(base) ?? 0) + 1;
    this.names.set(base, count);
    return count === 1 ? base : `${base}_${count}`;
  }

  /** @returns the number of what the layer gives */
  put(layer: BuiltLayer, inputs: number[]): number {
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
    if (affine !== undefined) number = this.scale(number, layout, affine);
    if (expression !== undefined) number = this.put(this.functionLayer(expression, number), [number]);
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

  /** Axis after axis: what lies outside of it is a first axis, what lies inside a last one. */
  private pad({ number, layout, batch, pending: { margins = new Map() } }: Activation): Activation {
    let [current, currentLayout] = [number, layout];
    for (const [axis, { before, after }] of margins) {
      const size = currentLayout.shape[axis];
      const place = currentLayout.place([axis]);
      if (place === undefined) {
        throw new UserError(`pads axis ${axis}, whose values do not lie side by side`, transposeHint);
      }
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
    if (axis === "none") {
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

  private functionLayer(expression: string, number: number): Layer {
    const [name, shape] = [this.name(), this.shapeOf(number)];
    if (Object.hasOwn(kinds, expression)) return new ElementWise(kinds[expression], name, shape);
    const slope = Number(/^x (\S+) leakyRelu$/.exec(expression)?.[1]);
    if (slope >= 0 && slope < 1) return new ElementWise("leakyRelu", name, shape, slope);
    return new ValueFunction(name, shape, new Expression(expression));
  }
}

export const transposeHint =
  "such values would have to be moved in memory, which this pinfer does not do: change the order of the axes in the network";

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
