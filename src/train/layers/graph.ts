import { UserError } from "../../base/errors.js";
import { describe } from "../../base/fields.js";
import type { Shape } from "../../base/tensor.js";
import type { BuildContext } from "./layer.js";
import type { Layer } from "./layerKinds.js";

/** The input of a network that is being described, or what a layer gives there: known by where it comes from. */
export interface Activation {
  /** The layer that gives it; undefined for the network's input. */
  readonly layer: LayerSpec | undefined;
  readonly inputs: readonly Activation[];
}

/** Settings that every layer has. */
export interface LayerOptions {
  /** Default: the kind (or your own layer's name) and a number, "dense_1", "dense_2", … */
  readonly name?: string;
}

/**
 * A layer as the user writes it: what `dense(32)` returns. It stands in a list, `[dense(32), relu()]`, or is called
 * on what another gives, `relu()(dense(32)(x))`. Each call makes a layer with parameters of its own.
 */
export interface LayerSpec<L extends Layer = Layer> {
  (input: Activation): Activation;
  readonly kind: L["kind"];
  readonly options: LayerOptions;
  /** What a layer without a name is called, with a number behind it. */
  readonly stem: string;
  build(context: BuildContext): L;
}

/** Several layers that are called like one, and stand in a list like one: `bidirectional(gru(16))`, `chain([…])`. */
export interface LayerGroup {
  (input: Activation): Activation;
  readonly layers: readonly (LayerSpec | LayerGroup)[];
}

/** A chain as a list, or a graph as a function of the network's input. */
export type NetworkSpec = readonly (LayerSpec | LayerGroup)[] | ((input: Activation) => Activation);

/**
 * Makes a {@link LayerSpec} of its parts.
 *
 * @param stem of names; the kind, but for layers that users define
 */
export function defineLayer<L extends Layer>(
  kind: L["kind"],
  options: LayerOptions,
  build: (context: BuildContext) => L,
  stem: string = kind,
): LayerSpec<L> {
  const spec: LayerSpec<L> = Object.assign((input: Activation): Activation => connect(spec, [input]), {
    kind,
    options,
    stem,
    build,
  });
  return spec;
}

/**
 * What a layer gives for these inputs.
 *
 * @throws UserError when one is not the network's input or what a layer gives
 */
export function connect(layer: LayerSpec, inputs: readonly Activation[]): Activation {
  for (const input of inputs) expectActivation(`a ${layer.kind} layer is called on`, input);
  return { layer, inputs };
}

/** @param what "a dense layer is called on" */
function expectActivation(what: string, value: unknown): void {
  const isActivation = typeof value === "object" && value !== null && "inputs" in value && "layer" in value;
  if (isActivation) return;
  const isLayer = typeof value === "function" && "build" in value;
  throw new UserError(
    `${what} ${isLayer ? `a ${(value as LayerSpec).kind} layer` : describe(value)}, not on what a layer gives`,
    "call each layer on an activation: relu()(dense(32)(x))",
  );
}

/** Layers one after the other, to be called like one: `chain([conv2d(8, 3), batchNorm(), relu()])(x)`. */
export function chain(layers: readonly (LayerSpec | LayerGroup)[]): LayerGroup {
  const run = (input: Activation) =>
    layers.reduce((latest: Activation, layer: LayerSpec | LayerGroup) => layer(latest), input);
  return Object.assign(run, { layers });
}

/** Layers in running order, each with the numbers of its inputs: 0 is the network's, i + 1 what layer i gives. */
export interface Described {
  readonly layer: LayerSpec;
  readonly inputs: readonly number[];
}

/** Depth first from the output, inputs from left to right: every layer comes after all that it takes. */
export function layersInOrder(spec: NetworkSpec): Described[] {
  const input: Activation = { layer: undefined, inputs: [] };
  const output = typeof spec === "function" ? spec(input) : chain(spec)(input);
  expectActivation("the network's function ends on", output);
  const numbers = new Map<Activation, number>([[input, 0]]);
  const layers: Described[] = [];
  const visit = (activation: Activation): number => {
    const known = numbers.get(activation);
    if (known !== undefined) return known;
    const { layer } = activation;
    if (layer === undefined) throw new Error("a graph has one input");
    layers.push({ inputs: activation.inputs.map(visit), layer });
    numbers.set(activation, layers.length);
    return layers.length;
  };
  visit(output);
  return layers;
}

/** The shape in front of the only input of a layer. */
export function onlyShape(inputShapes: readonly Shape[]): Shape {
  if (inputShapes.length !== 1) throw new Error(`a layer of one input was given ${inputShapes.length}`);
  return inputShapes[0];
}
