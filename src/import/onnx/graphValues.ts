import type { Shape } from "../../base/tensor.js";
import type { Layout } from "./layout.js";
import { Constant } from "./tensorData.js";

/** factor · value + offset, for each index of one axis, for each element, or one for all. */
export interface Affine {
  /** A logical axis; "all" for one of each element as ONNX counts them, "none" for a single one. */
  readonly axis: number | "all" | "none";
  readonly factors: Float64Array;
  readonly offsets: Float64Array;
}

/** Zeros around an activation, by logical axis. */
export type Margins = ReadonlyMap<number, { readonly before: number; readonly after: number }>;

/** What is still to be done to a layer's output before its values are there; done in this order. */
export interface Pending {
  readonly affine?: Affine;
  /** A function of one value, as `ValueFunction` takes it. */
  readonly expression?: string;
  readonly margins?: Margins;
  /** The node that asked for the function: its layer is called after it. */
  readonly by?: NodePlace;
}

/** A node of the file. */
export interface NodePlace {
  readonly index: number;
  readonly operator: string;
}

/** What a layer gives (or the network's input), and how ONNX sees it. */
export class Activation {
  constructor(
    /** As in `Network.connections`. */
    readonly number: number,
    /** Without what is pending around it. The batch axis has size 1. */
    readonly layout: Layout,
    /** The logical axis of the samples; undefined where the file fixes it to 1, or it is gone. */
    readonly batch: number | undefined,
    readonly pending: Pending = {},
  ) {}

  /** As ONNX sees it, with margins; the batch axis has size 1. */
  get shape(): Shape {
    const { margins } = this.pending;
    return this.layout.shape.map((size, axis) => {
      const { before, after } = margins?.get(axis) ?? { before: 0, after: 0 };
      return size + before + after;
    });
  }

  with(pending: Pending): Activation {
    return new Activation(this.number, this.layout, this.batch, pending);
  }
}

export type Value = Constant | Activation;

export const isConstant = (value: Value | undefined): value is Constant => value instanceof Constant;
