import { UserError } from "../../base/errors.js";
import { quoted } from "../../base/printable.js";
import type { KerasFile, KerasWeight } from "./kerasFile.js";

/** "conv1" of "block/conv1/kernel:0"; the whole of a name without a slash. */
function layerOf(name: string): string {
  return name.split("/").at(-2) ?? name;
}

/**
 * Finds a layer's tensors by their own names: what begins with the path of the layer, else what ends in the layer's name
 * and the tensor's. That is how weights are named in the layers of models within models too.
 *
 * @throws UserError when two layers of one name have weights, so that none knows which are its own
 */
export function weightsByLayer(weights: readonly KerasWeight[], file: string): KerasFile["weightsOf"] {
  const [byLayer, byFolder] = [new Map<string, KerasWeight[]>(), new Map<string, KerasWeight[]>()];
  const put = (map: Map<string, KerasWeight[]>, key: string, weight: KerasWeight) => {
    const group = map.get(key);
    if (group === undefined) map.set(key, [weight]);
    else group.push(weight);
  };
  const names = new Set<string>();
  for (const weight of weights) {
    const { name } = weight;
    if (names.has(name)) {
      throw new UserError(`${file}: it has the weights ${quoted(name)} twice`, "save the model again");
    }
    names.add(name);
    put(byLayer, layerOf(name), weight);
    for (let end = name.indexOf("/"); end !== -1; end = name.indexOf("/", end + 1)) {
      put(byFolder, name.slice(0, end), weight);
    }
  }
  return ({ names: place }) => {
    const own = byFolder.get(place.join("/"));
    if (own !== undefined) return own;
    const group = byLayer.get(place.at(-1)!) ?? [];
    const folders = new Set(group.map(({ name }) => name.slice(0, name.lastIndexOf("/"))));
    if (folders.size <= 1) return group;
    throw new UserError(
      `${file}: weights of ${folders.size} layers are named ${quoted(place.at(-1)!)}`,
      "give the layers names of their own and save the model again",
    );
  };
}
