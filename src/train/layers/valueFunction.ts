import type { Fields } from "../../base/fields.js";
import type { Shape, Tensor } from "../../base/tensor.js";
import { Expression } from "./expression.js";
import { onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/**
 * Any function of one value, applied to each element of an input of any shape: [batch, …] → [batch, …]. Imported
 * networks have them: SiLU, GELU, softplus. On a device all become one and the same, a table of 256 results.
 */
export class ValueFunction implements LayerBase {
  readonly kind = "function";
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly name: string,
    readonly outputShape: Shape,
    readonly expression: Expression,
  ) {
    this.inputShapes = [outputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor): void {
    for (let i = 0; i < output.data.length; i++) output.data[i] = this.expression.at(input.data[i])[0];
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    if (inputGradient === undefined) return;
    for (let i = 0; i < input.data.length; i++) {
      inputGradient.data[i] = outputGradient.data[i] * this.expression.at(input.data[i])[1];
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { expression: this.expression.text };
  }
}

/** Rebuilds a layer from its {@link ValueFunction.settings}. */
export const readValueFunction = (settings: Fields, { name, inputShapes }: RebuildContext) =>
  new ValueFunction(name, onlyShape(inputShapes), new Expression(settings.string("expression")));
