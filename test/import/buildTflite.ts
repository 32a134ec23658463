import { Builder } from "flatbuffers";
import { operatorNames, typeNames } from "../../src/import/tfliteSchema.js";

/** A field of a table: its number in the schema, its type, its value. */
export type FieldSpec = readonly [
  field: number,
  type: "int8" | "int32" | "float32" | "int32s" | "text",
  value: number | string | readonly number[],
];

export interface TensorSpec {
  readonly name?: string;
  readonly shape: readonly number[];
  /** "int8" by default. */
  readonly type?: string;
  /** What a constant holds. */
  readonly data?: ArrayBufferView;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly quantizedDimension?: number;
  readonly detailsType?: number;
  readonly isVariable?: boolean;
  readonly isSparse?: boolean;
  readonly externalBuffer?: number;
}

export interface OperatorSpec {
  /** "CONV_2D", a number, or `CUSTOM:name`. */
  readonly type: string | number;
  readonly version?: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly optionsType?: number;
  readonly options?: readonly FieldSpec[];
}

/** A .tflite model as data. Tensors with data get buffers of their own, in order, from buffer 1 on. */
export interface ModelSpec {
  readonly version?: number;
  readonly description?: string;
  readonly tensors: readonly TensorSpec[];
  readonly operators: readonly OperatorSpec[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Default 1. */
  readonly subgraphs?: number;
  /** Operators of a second subgraph, of the same tensors. */
  readonly second?: readonly OperatorSpec[];
  /** Offset that buffers say their data has outside of the tables. */
  readonly bufferOffset?: bigint;
  readonly identifier?: string;
  /** How often the list of tensors names the last one. Default 1. */
  readonly repeatLastTensor?: number;
}

/** The bytes of a .tflite file, by the flatbuffers package's own writer: the fields' numbers are those of schema.fbs. */
export function buildTflite(spec: ModelSpec): Uint8Array {
  const builder = new Builder(1024);
  const table = (fields: number, fill: () => void): number => {
    builder.startObject(fields);
    fill();
    return builder.endObject();
  };
  const vector = <T>(elementBytes: number, values: readonly T[], add: (value: T) => void): number => {
    builder.startVector(elementBytes, values.length, elementBytes);
    for (const value of values.toReversed()) add(value);
    return builder.endVector();
  };
  const int32s = (values: readonly number[]) => vector(4, values, (value) => builder.addInt32(value));
  const float32s = (values: readonly number[]) => vector(4, values, (value) => builder.addFloat32(value));
  const int64s = (values: readonly number[]) => vector(8, values, (value) => builder.addInt64(BigInt(value)));
  const offsets = (values: readonly number[]) => vector(4, values, (value) => builder.addOffset(value));
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    builder.createByteVector(new Uint8Array(buffer, byteOffset, byteLength));

  const codes = new Map<string, number>();
  const codeOf = ({ type, version = 1 }: OperatorSpec): number => {
    const key = `${version} ${type}`;
    const known = codes.get(key);
    if (known !== undefined) return known;
    codes.set(key, codes.size);
    return codes.size - 1;
  };

  const buffers = [table(3, () => undefined)];
  const tensors = spec.tensors.map((tensor) => {
    const { shape, type = "int8", data, scales, zeroPoints, name } = tensor;
    let buffer = 0;
    if (data !== undefined) {
      const content = bytes(data);
      buffer = buffers.length;
      buffers.push(
        table(3, () => {
          builder.addFieldOffset(0, content, 0);
          if (spec.bufferOffset !== undefined) builder.addFieldInt64(1, spec.bufferOffset, 0n);
        }),
      );
    }
    const scaleOffset = scales && float32s(scales);
    const zeroPointOffset = zeroPoints && int64s(zeroPoints);
    const quantization =
      scales &&
      table(7, () => {
        builder.addFieldOffset(2, scaleOffset!, 0);
        if (zeroPointOffset !== undefined) builder.addFieldOffset(3, zeroPointOffset, 0);
        builder.addFieldInt8(4, tensor.detailsType ?? 0, 0);
        builder.addFieldInt32(6, tensor.quantizedDimension ?? 0, 0);
      });
    const sparsity = tensor.isSparse && table(1, () => undefined);
    const shapeOffset = int32s(shape);
    const nameOffset = name === undefined ? undefined : builder.createString(name);
    return table(11, () => {
      builder.addFieldOffset(0, shapeOffset, 0);
      builder.addFieldInt8(1, typeNames.indexOf(type), 0);
      builder.addFieldInt32(2, buffer, 0);
      if (nameOffset !== undefined) builder.addFieldOffset(3, nameOffset, 0);
      if (quantization !== undefined) builder.addFieldOffset(4, quantization, 0);
      builder.addFieldInt8(5, Number(tensor.isVariable ?? false), 0);
      if (sparsity) builder.addFieldOffset(6, sparsity, 0);
      builder.addFieldInt32(10, tensor.externalBuffer ?? 0, 0);
    });
  });

  tensors.push(...Array<number>((spec.repeatLastTensor ?? 1) - 1).fill(tensors.at(-1)!));

  const writeOperator = (operator: OperatorSpec): number => {
    const { options = [], optionsType = 0 } = operator;
    const vectors = options.map(([, type, value]) => {
      if (type === "text") return builder.createString(value as string);
      return type === "int32s" ? int32s(value as number[]) : 0;
    });
    const optionsOffset =
      optionsType !== 0 &&
      table(8, () => {
        for (const [index, [field, type, value]] of options.entries()) {
          if (type === "int8") builder.addFieldInt8(field, value as number, 0);
          else if (type === "int32") builder.addFieldInt32(field, value as number, 0);
          else if (type === "float32") builder.addFieldFloat32(field, value as number, 0);
          else builder.addFieldOffset(field, vectors[index], 0);
        }
      });
    const inputs = int32s(operator.inputs);
    const outputs = int32s(operator.outputs);
    const code = codeOf(operator);
    return table(14, () => {
      builder.addFieldInt32(0, code, 0);
      builder.addFieldOffset(1, inputs, 0);
      builder.addFieldOffset(2, outputs, 0);
      builder.addFieldInt8(3, optionsType, 0);
      if (optionsOffset) builder.addFieldOffset(4, optionsOffset, 0);
    });
  };
  const operators = spec.operators.map(writeOperator);
  const second = spec.second?.map(writeOperator);

  const subgraph = (its = operators): number => {
    const parts = [offsets(tensors), int32s(spec.inputs), int32s(spec.outputs), offsets(its)];
    return table(5, () => {
      for (const [field, part] of parts.entries()) builder.addFieldOffset(field, part, 0);
    });
  };
  const subgraphs = Array.from({ length: spec.subgraphs ?? 1 }, () => subgraph());
  if (second !== undefined) subgraphs.push(subgraph(second));
  const operatorCodes = [...codes.keys()].map((key) => {
    const [version, type] = key.split(" ");
    const [name, custom] = type.split(":");
    const code = /^\d+$/.test(name) ? Number(name) : operatorNames.indexOf(name);
    const customOffset = custom === undefined ? undefined : builder.createString(custom);
    return table(4, () => {
      builder.addFieldInt8(0, Math.min(code, 127), 0);
      if (customOffset !== undefined) builder.addFieldOffset(1, customOffset, 0);
      builder.addFieldInt32(2, Number(version), 1);
      builder.addFieldInt32(3, code, 0);
    });
  });
  const description = builder.createString(spec.description ?? "built by a test");
  const vectors = [operatorCodes, subgraphs, buffers].map(offsets);
  const model = table(5, () => {
    builder.addFieldInt32(0, spec.version ?? 3, 0);
    builder.addFieldOffset(1, vectors[0], 0);
    builder.addFieldOffset(2, vectors[1], 0);
    builder.addFieldOffset(3, description, 0);
    builder.addFieldOffset(4, vectors[2], 0);
  });
  builder.finish(model, spec.identifier ?? "TFL3");
  return builder.asUint8Array();
}

/** Collects tensors and operators into a model. Activations are int8 of one scale and zero point if not told otherwise. */
export class ModelBuilder {
  readonly tensors: TensorSpec[] = [];
  readonly operators: OperatorSpec[] = [];

  /** @returns the tensor's number */
  tensor(spec: TensorSpec): number {
    return this.tensors.push({ name: `t${this.tensors.length}`, ...spec }) - 1;
  }

  activation(shape: readonly number[], scale = 0.5, zeroPoint = 3): number {
    return this.tensor({ shape, scales: [scale], zeroPoints: [zeroPoint] });
  }

  /** Values 1, 2, 3, … unless given. */
  weights(shape: readonly number[], scales: readonly number[], quantizedDimension = 0): number {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Int8Array.from({ length }, (_, i) => (i % 251) - 125);
    return this.tensor({ shape, data, scales, zeroPoints: scales.map(() => 0), quantizedDimension });
  }

  bias(values: readonly number[]): number {
    return this.tensor({ shape: [values.length], type: "int32", data: Int32Array.from(values) });
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): number {
    return this.tensor({ shape, type: "int32", data: Int32Array.from(values) });
  }

  add(operator: OperatorSpec): void {
    this.operators.push(operator);
  }

  /** The model from the first tensor to the last operator's output. */
  spec(): ModelSpec {
    const last = this.operators.at(-1)!;
    return {
      tensors: this.tensors,
      operators: this.operators,
      inputs: [0],
      outputs: [last.outputs[0]],
    };
  }
}
