import { UserError } from "../base/errors.js";
import { elementCount, formatShape, isSameShape, type Shape } from "../base/tensor.js";
import { integerRanges } from "../network/elementTypes.js";
import type { ElementType, Quantization, QuantizedLayer, State } from "../network/quantizedNetwork.js";
import { type Activation, readActivation } from "./activation.js";
import type { FlatTable } from "./flatTable.js";
import type { TfliteOperator, TfliteTensor } from "./readTflite.js";
import { activationNames, tensorType } from "./tfliteSchema.js";

/** A layer, as an operator's importer says it. */
export interface ImportedLayer {
  readonly settings: LayerSettings;
  readonly inputs: readonly Activation[];
  /** Default: the operator's only output. */
  readonly output?: Activation;
  /** Of a layer whose output is a state, and its last input: what it holds before the first run. */
  readonly reset?: State["reset"];
}

/** What a kind of layer has besides its name and its tensors. */
type OwnOf<L> = L extends QuantizedLayer ? Omit<L, "name" | "inputs" | "output"> : never;
export type LayerSettings = OwnOf<QuantizedLayer>;

/** Of a value, where they are not 4. */
const constantBytes: Partial<Record<keyof typeof tensorType, number>> = {
  ...{ int8: 1, uint8: 1, int16: 2, int64: 8 },
};

/** A sound operator that cannot be imported. */
export class NotSupported extends UserError {}

/** One operator on its way to a layer: its tensors and options, each checked when it is asked for. */
export class OperatorContext {
  private unusedParameterBytes: number;
  /** Layers in front of those that fill the operator's outputs. */
  readonly steps: ImportedLayer[] = [];

  /**
   * @param activationOf the activation of a tensor that is filled before the operator; undefined for any other
   * @param outputs of the operator
   * @param parameterBytes that the operator's constants may have together
   * @param newIndex a number for an activation that the operator has inside
   */
  constructor(
    readonly file: string,
    readonly operator: TfliteOperator,
    readonly tensors: readonly TfliteTensor[],
    private readonly activationOf: (tensor: number) => Activation | undefined,
    readonly outputs: readonly Activation[],
    parameterBytes: number,
    private readonly newIndex: () => number,
  ) {
    this.unusedParameterBytes = parameterBytes;
  }

  /** The output of an operator that has one. */
  get output(): Activation {
    return this.outputs[0];
  }

  /** Puts a layer in front of those that fill the operator's outputs. */
  step(
    settings: LayerSettings,
    inputs: readonly Activation[],
    shape: Shape,
    quantization: Quantization,
    elementType: ElementType = "int8",
  ): Activation {
    const output = this.inner(shape, quantization, elementType);
    this.steps.push({ settings, inputs, output });
    return output;
  }

  /** The same of a layer whose output is a state that begins with `reset`. */
  stateStep(
    settings: LayerSettings,
    inputs: readonly Activation[],
    shape: Shape,
    quantization: Quantization,
    reset: State["reset"],
    elementType: ElementType = "int8",
  ): Activation {
    const output = this.inner(shape, quantization, elementType);
    this.steps.push({ settings, inputs, output, reset });
    return output;
  }

  private inner(shape: Shape, quantization: Quantization, elementType: ElementType): Activation {
    return { index: this.newIndex(), fileShape: [1, ...shape], shape, elementType, quantization };
  }

  /** The same values in another shape, the batch's axis left out. */
  reshaped(input: Activation, shape: Shape): Activation {
    if (isSameShape(input.shape, shape)) return input;
    return this.step({ kind: "reshape" }, [input], shape, input.quantization, input.elementType);
  }

  /** What is left of the bytes that constants may have. */
  get parameterBytesLeft(): number {
    return this.unusedParameterBytes;
  }

  /** "model.tflite: operator 4 (CONV_2D)", for messages. */
  get place(): string {
    return `${this.file}: operator ${this.operator.index} (${this.operator.name})`;
  }

  /** For what contradicts itself or is damaged. @throws UserError "<place> <what>" */
  fail(what: string, hint?: string): never {
    throw new UserError(`${this.place} ${what}`, hint);
  }

  /** For what is right but has no integer form here: told with all else that is not supported. @throws NotSupported */
  refuse(what: string, hint?: string): never {
    throw new NotSupported(`${this.place} ${what}`, hint);
  }

  expectInputs(least: number, most: number = least): void {
    const { length } = this.operator.inputs;
    if (length < least || length > most) {
      this.fail(`should have ${least === most ? least : `${least} to ${most}`} inputs, found ${length}`);
    }
  }

  /** @throws UserError when the input is left out, a constant, or not filled by an operator before this one */
  input(position = 0): Activation {
    const tensor = this.tensors[this.operator.inputs[position]];
    if (tensor === undefined) this.fail(`needs input ${position}, which is left out`);
    const activation = this.activationOf(tensor.index);
    if (activation !== undefined) return activation;
    if (tensor.data !== undefined) {
      this.refuse(
        `takes the constant tensor ${tensor.index} as input ${position}, which should be computed`,
        "what is made of constants alone is a constant too: convert the model again, which folds it",
      );
    }
    this.fail(
      `takes tensor ${tensor.index}, which no operator before it fills`,
      "operators of a model stand in the order in which they run: convert the model again",
    );
  }

  /** An input that is computed or, where another is, an int8 constant: a layer gives it. */
  operand(position: number): Activation {
    const index = this.operator.inputs[position];
    if (this.tensors[index]?.data === undefined || this.activationOf(index)) return this.input(position);
    const { data } = this.constant(position, "values", "int8")!;
    const { fileShape, shape, quantization } = readActivation(this, index);
    const values = this.step({ kind: "constant", values: new Int8Array(data!) }, [], shape, quantization);
    return { ...values, fileShape };
  }

  /** A constant of the given type; undefined when it is left out. */
  constant(position: number, what: string, type: keyof typeof tensorType): TfliteTensor | undefined {
    const tensor = this.tensors[this.operator.inputs[position]];
    if (tensor === undefined) return undefined;
    const { index, data, shape, typeName } = tensor;
    if (data === undefined) {
      this.refuse(
        `takes its ${what} from tensor ${index}, which is computed`,
        `${what} are supported as constants`,
      );
    }
    if (tensor.type !== tensorType[type]) {
      this.refuse(`has ${what} of type ${typeName}; ${type} is supported`);
    }
    const bytes = elementCount(shape) * (constantBytes[type] ?? 4);
    if (shape.some((size) => size < 1) || data.length !== bytes) {
      this.fail(`has ${what} of shape ${formatShape(shape)} in ${data.length} B, expected ${bytes} B`);
    }
    this.spend(data.length);
    return tensor;
  }

  /** Counts bytes that constants take. @throws UserError when they are too many */
  spend(bytes: number): void {
    this.unusedParameterBytes -= bytes;
    if (this.unusedParameterBytes < 0) {
      this.fail("has more weights than any microcontroller's flash holds, with the operators before it");
    }
  }

  /** The shape of an input that is a constant. */
  constantShape(position: number): Shape {
    return this.tensors[this.operator.inputs[position]]?.shape ?? [];
  }

  /** A small constant of whole numbers: int32, or int64 where they are. */
  integers(position: number, what: string, most: number): number[] {
    const index = this.operator.inputs[position];
    const isWide = this.tensors[index]?.type === tensorType.int64;
    const tensor = this.constant(position, what, isWide ? "int64" : "int32");
    if (tensor?.data === undefined) this.fail(`has no ${what}`);
    const { data } = tensor;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const count = data.length / (isWide ? 8 : 4);
    if (count > most) this.fail(`has ${count} values of ${what}; at most ${most} are possible`);
    return Array.from({ length: count }, (_, i) =>
      isWide ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
    );
  }

  /** The table of options. @throws UserError when there is none, or another operator's */
  options(type: number): FlatTable {
    return this.optionsIfAny(type) ?? this.fail("has no options");
  }

  optionsIfAny(type: number): FlatTable | undefined {
    const { options, optionsType } = this.operator;
    if (options === undefined || optionsType === 0) return undefined;
    if (optionsType !== type) this.fail(`has options of kind ${optionsType}, expected ${type}`);
    return options;
  }

  /** @param expected with all axes that the file has */
  expectOutputShape(expected: Shape): void {
    this.expectShape(this.output, expected);
  }

  expectShape({ index, fileShape }: Activation, expected: Shape): void {
    if (!isSameShape(fileShape, expected)) {
      this.fail(
        `gives ${formatShape(expected)}; its output tensor ${index} has shape ${formatShape(fileShape)}`,
        "the model contradicts itself: convert it again",
      );
    }
  }

  /** An axis counted from the front. */
  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    return axis >= 0 && axis < rank ? axis : this.fail(`has axis ${given} of ${rank} axes`);
  }

  /** Operators that move values do not rescale them. */
  expectSameQuantization(input: Activation, output: Activation = this.output): void {
    const [from, to] = [input.quantization, output.quantization];
    if (from.scale !== to.scale || from.zeroPoint !== to.zeroPoint) {
      this.fail(
        `has an input of scale ${from.scale}, zero point ${from.zeroPoint} and an output of ${to.scale}, ${to.zeroPoint}; ` +
          "they should be equal",
        "the TFLite int8 specification asks for it: convert the model again",
      );
    }
  }

  /** Functions of which the specification fixes the output. */
  expectOutputQuantization(scale: number, zeroPoint: number): void {
    const found = this.output.quantization;
    if (found.scale !== scale || found.zeroPoint !== zeroPoint) {
      this.fail(
        `should give scale ${scale} and zero point ${zeroPoint}, found ${found.scale} and ${found.zeroPoint}`,
        "the TFLite int8 specification fixes them: convert the model again",
      );
    }
  }

  /** The clamp of a fused activation function, given by its number. */
  clamp(activation: number): { activationMin: number; activationMax: number } {
    const name = activationNames[activation] ?? `number ${activation}`;
    const range = activationRange(name, this.output.quantization, this.output.elementType);
    return (
      range ??
      this.refuse(
        `has the fused activation ${name}; supported are NONE, RELU, RELU_N1_TO_1 and RELU6`,
        "put the activation function behind the operator as one of its own",
      )
    );
  }
}

/**
 * The integers between which a fused activation function keeps an output; undefined for functions that are no clamp.
 *
 * Source: TensorFlow Lite kernel_util.cc CalculateActivationRangeQuantized: float32 division, halves away from zero.
 */
export function activationRange(
  name: string,
  { scale, zeroPoint }: Quantization,
  elementType: ElementType = "int8",
): { activationMin: number; activationMax: number } | undefined {
  const [least, most] = integerRanges[elementType];
  const quantize = (real: number): number => {
    const steps = Math.fround(real / scale);
    return zeroPoint + Math.sign(steps) * Math.floor(Math.abs(steps) + 0.5);
  };
  const from = (low: number, high: number) => ({
    activationMin: Math.max(least, low),
    activationMax: Math.min(most, high),
  });
  switch (name) {
    case "NONE":
      return from(least, most);
    case "RELU":
      return from(zeroPoint, most);
    case "RELU_N1_TO_1":
      return from(quantize(-1), quantize(1));
    case "RELU6":
      return from(zeroPoint, quantize(6));
    default:
      return undefined;
  }
}
