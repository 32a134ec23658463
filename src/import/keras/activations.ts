import { UserError } from "../../base/errors.js";
import { describe, Fields } from "../../base/fields.js";
import {
  type ElementWise,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  linear,
  relu,
  relu6,
  sigmoid,
  tanh,
} from "../../train/layers/elementWise.js";
import { Expression } from "../../train/layers/expression.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "../../train/layers/graph.js";
import { type Softmax, softmax } from "../../train/layers/softmax.js";
import { ValueFunction } from "../../train/layers/valueFunction.js";
import type { LayerContext, LayerImporter, Value } from "./layerContext.js";

type ActivationSpec = LayerSpec<ElementWise> | LayerSpec<Softmax> | LayerSpec<ValueFunction>;
type Make = (options: LayerOptions) => ActivationSpec;

/** A function in the words of {@link Expression}. */
const valueFunction =
  (words: string): Make =>
  (options) =>
    defineLayer(
      "function",
      options,
      ({ name, inputShapes }) => new ValueFunction(name, onlyShape(inputShapes), new Expression(words)),
    );

const elu = (alpha: number) => valueFunction(`x 0 max x 0 min exp 1 - ${alpha} * +`);
const swish = valueFunction("x x sigmoid *");

/** By Keras' name. Source: Keras, activations/activations.py, version by version. */
const functions: Readonly<Record<string, Make>> = {
  linear,
  relu,
  relu6,
  sigmoid,
  tanh,
  softmax,
  hard_silu: hardSwish,
  hard_swish: hardSwish,
  elu: elu(1),
  exponential: valueFunction("x exp"),
  gelu: valueFunction("x x 2 sqrt / erf 1 + * 0.5 *"),
  mish: valueFunction("x x softplus tanh *"),
  selu: valueFunction("x 0 max x 0 min exp 1 - 1.6732632423543772 * + 1.0507009873554805 *"),
  silu: swish,
  softplus: valueFunction("x softplus"),
  softsign: valueFunction("x x abs 1 + /"),
  swish,
};

export const activationNames: readonly string[] = [
  ...Object.keys(functions),
  "hard_sigmoid",
  "leaky_relu",
].sort();

function find(name: string, major: number): Make {
  if (Object.hasOwn(functions, name)) return functions[name];
  if (name === "hard_sigmoid") return major >= 3 ? hardSigmoid : valueFunction("x 0.2 * 0.5 + 0 max 1 min");
  // Keras 3's default; Keras 2 had 0.2 in the function of that name as well
  if (name === "leaky_relu") return (options) => leakyRelu({ slope: 0.2, ...options });
  throw new UserError(
    `has the activation ${describe(name)}`,
    `activations that are known: ${activationNames.join(", ")}`,
  );
}

/**
 * The activation that a layer has of its own, put after it.
 *
 * @throws UserError when it is another function, or one that the user defined
 */
export function putActivation({ config, major, name, put }: LayerContext, value: Value): Value {
  const given = config.value("activation");
  if (given === undefined || given === null) return value;
  const activation =
    typeof given === "object" ? new Fields(`${config.place}.activation`, given).value("class_name") : given;
  if (typeof activation !== "string") return config.fail("activation", "the name of an activation");
  if (activation === "linear") return value;
  return put(find(activation, major)({ name: `${name}: ${activation}` }), [value]);
}

const importActivation: LayerImporter = (context, input) => {
  const { config, major, name, put } = context;
  const activation = config.value("activation");
  if (typeof activation !== "string") return config.fail("activation", "the name of an activation");
  return put(find(activation, major)({ name }), [input]);
};

const importRelu: LayerImporter = ({ config, name, put }, input) => {
  const number = (field: string) => {
    const value = config.value(field);
    return value === undefined || value === null ? undefined : config.number(field);
  };
  const most = number("max_value");
  const slope = number("negative_slope") ?? 0;
  if ((number("threshold") ?? 0) !== 0) config.fail("threshold", "0");
  if (most !== undefined && slope !== 0) config.fail("max_value", "null, where there is a slope below 0");
  if (most === 6) return put(relu6({ name }), [input]);
  if (most !== undefined) return put(valueFunction(`x 0 max ${most} min`)({ name }), [input]);
  return put(slope === 0 ? relu({ name }) : leakyRelu({ slope, name }), [input]);
};

const importLeakyRelu: LayerImporter = ({ config, name, put }, input) => {
  const field = config.has("negative_slope") ? "negative_slope" : "alpha";
  return put(leakyRelu({ slope: config.has(field) ? config.number(field) : 0.3, name }), [input]);
};

const importElu: LayerImporter = ({ config, name, put }, input) =>
  put(elu(config.has("alpha") ? config.number("alpha") : 1)({ name }), [input]);

const importSoftmax: LayerImporter = ({ config, name, put }, input) => {
  const axis = config.value("axis") ?? -1;
  if (axis !== -1 && axis !== input.shape.length) config.fail("axis", "-1, the last one");
  return put(softmax({ name }), [input]);
};

export const activationImporters: Readonly<Record<string, LayerImporter>> = {
  Activation: importActivation,
  ELU: importElu,
  ReLU: importRelu,
  LeakyReLU: importLeakyRelu,
  Softmax: importSoftmax,
};
