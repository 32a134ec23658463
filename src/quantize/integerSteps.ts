import { UserError } from "../errors.js";
import type { Layer } from "../train/layerKinds.js";
import type { Network } from "../train/network.js";

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

/** Layers that change no value when the network runs: their output is their input. */
const transparentKinds: ReadonlySet<string> = new Set(["linear", "dropout", "flatten", "reshape"]);
/** Functions that a clamp of int8 computes. */
const clampKinds: ReadonlySet<string> = new Set(["relu", "relu6"]);
/** Functions of one value, which become tables. */
const tableKinds: ReadonlySet<string> = new Set([
  "relu",
  "relu6",
  "step",
  "leakyRelu",
  "sigmoid",
  "tanh",
  "hardSigmoid",
  "hardSwish",
]);
const otherKinds: ReadonlySet<string> = new Set(["dense", "softmax", "normalization"]);

/**
 * Which integer layers a float network becomes: what is fused, what vanishes, and where activations are quantized.
 *
 * @throws UserError naming a layer that has no integer form
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
    if (transparentKinds.has(layer.kind)) {
      made.set(own, inputs[0]);
      return;
    }
    if (!tableKinds.has(layer.kind) && !otherKinds.has(layer.kind)) {
      throw new UserError(
        `layer "${layer.name}" (${layer.kind}) has no integer kernel yet`,
        "on the device run dense layers, activation functions and softmax",
      );
    }
    const next = layer.kind === "dense" && useCounts.get(own) === 1 ? onlyUser(network, own) : undefined;
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
