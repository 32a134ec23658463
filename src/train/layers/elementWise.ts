import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import type { FloatArray, Shape, Tensor } from "../../base/tensor.js";
import type { Ops } from "../ops/index.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Run } from "./layer.js";

export type ElementWiseKind =
  | "linear"
  | "step"
  | "relu"
  | "relu6"
  | "leakyRelu"
  | "sigmoid"
  | "tanh"
  | "hardSigmoid"
  | "hardSwish";

/** Typed arrays of one length: what goes in, what came out, and the derivatives by them. */
interface Values {
  readonly input: FloatArray;
  readonly output: FloatArray;
  readonly outputGradient: FloatArray;
  readonly inputGradient: FloatArray;
}

interface Functions {
  forward(ops: Ops, input: FloatArray, output: FloatArray, slope: number): void;
  backward(ops: Ops, values: Values, slope: number): void;
}

const functions: Readonly<Record<ElementWiseKind, Functions>> = {
  linear: {
    forward: (ops, input, output) => ops.copyValues(input, output),
    backward: (ops, v) => ops.copyValues(v.outputGradient, v.inputGradient),
  },
  step: {
    forward: (ops, input, output) => ops.stepForward(input, output),
    backward: () => {
      throw new UserError(
        "a step has no derivative to train by",
        "train with sigmoid() and put step() in its place afterwards, or set the weights by hand",
      );
    },
  },
  relu: {
    forward: (ops, input, output) => ops.reluForward(input, output),
    backward: (ops, v) => ops.reluBackward(v.output, v.outputGradient, v.inputGradient),
  },
  relu6: {
    forward: (ops, input, output) => ops.relu6Forward(input, output),
    backward: (ops, v) => ops.relu6Backward(v.output, v.outputGradient, v.inputGradient),
  },
  leakyRelu: {
    forward: (ops, input, output, slope) => ops.leakyReluForward(slope, input, output),
    backward: (ops, v, slope) => ops.leakyReluBackward(slope, v.input, v.outputGradient, v.inputGradient),
  },
  sigmoid: {
    forward: (ops, input, output) => ops.sigmoidForward(input, output),
    backward: (ops, v) => ops.sigmoidBackward(v.output, v.outputGradient, v.inputGradient),
  },
  tanh: {
    forward: (ops, input, output) => ops.tanhForward(input, output),
    backward: (ops, v) => ops.tanhBackward(v.output, v.outputGradient, v.inputGradient),
  },
  hardSigmoid: {
    forward: (ops, input, output) => ops.hardSigmoidForward(input, output),
    backward: (ops, v) => ops.hardSigmoidBackward(v.input, v.outputGradient, v.inputGradient),
  },
  hardSwish: {
    forward: (ops, input, output) => ops.hardSwishForward(input, output),
    backward: (ops, v) => ops.hardSwishBackward(v.input, v.outputGradient, v.inputGradient),
  },
};

/** A function of one value, applied to each element of an input of any shape: [batch, …] → [batch, …]. */
export class ElementWise<Kind extends ElementWiseKind = ElementWiseKind> implements LayerBase {
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  /** @param slope of a leaky ReLU below 0; the others have none */
  constructor(
    readonly kind: Kind,
    readonly name: string,
    readonly outputShape: Shape,
    readonly slope = 0,
  ) {
    this.inputShapes = [outputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops }: Run): void {
    functions[this.kind].forward(ops, input.data, output.data, this.slope);
  }

  backward(
    [input]: readonly Tensor[],
    output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    if (inputGradient === undefined) return;
    const values = {
      input: input.data,
      output: output.data,
      outputGradient: outputGradient.data,
      inputGradient: inputGradient.data,
    };
    functions[this.kind].backward(ops, values, this.slope);
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return this.kind === "leakyRelu" ? { slope: this.slope } : {};
  }
}

function define<Kind extends ElementWiseKind>(
  kind: Kind,
  options: LayerOptions,
  slope?: number,
): LayerSpec<ElementWise<Kind>> {
  return defineLayer(
    kind,
    options,
    ({ name, inputShapes }) => new ElementWise(kind, name, onlyShape(inputShapes), slope),
  );
}

/** output = input. */
export const linear = (options: LayerOptions = {}) => define("linear", options);

/**
 * 1 where the input is 0 or more, else 0; for inference only.
 * Source: McCulloch and Pitts 1943; Rosenblatt 1958, Psychological Review 65(6).
 */
export const step = (options: LayerOptions = {}) => define("step", options);

/** max(0, input). The derivative at 0 is taken as 0. Source: Nair and Hinton 2010, ICML, §2. */
export const relu = (options: LayerOptions = {}) => define("relu", options);

/** min(6, max(0, input)): its range is known before training. Source: Howard et al. 2017, arXiv:1704.04861. */
export const relu6 = (options: LayerOptions = {}) => define("relu6", options);

/** input where it is above 0, else slope · input. Source: Maas et al. 2013, ICML workshop, eq. 2. */
export function leakyRelu({ slope = 0.01, ...options }: LayerOptions & { readonly slope?: number } = {}) {
  if (!(slope >= 0 && slope < 1)) {
    throw new UserError(`leakyRelu: slope must be 0 or more and below 1, found ${slope}`);
  }
  return define("leakyRelu", options, slope);
}

/** 1 / (1 + exp(−input)); the derivative is output · (1 − output). */
export const sigmoid = (options: LayerOptions = {}) => define("sigmoid", options);

/** tanh(input); the derivative is 1 − output². */
export const tanh = (options: LayerOptions = {}) => define("tanh", options);

/** min(6, max(0, input + 3)) / 6. Source: Howard et al. 2019, arXiv:1905.02244 §5.2. */
export const hardSigmoid = (options: LayerOptions = {}) => define("hardSigmoid", options);

/** input · min(6, max(0, input + 3)) / 6. Source: Howard et al. 2019, arXiv:1905.02244 §5.2. */
export const hardSwish = (options: LayerOptions = {}) => define("hardSwish", options);

/** Rebuilds a layer of a kind from its {@link ElementWise.settings}. */
export function readElementWise<Kind extends ElementWiseKind>(kind: Kind) {
  return (settings: Fields, { name, inputShapes }: RebuildContext) => {
    const slope = kind === "leakyRelu" ? settings.number("slope") : undefined;
    return new ElementWise(kind, name, onlyShape(inputShapes), slope);
  };
}
