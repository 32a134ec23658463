import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, formatShape, type Shape, type Tensor } from "../../base/tensor.js";
import { expectSquaresFit } from "../../network/squaredSteps.js";
import { type Activation, connect, defineLayer, type LayerOptions, type LayerSpec } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/**
 * How badly an autoencoder gives back what it was given: the mean squared difference of two inputs of as many values.
 *
 *   reconstruction, original  [batch, …], n values of a sample
 *   output                    [batch, 1] = 1/n · Σ (reconstruction − original)²
 *
 * In integers both have one scale s and zero point, and the output is the sum of squared steps as an int32 of scale
 * s² / n: nothing is rounded. What lies outside of the original's int8 range counts as its end.
 *
 * Source: Sakurada and Yairi 2014, "Anomaly detection using autoencoders with nonlinear dimensionality reduction".
 */
export class ReconstructionError implements LayerBase {
  readonly kind = "reconstructionError";
  readonly outputShape: Shape = [1];
  readonly parameters: readonly Parameter[] = [];
  readonly macs: number;

  /** @throws UserError where the two have not as many values, or their squares may leave int32 */
  constructor(
    readonly name: string,
    readonly inputShapes: readonly Shape[],
  ) {
    const [values, others] = inputShapes.map(elementCount);
    if (inputShapes.length !== 2 || values !== others) {
      throw new UserError(
        `layer "${name}" compares a reconstruction with as many values as it was made of, found ${inputShapes.map(formatShape).join(" and ")}`,
        "let the layer before it give as many values as the network, or the layer that normalizes its input, takes",
      );
    }
    expectSquaresFit(name, values);
    this.macs = values;
  }

  forward([reconstruction, original]: readonly Tensor[], output: Tensor): void {
    const size = this.macs;
    for (let b = 0; b < output.data.length; b++) {
      let sum = 0;
      for (let i = b * size; i < (b + 1) * size; i++) sum += (reconstruction.data[i] - original.data[i]) ** 2;
      output.data[b] = sum / size;
    }
  }

  backward(
    inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    inputGradients: readonly (Tensor | undefined)[],
  ): void {
    const size = this.macs;
    inputGradients.forEach((gradient, k) => {
      if (gradient === undefined) return;
      const [own, other] = [inputs[k].data, inputs[1 - k].data];
      for (let i = 0; i < gradient.data.length; i++) {
        const factor = (2 * outputGradient.data[Math.floor(i / size)]) / size;
        gradient.data[i] = factor * (own[i] - other[i]);
      }
    });
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }
}

export interface ReconstructionErrorOptions extends LayerOptions {
  /**
   * What the reconstruction is compared with. Default: what the autoencoder sees, which is the network's input behind the
   * layers that normalize it or make features of it.
   */
  readonly of?: Activation;
}

/**
 * Closes an autoencoder: its output is how far a sample is from what was learnt as normal.
 *
 * `[standardize(), dense(4), relu(), dense(16), reconstructionError()]` takes 16 raw values and gives one number.
 *
 * @throws UserError when the network is built and the two have not as many values
 */
export function reconstructionError(
  options: ReconstructionErrorOptions = {},
): LayerSpec<ReconstructionError> {
  const { of, ...named } = options;
  const { stem, build } = defineLayer<ReconstructionError>(
    "reconstructionError",
    named,
    ({ name, inputShapes }) => new ReconstructionError(name, inputShapes),
  );
  const spec: LayerSpec<ReconstructionError> = Object.assign(
    (input: Activation) => connect(spec, [input, of ?? seenBy(input)]),
    { kind: "reconstructionError" as const, options: named, stem, build },
  );
  return spec;
}

/** Layers that stand between a network's input and what it learns of. */
const frontKinds: ReadonlySet<string> = new Set([
  ...["audioFeatures", "normalization"],
  ...["biquads", "decimate", "spectrum", "statistics"],
]);

/** The last of the layers in front of all that is learnt, or the network's input, on the way that an activation came. */
function seenBy(activation: Activation): Activation {
  const [before] = activation.inputs;
  if (activation.layer === undefined || before === undefined) return activation;
  const seen = seenBy(before);
  return seen === before && frontKinds.has(activation.layer.kind) ? activation : seen;
}

/** Rebuilds a layer from its {@link ReconstructionError.settings}. */
export const readReconstructionError = (
  _settings: Fields,
  { name, inputShapes }: RebuildContext,
): ReconstructionError => new ReconstructionError(name, inputShapes);
