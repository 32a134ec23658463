import { UserError } from "../../base/errors.js";
import type { Shape } from "../../base/tensor.js";
import { Copy } from "../../train/layers/copy.js";
import { Pooling } from "../../train/layers/pooling.js";
import { Reshape } from "../../train/layers/reshape.js";
import { type BuiltLayer, GraphBuilder } from "../onnx/graphBuilder.js";
import type { LayerSettings } from "../operatorContext.js";
import { expectMeansProven } from "./expectMeansProven.js";
import { type IntegerFormat, IntegerLayer, type IntegerParts, type RealStep } from "./integerLayer.js";
import { requantizeTable } from "./integerTables.js";

/** Builds a network of integers with the layers of float networks where these only move values or hold whole numbers. */
export class IntegerBuilder extends GraphBuilder {
  /** By number: how what a layer gives, or the input, stands for real values. What moves values needs none. */
  private readonly formats = new Map<number, IntegerFormat>();
  readonly parts = new Map<number, IntegerParts>();
  /** Sentences for the user. */
  readonly notes: string[] = [];
  private readonly quantized = new Map<string, number>();
  /** Numbers of the network's inputs. */
  readonly inputs: number[] = [0];

  constructor(
    inputShape: Shape,
    /** The inputs' own numbers are integers. */
    readonly hasIntegerInput: boolean,
  ) {
    super(inputShape);
  }

  /** One more input. @returns its number */
  putInput(name: string, shape: Shape): number {
    this.inputs.push(this.put(new IntegerLayer(name, shape, "input"), []));
    return this.inputs.at(-1)!;
  }

  /** @returns the number of what the layer gives */
  putIntegers(what: LayerSettings, shape: Shape, inputs: number[], format: IntegerFormat): number {
    const number = this.put(new IntegerLayer(this.name(), shape, what), inputs);
    this.formats.set(number, format);
    return number;
  }

  putReal(step: RealStep, shape: Shape, input: number): number {
    return this.put(new IntegerLayer(this.name(), shape, step), [input]);
  }

  /** Says how a layer's integers stand for real values. */
  setFormat(number: number, format: IntegerFormat): void {
    this.formats.set(number, format);
  }

  /** Says what is known of a layer with weights. */
  describe(number: number, parts: IntegerParts, format: IntegerFormat): void {
    this.parts.set(number, parts);
    this.formats.set(number, format);
  }

  /** Undefined for real values. */
  formatOf(number: number): IntegerFormat | undefined {
    const layer = this.layers[number - 1];
    if (layer === undefined || !movesValues(layer)) return this.formats.get(number);
    return this.formatOf(this.connections[number - 1][0]);
  }

  /** Holds what is said of integers to what is known of them. @throws UserError where it is otherwise */
  expectFormat(number: number, format: IntegerFormat): void {
    const known = this.formatOf(number);
    const source = this.sourceOf(number);
    if (known === undefined && this.inputs.includes(source) && this.hasIntegerInput)
      this.formats.set(source, format);
    else if (known === undefined) {
      throw new UserError("takes real values where integers are expected", "quantize the model again");
    } else if (!isSameFormat(known, format)) {
      throw new UserError(
        `takes integers of ${describeFormat(format)}, which are made as ${describeFormat(known)}`,
        "quantize the model again: both sides of a value say how it is quantized",
      );
    }
  }

  /** Real values as integers. @throws UserError where what onnxruntime computes in float32 has no proven form in integers */
  quantize(number: number, format: IntegerFormat): number {
    const key = `${number}: ${describeFormat(format)}`;
    const known = this.quantized.get(key);
    if (known !== undefined) return known;
    const result = this.quantizeAnew(number, format);
    this.quantized.set(key, result);
    return result;
  }

  private quantizeAnew(number: number, format: IntegerFormat): number {
    if (this.inputs.includes(number)) {
      const known = this.formats.get(number);
      if (this.hasIntegerInput) throw new UserError("quantizes integers");
      if (known !== undefined && !isSameFormat(known, format)) {
        throw new UserError(
          `quantizes the input as ${describeFormat(format)}; another node does it as ${describeFormat(known)}`,
          "quantize the model again, with one scale for its input",
        );
      }
      this.formats.set(number, format);
      return number;
    }
    const layer = this.layers[number - 1];
    const [from] = this.connections[number - 1];
    if (movesValues(layer)) return this.put(layer, [this.quantize(from, format)]);
    if (layer instanceof IntegerLayer && layer.what === "dequantize") {
      return this.requantize(from, format);
    }
    if (layer instanceof IntegerLayer && layer.what === "mean") {
      const source = this.integersOf(from);
      const given = source === undefined ? undefined : this.formatOf(source);
      if (source !== undefined && given !== undefined) {
        const shape = this.shapeOf(source);
        expectMeansProven(shape, given, format);
        return this.putIntegers(
          { kind: "mean", rounding: "nearestEven" },
          layer.outputShape,
          [source],
          format,
        );
      }
    }
    throw inFloat(layer);
  }

  /** Integers that stand for the same real values in another format. */
  requantize(number: number, format: IntegerFormat): number {
    const given = this.formatOf(number)!;
    if (isSameFormat(given, format)) return number;
    const settings = {
      kind: "lookup",
      activation: "requantize",
      table: requantizeTable(given, format),
    } as const;
    return this.putIntegers(settings, this.shapeOf(number), [number], format);
  }

  /** The integers that real values are made of; undefined where something was computed in between. */
  integersOf(number: number): number | undefined {
    const layer = this.layers[number - 1];
    if (layer === undefined) return undefined;
    const [from] = this.connections[number - 1];
    if (layer instanceof IntegerLayer && layer.what === "dequantize") return from;
    const source = movesValues(layer) ? this.integersOf(from) : undefined;
    return source === undefined ? undefined : this.put(layer, [source]);
  }

  private sourceOf(number: number): number {
    const layer = this.layers[number - 1];
    return layer !== undefined && movesValues(layer)
      ? this.sourceOf(this.connections[number - 1][0])
      : number;
  }
}

/** Whether a layer's values are its input's, in integers as in real numbers. */
export function movesValues(layer: BuiltLayer): layer is Reshape | Copy | Pooling {
  return (
    layer instanceof Reshape ||
    layer instanceof Copy ||
    (layer instanceof Pooling && (layer.kind === "maxPool1d" || layer.kind === "maxPool2d"))
  );
}

export function inFloat(layer: BuiltLayer): UserError {
  const what = layer instanceof IntegerLayer ? `a ${String(layer.what)}` : `"${layer.name}"`;
  return new UserError(
    `takes what onnxruntime computes in float32 (${what}): no integer form of it is proven to give the same bytes`,
    "quantize that node too (quantize_static with its operator among op_types_to_quantize), or import the float model",
  );
}

export function isSameFormat(a: IntegerFormat, b: IntegerFormat): boolean {
  const [one, other] = [a.quantization, b.quantization];
  return one.scale === other.scale && one.zeroPoint === other.zeroPoint && a.isUnsigned === b.isUnsigned;
}

export function describeFormat({ quantization: { scale, zeroPoint }, isUnsigned }: IntegerFormat): string {
  return `scale ${scale}, zero point ${zeroPoint + (isUnsigned ? 128 : 0)} (${isUnsigned ? "uint8" : "int8"})`;
}
