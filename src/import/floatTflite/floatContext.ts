import { UserError } from "../../base/errors.js";
import { elementCount, formatShape, isSameShape, type Shape } from "../../base/tensor.js";
import type { FlatTable } from "../flatTable.js";
import type { TfliteOperator, TfliteTensor } from "../readTflite.js";
import { activationNames, tensorType } from "../tfliteSchema.js";
import type { AttributeValue, GraphWriter } from "./graphWriter.js";

/** Writes an operator's nodes, and names the value of each output. */
export type FloatOperator = (context: FloatContext) => string | readonly string[];

/** One operator on its way to nodes of ONNX. Values are known by their names in the graph. */
export class FloatContext {
  /**
   * @param layerName the beginning of its layers' names
   * @param nameOf the value of a tensor that is filled or a constant
   */
  constructor(
    readonly graph: GraphWriter,
    readonly operator: TfliteOperator,
    private readonly layerName: string,
    private readonly tensors: readonly TfliteTensor[],
    private readonly nameOf: (tensor: TfliteTensor) => string,
  ) {}

  /** @throws UserError when it is left out */
  tensor(position = 0): TfliteTensor {
    return this.tensors[this.operator.inputs[position]] ?? this.fail(`needs input ${position}`);
  }

  has(position: number): boolean {
    return this.tensors[this.operator.inputs[position]] !== undefined;
  }

  value(position = 0): string {
    return this.nameOf(this.tensor(position));
  }

  /** @throws UserError when it is computed */
  constant(position: number, what: string): TfliteTensor {
    const tensor = this.tensor(position);
    return tensor.data === undefined ? this.fail(`takes its ${what} from what the model computes`) : tensor;
  }

  shape(position = 0): Shape {
    return this.tensor(position).shape;
  }

  get outputShape(): Shape {
    return this.tensors[this.operator.outputs[0]].shape;
  }

  /** A small constant of whole numbers. */
  integers(position: number, what: string, most: number): number[] {
    const { data, type, shape } = this.constant(position, what);
    const bytes = type === tensorType.int64 ? 8 : 4;
    const count = elementCount(shape);
    const isWhole = type === tensorType.int64 || type === tensorType.int32;
    if (!isWhole || data?.length !== bytes * count || count > most) {
      return this.fail(`has ${what} that are not up to ${most} whole numbers`);
    }
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return Array.from({ length: count }, (_, i) =>
      bytes === 8 ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
    );
  }

  /** The table of options. @throws UserError when it is another operator's; undefined without */
  options(type: number): FlatTable | undefined {
    const { options, optionsType } = this.operator;
    if (options === undefined || optionsType === 0) return undefined;
    return optionsType === type ? options : this.fail(`has options of kind ${optionsType}, expected ${type}`);
  }

  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    return axis >= 0 && axis < rank ? axis : this.fail(`has axis ${given} of ${rank} axes`);
  }

  put(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    return this.parts(operator, inputs, attributes, 1)[0];
  }

  /** Of a node with several outputs. */
  parts(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    outputs: number,
  ): string[] {
    const { index, name } = this.operator;
    const place = { index, operator: name, layerName: this.layerName };
    return this.graph.put(place, operator, inputs, attributes, outputs);
  }

  /** The value in a shape of as many elements. */
  reshaped(value: string, from: Shape, to: Shape): string {
    if (isSameShape(from, to)) return value;
    return this.put("Reshape", [value, this.graph.integers([...to])]);
  }

  transposed(value: string, order: readonly number[]): string {
    return this.put("Transpose", [value], { perm: order });
  }

  /** What ONNX has between images whose channels come second. */
  asImage(run: (value: string) => string): string {
    if (this.shape().length !== 4) {
      this.fail(`takes images [1, height, width, channels], found ${formatShape(this.shape())}`);
    }
    return this.transposed(run(this.transposed(this.value(), [0, 3, 1, 2])), [0, 2, 3, 1]);
  }

  clipped(value: string, least: number, most: number): string {
    return this.put("Clip", [value, this.graph.floats([least], []), this.graph.floats([most], [])]);
  }

  /** The fused activation function, given by its number. */
  activated(value: string, number: number): string {
    const name = activationNames[number] ?? `number ${number}`;
    switch (name) {
      case "NONE":
        return value;
      case "RELU":
        return this.put("Relu", [value]);
      case "RELU_N1_TO_1":
        return this.clipped(value, -1, 1);
      case "RELU6":
        return this.clipped(value, 0, 6);
      case "TANH":
        return this.put("Tanh", [value]);
      default:
        return this.fail(`has the fused activation ${name}`);
    }
  }

  fail(why: string, hint?: string): never {
    throw new UserError(why, hint);
  }
}
