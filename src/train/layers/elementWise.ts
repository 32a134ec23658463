import type { Fields } from "../../fields.js";
import type { Shape, Tensor } from "../../tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "../graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Run } from "../layer.js";
import type { Ops } from "../ops/index.js";

type Forward = (ops: Ops, input: Tensor, output: Tensor) => void;
type Backward = (ops: Ops, input: Tensor, output: Tensor, outputGradient: Tensor, gradient: Tensor) => void;

/** The functions of one value, each with its derivative. */
const functions = {
  relu: {
    forward: (ops, { data }, output) => ops.reluForward(data, output.data),
    backward: (ops, _, output, { data }, gradient) => ops.reluBackward(output.data, data, gradient.data),
  },
} satisfies Record<string, { forward: Forward; backward: Backward }>;

export type ElementWiseKind = keyof typeof functions;

/** A function of one value, applied to each element of an input of any shape. */
export class ElementWise<Kind extends ElementWiseKind = ElementWiseKind> implements LayerBase {
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly kind: Kind,
    readonly name: string,
    readonly outputShape: Shape,
  ) {
    this.inputShapes = [outputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops }: Run): void {
    functions[this.kind].forward(ops, input, output);
  }

  backward(
    [input]: readonly Tensor[],
    output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    if (inputGradient === undefined) return;
    functions[this.kind].backward(ops, input, output, outputGradient, inputGradient);
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }
}

function define<Kind extends ElementWiseKind>(
  kind: Kind,
  options: LayerOptions,
): LayerSpec<ElementWise<Kind>> {
  return defineLayer(
    kind,
    options,
    ({ name, inputShapes }) => new ElementWise(kind, name, onlyShape(inputShapes)),
  );
}

/** max(0, input). The derivative at 0 is taken as 0. */
export const relu = (options: LayerOptions = {}) => define("relu", options);

/** Rebuilds a layer of a kind from its {@link ElementWise.settings}. */
export function readElementWise<Kind extends ElementWiseKind>(kind: Kind) {
  return (_settings: Fields, { name, inputShapes }: RebuildContext) =>
    new ElementWise(kind, name, onlyShape(inputShapes));
}
