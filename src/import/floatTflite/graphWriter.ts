import type { Shape } from "../../base/tensor.js";
import { elementType } from "../onnx/onnxSchema.js";
import type { OnnxAttribute, OnnxNode } from "../onnx/readOnnx.js";
import type { OnnxTensor } from "../onnx/tensorData.js";

/** An attribute's value: numbers are floats and integers alike. */
export type AttributeValue = number | string | readonly number[];

function attribute(value: AttributeValue): OnnxAttribute {
  const number = typeof value === "number" ? value : 0;
  return {
    ...{ float: number, integer: number, text: typeof value === "string" ? value : "", floats: [] },
    ...{
      integers: Array.isArray(value) ? value : [],
      texts: [],
      tensor: undefined,
      isGraph: false,
      reference: "",
    },
  };
}

/** The operator that nodes are written for. */
export interface NodePlace {
  readonly index: number;
  readonly operator: string;
  readonly layerName: string;
}

/** ONNX nodes and constants, whose values are named as they come. */
export class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  private count = 0;

  /** @returns the names of what the node gives */
  put(
    place: NodePlace,
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    outputs = 1,
  ): string[] {
    const { index, operator: source, layerName } = place;
    const names = Array.from({ length: outputs }, () => this.newName());
    this.nodes.push({
      ...{ index, name: "", operator, domain: "", inputs, outputs: names },
      attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attribute(value)])),
      foreign: { operator: source, layerName },
    });
    return names;
  }

  /** Says what the file does of the shape of a value that a node gives. */
  declare(value: string, shape: Shape): void {
    const at = this.nodes.findLastIndex(({ outputs }) => outputs[0] === value);
    const node = this.nodes[at];
    if (node?.foreign !== undefined) this.nodes[at] = { ...node, foreign: { ...node.foreign, shape } };
  }

  /** @param raw little-endian values of an `elementType` */
  constant(dims: Shape, type: number, raw: Uint8Array): string {
    const name = this.newName();
    this.constants.push({ name, dims, type, raw, message: undefined, external: undefined });
    return name;
  }

  floats(values: readonly number[], shape: Shape = [values.length]): string {
    return this.constant(shape, elementType.float, new Uint8Array(Float32Array.from(values).buffer));
  }

  integers(values: readonly number[], shape: Shape = [values.length]): string {
    return this.constant(shape, elementType.int32, new Uint8Array(Int32Array.from(values).buffer));
  }

  private newName(): string {
    return `value ${++this.count}`;
  }
}
