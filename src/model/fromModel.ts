import { UserError } from "../base/errors.js";
import { formatShape, isSameShape, type Shape } from "../base/tensor.js";
import { type DataPath, resolveDataPath, showPath } from "../train/data/dataPath.js";
import {
  type Activation,
  connect,
  defineLayer,
  type LayerSpec,
  type NetworkSpec,
} from "../train/layers/graph.js";
import type { Layer } from "../train/layers/layerKinds.js";
import type { Network } from "../train/network/network.js";
import { type Model, readModel, type UserAxes } from "./modelFile.js";

/** What is known of a network that begins where a model's ended. */
export interface TrainedSource {
  readonly inputShape: Shape;
  /** The order of the axes of the data, where it is not ours. */
  readonly axes: UserAxes | undefined;
}

type TrainedSpec = ((input: Activation) => Activation) & { readonly trained: TrainedSource };

/**
 * A network that begins with the layers and weights of a model's float network, to train it on. Data is in the order of
 * axes that the model's own users have.
 *
 * @param path of the model's .json, relative to the experiment's folder
 * @throws UserError when there is no such model, or it holds integers only
 */
export function fromModel(path: DataPath): NetworkSpec {
  const file = resolveDataPath(path);
  const { network, axes } = readFloats(file);
  const build = (input: Activation): Activation => {
    // anew for each network: training changes the layers' weights
    const { layers, connections } = readFloats(file).network;
    const activations = [input];
    layers.forEach((layer, index) => {
      activations.push(
        connect(
          asItIs(layer, network.dtype),
          connections[index].map((number) => activations[number]),
        ),
      );
    });
    return activations[layers.length];
  };
  return Object.assign(build, { trained: { inputShape: network.inputShape, axes } }) satisfies TrainedSpec;
}

/** Undefined for a network with fresh weights. */
export function trainedSource(spec: NetworkSpec): TrainedSource | undefined {
  return "trained" in spec ? (spec as unknown as TrainedSpec).trained : undefined;
}

function readFloats(file: string): Model & { readonly network: Network } {
  const model = readModel(file);
  const { network } = model;
  if (network?.canRun) return { ...model, network };
  throw new UserError(
    network === undefined
      ? `${showPath(file)} holds no float network to train on`
      : `${showPath(file)} has layers of its user's own, whose code is not in it`,
    network === undefined ? "import the float model instead of the int8 one" : "train its own experiment on",
  );
}

/** A layer that is there already. */
function asItIs(layer: Layer, dtype: Network["dtype"]): LayerSpec {
  return defineLayer(layer.kind, { name: layer.name }, ({ inputShapes, dtype: asked }) => {
    if (asked !== dtype) {
      throw new UserError(
        `the model's network is ${dtype}; the experiment asks for ${asked}`,
        "leave out dtype",
      );
    }
    inputShapes.forEach((shape, k) => {
      if (isSameShape(shape, layer.inputShapes[k])) return;
      const [takes, found] = [layer.inputShapes[k], shape].map(formatShape);
      throw new UserError(`layer "${layer.name}" of the model takes ${takes}, found ${found}`);
    });
    return layer;
  });
}
