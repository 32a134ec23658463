import { elementCount, type FloatArray, Tensor } from "../../base/tensor.js";
import type { Dataset } from "../data/dataset.js";
import { Dense } from "../layers/dense.js";
import type { Layer } from "../layers/layerKinds.js";
import type { Loss } from "../losses/loss.js";
import type { Network } from "../network/network.js";
import type { LearningRate, Optimizer } from "../optimizers/optimizer.js";

/*
 * Networks of a few neurons that are trained sample by sample: calling functions and going round loops takes far longer
 * than the arithmetic. For them a whole step is written out as straight JavaScript, every operation in the order and
 * with the roundings of src/train/ops, and compiled. Weights that are not finite are the one difference: products with
 * an exact zero are not left out.
 */

/** Where a loop stands: it begins at sample `next` of the order and stops at `end`, or after a loss that is not finite. */
export interface LoopState {
  next: number;
  end: number;
  /** Of all samples so far. */
  lossSum: number;
  /** Of the latest sample, before its step. */
  loss: number;
}

/** Trains samples one by one, in order. */
export type SampleLoop = (order: Int32Array, learningRate: number, state: LoopState) => void;

/** Beyond it the text gets long, and loops are as fast. */
const mostParameters = 300;

/** What functions look like; x is the input, y the output, g the derivative by the output. `e` is exp(−|x|). */
const elementWise: Readonly<
  Record<string, { forward(x: string, e: string): string; backward(y: string, g: string): string }>
> = {
  linear: { forward: (x) => x, backward: (_, g) => g },
  relu: { forward: (x) => `Math.max(0, ${x})`, backward: (y, g) => `${y} > 0 ? ${g} : 0` },
  sigmoid: {
    forward: (x, e) => `(${x} >= 0 ? 1 : ${e}) / (1 + ${e})`,
    backward: (y, g) => `${g} * ${y} * (1 - ${y})`,
  },
  tanh: { forward: (x) => `Math.tanh(${x})`, backward: (y, g) => `${g} * (1 - ${y} * ${y})` },
};

/**
 * The loop for a network whose parameters stay where they are now, or undefined where it does not pay or is not known how: it serves chains of dense layers and
 * simple activations under squared errors and plain gradient descent.
 */
export function compileSampleLoop(
  network: Network,
  data: Dataset,
  {
    loss,
    optimizer,
    batchSize,
  }: { readonly loss: Loss; readonly optimizer: Optimizer; readonly batchSize: number },
): SampleLoop | undefined {
  const { ofSquares } = loss;
  const { targets, inputs } = data;
  const isServed =
    batchSize === 1 &&
    ofSquares !== undefined &&
    optimizer.isPlain === true &&
    isConstantInEpoch(optimizer.learningRate) &&
    targets instanceof Tensor &&
    data.weights === undefined &&
    network.parameterCount <= mostParameters &&
    network.layers.every((layer) => layer instanceof Dense || layer.kind in elementWise) &&
    network.connections.every((from, index) => from.length === 1 && from[0] === index);
  if (!isServed) return undefined;
  const text = writeLoop(network, ofSquares, inputs.dtype !== network.dtype, targets.dtype !== network.dtype);
  const run = compile(text);
  const parameters = network.parameters().map(({ value }) => value.data);
  return (order, learningRate, state) => {
    run(order, inputs.data, targets.data, parameters, learningRate, state);
  };
}

type Compiled = (
  order: Int32Array,
  inputs: FloatArray,
  targets: FloatArray,
  parameters: readonly FloatArray[],
  rate: number,
  state: LoopState,
) => void;

const compiled = new Map<string, Compiled>();
const mostCompiled = 50;

/** Equal networks share a function, so that the next training finds it optimized. */
function compile(text: string): Compiled {
  let run = compiled.get(text);
  if (run === undefined) {
    run = new Function("order", "inputs", "targets", "parameters", "rate", "state", text) as Compiled;
    if (compiled.size === mostCompiled) compiled.clear();
    compiled.set(text, run);
  }
  return run;
}

/** A rate that does not take the share of the epoch is the same for all of its steps. */
function isConstantInEpoch(rate: LearningRate): boolean {
  return typeof rate === "number" || rate.length < 2;
}

function writeLoop(network: Network, ofSquares: number, roundInputs: boolean, roundTargets: boolean): string {
  const isSingle = network.dtype === "float32";
  const r = (expression: string) => (isSingle ? `Math.fround(${expression})` : expression);
  const body: string[] = [];
  const changes: string[] = [];
  const parameters = network.parameters();
  const nameOf = (values: FloatArray, index: number) =>
    `p${parameters.findIndex(({ value }) => value.data === values)}_${index}`;
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  /** Sum from +0, product and sum each rounded. */
  const sumOf = (products: readonly string[]) =>
    products.reduce((sum, product) => r(`${sum} + ${r(product)}`), "0");

  const inputSize = elementCount(network.inputShape);
  let latest = range(inputSize).map((i) => {
    const value = `inputs[sample * ${inputSize} + ${i}]`;
    body.push(`const v0_${i} = ${roundInputs ? r(value) : value};`);
    return `v0_${i}`;
  });
  const inputsOf: string[][] = [];
  network.layers.forEach((layer, index) => {
    inputsOf.push(latest);
    const before = latest;
    latest = range(elementCount(layer.outputShape)).map((o) => `v${index + 1}_${o}`);
    latest.forEach((name, o) => {
      body.push(`const ${name} = ${forward(layer, before, o)};`);
    });
  });

  const count = latest.length;
  body.push("let squares = 0;");
  let gradients = latest.map((name, k) => {
    const target = `targets[sample * ${count} + ${k}]`;
    body.push(`const d${k} = ${name} - ${roundTargets ? r(target) : target};`, `squares += d${k} * d${k};`);
    body.push(`const g_${k} = ${r(`${2 * ofSquares} * d${k} / ${count}`)};`);
    return `g_${k}`;
  });
  body.push(`loss = ${ofSquares} * squares / ${count};`);

  for (let index = network.layers.length - 1; index >= 0; index--) {
    gradients = backward(network.layers[index], index, gradients);
  }

  function forward(layer: Layer, before: readonly string[], o: number): string {
    if (!(layer instanceof Dense)) {
      if (layer.kind === "sigmoid") body.push(`const e_${before[o]} = Math.exp(-Math.abs(${before[o]}));`);
      return r(elementWise[layer.kind].forward(before[o], `e_${before[o]}`));
    }
    const weights = layer.weights.value.data;
    const sum = sumOf(before.map((name, i) => `${name} * ${nameOf(weights, o * before.length + i)}`));
    return layer.bias === undefined ? sum : r(`${sum} + ${nameOf(layer.bias.value.data, o)}`);
  }

  /** Writes what a layer does to the derivatives, and notes how its parameters change. */
  function backward(layer: Layer, index: number, outer: readonly string[]): string[] {
    const before = inputsOf[index];
    if (layer instanceof Dense) {
      const weights = layer.weights.value.data;
      outer.forEach((gradient, o) => {
        before.forEach((name, i) => {
          noteChange(nameOf(weights, o * before.length + i), `0 + ${r(`${gradient} * ${name}`)}`);
        });
        if (layer.bias !== undefined) noteChange(nameOf(layer.bias.value.data, o), `0 + ${gradient}`);
      });
    }
    if (index === 0) return [];
    return before.map((_, i) => {
      const derivative =
        layer instanceof Dense
          ? sumOf(outer.map((g, o) => `${g} * ${nameOf(layer.weights.value.data, o * before.length + i)}`))
          : r(elementWise[layer.kind].backward(`v${index + 1}_${i}`, outer[i]));
      body.push(`const g${index}_${i} = ${derivative};`);
      return `g${index}_${i}`;
    });
  }

  /** All derivatives are taken before anything changes. */
  function noteChange(name: string, gradient: string): void {
    changes.push(`${name} = ${r(`${name} - ${r(`step * (${gradient})`)}`)};`);
  }

  const names = parameters.flatMap(({ value }, k) =>
    range(value.data.length).map((index) => ({
      name: `p${k}_${index}`,
      place: `parameters[${k}][${index}]`,
    })),
  );
  return [
    `const step = ${r("rate")};`,
    ...names.map(({ name, place }) => `let ${name} = ${place};`),
    "let { next, lossSum, loss } = state;",
    "const { end } = state;",
    "while (next < end) {",
    "const sample = order[next++];",
    ...body,
    ...changes,
    "if (!(Math.abs(loss) < Infinity)) break;",
    "lossSum += loss;",
    "}",
    ...names.map(({ name, place }) => `${place} = ${name};`),
    "state.next = next; state.lossSum = lossSum; state.loss = loss;",
  ].join("\n");
}
