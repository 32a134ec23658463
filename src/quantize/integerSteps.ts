import type { Layer } from "../train/layers/layerKinds.js";
import type { Network } from "../train/network/network.js";

/** A float layer that becomes an integer layer, with the activation function that becomes its clamp. */
export interface IntegerStep {
  readonly layer: Layer;
  /** A ReLU that nothing but this layer feeds. */
  readonly fused: Layer | undefined;
  /** Numbers of the activations it takes, as in {@link Network.connections}. */
  readonly inputs: readonly number[];
  /** Number of the activation it gives, after the fused function. */
  readonly output: number;
}

export interface IntegerForm {
  readonly steps: readonly IntegerStep[];
  /** Number of the activation that is the network's output. */
  readonly output: number;
}

/** What becomes of a kind of layer. */
interface KindForm {
  /** Its output is its input: the layer changes no value when the network runs. */
  readonly isTransparent?: boolean;
  /** It ends in a clamp of int8, which computes a ReLU that follows. */
  readonly clamps?: boolean;
  /** Its output has the scale and zero point of its inputs. Source: TFLite int8 quantization specification. */
  readonly keepsFormat?: boolean;
}

const transparent: KindForm = { isTransparent: true };
const clamping: KindForm = { clamps: true };
const pooling: KindForm = { clamps: true, keepsFormat: true };
const plain: KindForm = {};

/** Undefined for what has no integer form: `prepareForIntegers` leaves none of these. */
const forms: Readonly<Record<Layer["kind"], KindForm | undefined>> = {
  add: clamping,
  averagePool1d: pooling,
  audioFeatures: plain,
  averagePool2d: pooling,
  batchNorm: undefined,
  biquads: plain,
  concatenate: { keepsFormat: true },
  conv1d: clamping,
  conv2d: clamping,
  copy: { keepsFormat: true },
  decimate: plain,
  dense: clamping,
  depthwiseConv2d: clamping,
  dropout: transparent,
  flatten: transparent,
  function: plain,
  globalAveragePool1d: plain,
  globalAveragePool2d: plain,
  gru: plain,
  hardSigmoid: plain,
  hardSwish: plain,
  kMeansDistance: plain,
  leakyRelu: plain,
  linear: transparent,
  lstm: plain,
  maxPool1d: pooling,
  maxPool2d: pooling,
  multiply: clamping,
  normalization: plain,
  ownFunction: plain,
  ownKernel: plain,
  pad: { keepsFormat: true },
  reconstructionError: plain,
  relu: plain,
  relu6: plain,
  reshape: transparent,
  sigmoid: plain,
  simpleRnn: plain,
  softmax: plain,
  spectrum: plain,
  statistics: plain,
  step: plain,
  tanh: plain,
  treeEnsemble: plain,
};

/** Functions that a clamp of int8 computes. */
const clampKinds: ReadonlySet<string> = new Set(["relu", "relu6"]);

/** Whether a layer's inputs and output are to share scale and zero point. */
export const keepsFormat = (layer: Layer): boolean =>
  layer.kind === "ownKernel" ? layer.keepsFormat : (forms[layer.kind]?.keepsFormat ?? false);

/**
 * Which integer layers a float network becomes: what is fused, what vanishes, and where activations are quantized.
 *
 * @param network as `prepareForIntegers` gives it
 */
export function integerForm(network: Network): IntegerForm {
  const { layers, connections } = network;
  const useCounts = new Map<number, number>();
  for (const number of connections.flat()) useCounts.set(number, (useCounts.get(number) ?? 0) + 1);
  /** By activation: where its value is really made. */
  const made = new Map<number, number>([[0, 0]]);
  const steps: IntegerStep[] = [];
  layers.forEach((layer, index) => {
    const own = index + 1;
    if (made.has(own)) return; // fused into an earlier layer
    const inputs = connections[index].map((number) => made.get(number) ?? number);
    const form = forms[layer.kind];
    if (form === undefined || (layer.kind === "add" && inputs.length !== 2)) {
      throw new Error(
        `layer "${layer.name}" (${layer.kind}) has no integer form: prepareForIntegers comes first`,
      );
    }
    if (form.isTransparent) {
      made.set(own, inputs[0]);
      return;
    }
    const next = form.clamps && useCounts.get(own) === 1 ? onlyUser(network, own) : undefined;
    const fused = next !== undefined && clampKinds.has(layers[next].kind) ? next : undefined;
    const output = fused === undefined ? own : fused + 1;
    if (fused !== undefined) made.set(output, output);
    steps.push({ layer, fused: fused === undefined ? undefined : layers[fused], inputs, output });
  });
  return { steps, output: made.get(layers.length) ?? layers.length };
}

/** The layer that takes an activation with one use. */
function onlyUser({ connections }: Network, activation: number): number {
  return connections.findIndex((numbers) => numbers.includes(activation));
}
