import { UserError } from "../../base/errors.js";
import { quoted } from "../../base/printable.js";
import { axisOf } from "./constants.js";
import type { GraphBuilder } from "./graphBuilder.js";
import { Activation, isConstant, type Value } from "./graphValues.js";
import type { OnnxAttribute, OnnxNode } from "./readOnnx.js";
import type { Constant, TensorDecoder } from "./tensorData.js";

/** What holds for the whole file. */
export interface GraphSettings {
  /** Samples that the file takes at once; 1 where that is free. */
  readonly batchSize: number;
  /** The file's samples are several, or as many as one likes: nothing may mix them. */
  readonly isBatched: boolean;
  /** A softmax that gives the output is left out. */
  readonly withoutSoftmax: boolean;
  readonly outputs: ReadonlySet<string>;
}

/** A node with its inputs' values: what an operator's importer works with. */
export class NodeContext {
  constructor(
    readonly node: OnnxNode,
    /** Version of the node's operator set. */
    readonly opset: number,
    readonly inputs: readonly (Value | undefined)[],
    readonly builder: GraphBuilder,
    readonly settings: GraphSettings,
    private readonly decoder: TensorDecoder,
  ) {}

  /** For a node that is made of this one, with inputs of its own. */
  of(node: OnnxNode, inputs: readonly (Value | undefined)[]): NodeContext {
    return new NodeContext(node, this.opset, inputs, this.builder, this.settings, this.decoder);
  }

  get isOutput(): boolean {
    return this.node.outputs.some((name) => this.settings.outputs.has(name));
  }

  attribute(name: string): OnnxAttribute | undefined {
    return this.node.attributes.get(name);
  }

  integer(name: string, standard: number): number {
    return this.attribute(name)?.integer ?? standard;
  }

  float(name: string, standard: number): number {
    return this.attribute(name)?.float ?? standard;
  }

  integers(name: string): readonly number[] | undefined {
    return this.attribute(name)?.integers;
  }

  text(name: string, standard: string): string {
    return this.attribute(name)?.text ?? standard;
  }

  tensor(name: string): Constant | undefined {
    const tensor = this.attribute(name)?.tensor;
    return tensor && this.decoder.decode(tensor);
  }

  has(input: number): boolean {
    return this.inputs[input] !== undefined;
  }

  value(input: number): Value {
    return this.inputs[input] ?? this.fail(`has no input ${input}`);
  }

  /** @throws UserError when it is an activation */
  constant(input: number, what: string): Constant {
    const value = this.value(input);
    if (isConstant(value)) return value;
    return this.fail(`takes ${what} from what the network computes; only constants are taken there`);
  }

  /** @throws UserError when it is a constant */
  activation(input = 0): Activation {
    const value = this.value(input);
    if (value instanceof Activation) return value;
    return this.fail(`takes a constant as input ${input}, where what the network computes is expected`);
  }

  /** With nothing pending. */
  computed(input = 0): Activation {
    return this.builder.materialize(this.activation(input));
  }

  /** An activation's shape with the file's own count of samples. */
  shapeOf({ shape, batch }: Activation): readonly number[] {
    return batch === undefined ? shape : shape.with(batch, this.settings.batchSize);
  }

  /** The integers of an input or, in older operator sets, an attribute; undefined without. */
  integersOf(input: number, attribute: string): readonly number[] | undefined {
    if (this.has(input)) return Array.from(this.constant(input, attribute).values);
    return this.integers(attribute);
  }

  /** @throws UserError when an axis is none, or that of the samples, or named twice */
  axes(list: readonly number[], activation: Activation): number[] {
    const axes = list.map((axis) => this.axis(axis, activation.shape.length));
    this.expect(new Set(axes).size === axes.length, "names an axis twice");
    if (activation.batch !== undefined && axes.includes(activation.batch)) {
      this.fail(
        "works along the axis of the samples, and so mixes them",
        "export the model for one sample: dummy input of batch 1, without dynamic_axes",
      );
    }
    return axes;
  }

  axis(axis: number, rank: number): number {
    try {
      return axisOf(axis, rank);
    } catch (error) {
      return this.fail(`names ${(error as Error).message}`);
    }
  }

  fail(why: string, hint?: string): never {
    throw new UserError(why, hint);
  }

  /** @throws UserError when a setting is not as it must be */
  expect(isRight: boolean, why: string, hint?: string): void {
    if (!isRight) this.fail(why, hint);
  }

  expectAttributes(known: readonly string[]): void {
    const unknown = [...this.node.attributes.keys()].filter((name) => !known.includes(name));
    if (unknown.length > 0) this.fail(`has the attribute ${quoted(unknown[0])}, which is not known`);
  }
}

/** How a node becomes layers. */
export interface OnnxOperator {
  readonly attributes: readonly string[];
  /** Its values when all inputs are constants. */
  readonly fold?: (context: NodeContext) => Constant[];
  /** Its values when an input is computed. */
  readonly apply?: (context: NodeContext) => Value[];
}
