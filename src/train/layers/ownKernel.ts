import { basename } from "node:path";
import { UserError } from "../../base/errors.js";
import { describe, type Fields } from "../../base/fields.js";
import { readText } from "../../base/files.js";
import { quoted } from "../../base/printable.js";
import { elementCount, type FloatArray, formatShape, type Shape, type Tensor } from "../../base/tensor.js";
import type { OwnKernel } from "../../network/ownKernel.js";
import { mostKernelBytes, ownKernelName } from "../../network/ownKernel.js";
import type { Quantization, QuantizedOwn } from "../../network/quantizedNetwork.js";
import { type DataPath, resolveDataPath, showPath } from "../data/dataPath.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/** Of one sample. */
export interface OwnShapes {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

/** What a kernel's layer argument is settled from: real = scale · (q − zeroPoint) on both sides. */
export interface OwnPlace extends OwnShapes {
  readonly input: Quantization;
  readonly output: Quantization;
}

/** A layer as a user defines it: in real numbers for training, in integers for the device. */
export interface KernelDefinition {
  /**
   * The file of the kernel, beside the experiment: "medianOfThree.ts" exports
   * `medianOfThree(layer: …, input: Int8Array, output: Int8Array): void`.
   */
  readonly kernel: DataPath;
  /** @throws what the user likes, where the layer cannot stand */
  readonly outputShape: (inputShape: Shape) => Shape;
  /** One sample in real numbers: writes all of `output`. */
  readonly forward: (input: FloatArray, output: FloatArray, shapes: OwnShapes) => void;
  /** Adds the loss's derivatives by the input to `inputGradient`, which holds zeros. */
  readonly backward: (
    input: FloatArray,
    outputGradient: FloatArray,
    inputGradient: FloatArray,
    shapes: OwnShapes,
  ) => void;
  /** The output has the input's scale and zero point, since the kernel moves values as they are. Default false. */
  readonly keepsFormat?: boolean;
  /** The kernel's layer argument: int32 numbers and tables. */
  readonly settle: (
    place: OwnPlace,
  ) => Readonly<Record<string, number | Int8Array | Uint8Array | Int32Array>>;
}

interface OwnCode extends KernelDefinition {
  readonly text: string;
}

/** A user's layer: [batch, …] → [batch, …]. */
export class OwnKernelLayer implements LayerBase {
  readonly kind = "ownKernel";
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  /** @param own undefined in a model that was read from a file, which holds the integer kernel only */
  constructor(
    readonly name: string,
    inputShape: Shape,
    readonly outputShape: Shape,
    readonly kernelName: string,
    readonly keepsFormat: boolean,
    private readonly own: OwnCode | undefined,
  ) {
    this.inputShapes = [inputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor): void {
    const { forward } = this.ownOrThrow();
    this.forEachSample([input.data, output.data], ([values, results]) =>
      forward(values, results, this.shapes()),
    );
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    if (inputGradient === undefined) return;
    const { backward } = this.ownOrThrow();
    inputGradient.data.fill(0);
    this.forEachSample(
      [input.data, outputGradient.data, inputGradient.data],
      ([values, outer, inner]) => backward(values, outer, inner, this.shapes()),
      [1, 0, 1],
    );
  }

  /**
   * The layer in integers.
   *
   * @throws UserError when `settle` gives what a kernel cannot take
   */
  integerForm(
    input: Quantization,
    output: Quantization,
  ): Pick<QuantizedOwn, "kernel" | "numbers" | "tables"> {
    const { settle, text } = this.ownOrThrow();
    const numbers: Record<string, number> = {};
    const tables: Record<string, Int8Array | Uint8Array | Int32Array> = {};
    for (const [field, value] of Object.entries(settle({ ...this.shapes(), input, output }))) {
      if (typeof value === "number" && (value | 0) === value) numbers[field] = value;
      else if (value instanceof Int8Array || value instanceof Uint8Array || value instanceof Int32Array)
        tables[field] = value;
      else {
        throw new UserError(
          `layer "${this.name}": settle() must give int32 numbers, Int8Array, Uint8Array and Int32Array, found ${field}: ${describe(value)}`,
          "quantizeMultiplier() makes two integers of a real factor",
        );
      }
    }
    return { kernel: { name: this.kernelName, text }, numbers, tables };
  }

  get canRun(): boolean {
    return this.own !== undefined;
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { kernel: this.kernelName, outputShape: this.outputShape, keepsFormat: this.keepsFormat };
  }

  private shapes(): OwnShapes {
    return { inputShape: this.inputShapes[0], outputShape: this.outputShape };
  }

  /** @param isInput by array: 1 where its samples have the input's shape; default: the first only */
  private forEachSample(
    arrays: readonly FloatArray[],
    run: (samples: FloatArray[]) => void,
    isInput: readonly number[] = [1, 0],
  ): void {
    const sizes = [elementCount(this.outputShape), elementCount(this.inputShapes[0])];
    const batch = arrays[0].length / sizes[1];
    for (let b = 0; b < batch; b++) {
      run(arrays.map((array, k) => array.subarray(b * sizes[isInput[k]], (b + 1) * sizes[isInput[k]])));
    }
  }

  private ownOrThrow(): OwnCode {
    if (this.own) return this.own;
    throw new UserError(
      `layer ${quoted(this.name)} is the experiment's own ${quoted(this.kernelName)}: a model file has its integer kernel only`,
      "run the float network from the experiment",
    );
  }
}

/** Kernels that experiments defined and nobody has read yet, with their files as messages name them. */
let defined: { readonly kernel: OwnKernel; readonly file: string }[] = [];

/** What was defined since the last call: the compiler that reads them is loaded by whoever awaits. */
export function takeDefinedKernels(): typeof defined {
  const taken = defined;
  defined = [];
  return taken;
}

/**
 * A layer of your own: forward and backward in real numbers to train with, and an integer kernel in a file beside the
 * experiment, which the host runs and the exporter transcribes to C. docs/kernels.md tells how.
 *
 * @throws UserError when there is no such file, or a part is missing; what is outside the subset is told, with file and
 *   line, when the experiment is loaded
 */
export function defineKernel(
  definition: KernelDefinition,
): (options?: LayerOptions) => LayerSpec<OwnKernelLayer> {
  const { keepsFormat = false } = definition;
  for (const field of ["outputShape", "forward", "backward", "settle"] as const)
    if (typeof definition[field] !== "function")
      throw new UserError(`defineKernel: ${field} must be a function, found ${describe(definition[field])}`);
  const path = resolveDataPath(definition.kernel);
  const kernelName = basename(path, ".ts");
  if (!path.endsWith(".ts") || !ownKernelName.test(kernelName)) {
    throw new UserError(
      `defineKernel: kernel must be a .ts file with the name of the function that it exports, found ${quoted(basename(path))}`,
      'for example "medianOfThree.ts"',
    );
  }
  const text = readText(path, "the kernel");
  if (Buffer.byteLength(text) > mostKernelBytes) {
    throw new UserError(
      `${showPath(path)} has ${Buffer.byteLength(text)} bytes; a kernel has ${mostKernelBytes} at most`,
      "leave out what the device does not run",
    );
  }
  defined.push({ kernel: { name: kernelName, text }, file: showPath(path) });
  return (options = {}) =>
    defineLayer(
      "ownKernel",
      options,
      ({ name, inputShapes }) => {
        const inputShape = onlyShape(inputShapes);
        const outputShape = definition.outputShape(inputShape);
        expectOutputShape(name, outputShape);
        return new OwnKernelLayer(name, inputShape, outputShape, kernelName, keepsFormat, {
          ...definition,
          text,
        });
      },
      kernelName,
    );
}

const mostElements = 2 ** 27;

function expectOutputShape(name: string, shape: unknown): void {
  const isRight =
    Array.isArray(shape) &&
    shape.length >= 1 &&
    shape.length <= 8 &&
    shape.every((size) => Number.isInteger(size) && size >= 1) &&
    elementCount(shape) <= mostElements;
  if (isRight) return;
  const found = Array.isArray(shape) ? formatShape(shape) : describe(shape);
  throw new UserError(`layer "${name}": outputShape() must give 1 to 8 sizes of 1 or more, found ${found}`);
}

/** Rebuilds a layer from its {@link OwnKernelLayer.settings}, without its code. */
export function readOwnKernelLayer(settings: Fields, { name, inputShapes }: RebuildContext): OwnKernelLayer {
  const outputShape = settings.integers("outputShape", 1, mostElements);
  expectOutputShape(name, outputShape);
  const [kernel, keepsFormat] = [settings.string("kernel"), settings.boolean("keepsFormat")];
  return new OwnKernelLayer(name, onlyShape(inputShapes), outputShape, kernel, keepsFormat, undefined);
}
