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
import type { LayerOptions, LayerSpec } from "../../train/layers/graph.js";
import { type Softmax, softmax } from "../../train/layers/softmax.js";
import type { LayerContext, LayerImporter, Value } from "./layerContext.js";

type ActivationSpec = LayerSpec<ElementWise> | LayerSpec<Softmax>;
type Make = (options: LayerOptions) => ActivationSpec;

/** By Keras' name. What Keras 2 calls hard_sigmoid, clip(0.2 x + 0.5), is another function than Keras 3's. */
const functions: Readonly<Record<string, Make>> = {
  linear,
  relu,
  relu6,
  sigmoid,
  tanh,
  softmax,
  hard_silu: hardSwish,
  hard_swish: hardSwish,
};

export const activationNames: readonly string[] = [...Object.keys(functions), "hard_sigmoid", "leaky_relu"];

function find(name: string, major: number): Make {
  if (Object.hasOwn(functions, name)) return functions[name];
  if (name === "hard_sigmoid" && major >= 3) return hardSigmoid;
  // Keras 3's default; Keras 2 had 0.2 in the function of that name as well
  if (name === "leaky_relu") return (options) => leakyRelu({ slope: 0.2, ...options });
  const exact =
    name === "hard_sigmoid" ? "; this one is Keras 2's, which is another function than Keras 3's" : "";
  throw new UserError(
    `has the activation ${describe(name)}${exact}`,
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
  if (most !== undefined && (most !== 6 || slope !== 0)) {
    config.fail("max_value", "6, with a slope of 0 below 0, or null");
  }
  if (most === 6) return put(relu6({ name }), [input]);
  return put(slope === 0 ? relu({ name }) : leakyRelu({ slope, name }), [input]);
};

const importLeakyRelu: LayerImporter = ({ config, name, put }, input) => {
  const field = config.has("negative_slope") ? "negative_slope" : "alpha";
  return put(leakyRelu({ slope: config.has(field) ? config.number(field) : 0.3, name }), [input]);
};

const importSoftmax: LayerImporter = ({ config, name, put }, input) => {
  const axis = config.value("axis") ?? -1;
  if (axis !== -1 && axis !== input.shape.length) config.fail("axis", "-1, the last one");
  return put(softmax({ name }), [input]);
};

export const activationImporters: Readonly<Record<string, LayerImporter>> = {
  Activation: importActivation,
  ReLU: importRelu,
  LeakyReLU: importLeakyRelu,
  Softmax: importSoftmax,
};
