import { basename } from "node:path";
import { UserError } from "../../base/errors.js";
import { Fields } from "../../base/fields.js";
import { listZip, unpackZip } from "../../formats/zip.js";
import { type KerasFile, type KerasWeight, type LayerPlace, mostWeights } from "./kerasFile.js";
import { readHdf5 } from "./readHdf5.js";
import { weightsByLayer } from "./weightsByLayer.js";

/** Text of JSON as an object; `what` is its place. */
function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${what} is not JSON: ${(cause as Error).message}`, "save the model again", {
      cause,
    });
  }
}

const majorOf = (version: string) => (version.startsWith("3.") ? 3 : 2);

/**
 * Reads what `model.save("model.h5")` wrote.
 *
 * @throws UserError when it is damaged, or holds weights without a model
 * Source: Keras, legacy/saving/legacy_h5_format.py.
 */
export async function readKerasH5(bytes: Uint8Array, path: string): Promise<KerasFile> {
  const file = basename(path);
  const { attributes, weights } = await readHdf5(
    bytes,
    file,
    ["model_config", "keras_version"],
    ["model_weights"],
  );
  const config = attributes.get("model_config");
  if (config === undefined) {
    throw new UserError(
      `${file} has no model, only weights or something else`,
      "save the whole model: model.save(path), not model.save_weights(path)",
    );
  }
  const version = attributes.get("keras_version") ?? "2";
  return {
    file,
    producer: `Keras ${version}`,
    major: majorOf(version),
    model: parse(config, `${file}: model_config`),
    weightsOf: weightsByLayer(weights, file),
  };
}

/** Largest of the archive's texts: a network's description. */
const mostTextBytes = 2 ** 24;

/** Where layers stand in the weights of an archive: Keras 3 and 2. */
const layerLists = ["layers", "_layer_checkpoint_dependencies"];

/**
 * Reads what `model.save("model.keras")` wrote: a zip archive of the description and the weights.
 *
 * @throws UserError when it is damaged
 * Source: Keras 3, src/saving/saving_lib.py.
 */
export async function readKerasArchive(bytes: Uint8Array, path: string): Promise<KerasFile> {
  const file = basename(path);
  const unpack = (name: string, mostBytes: number): Buffer => {
    const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      const entry = listZip(archive).find((one) => one.name === name);
      if (entry === undefined) throw new Error(`it holds no ${name}`);
      if (entry.bytes > mostBytes)
        throw new Error(`${name} unpacks to ${entry.bytes} B; at most ${mostBytes} B`);
      return unpackZip(archive, entry);
    } catch (cause) {
      throw new UserError(
        `${file} is no Keras model: ${(cause as Error).message}`,
        'save it again: model.save("model.keras")',
        { cause },
      );
    }
  };
  const text = (name: string) => parse(unpack(name, mostTextBytes).toString("utf8"), `${file}: ${name}`);
  const metadata = new Fields(`${file}: metadata.json`, text("metadata.json"));
  const version = metadata.string("keras_version");
  const model = text("config.json");
  const stored = await readHdf5(unpack("model.weights.h5", mostWeights * 8), file, [], layerLists);
  const groups = new Map<string, KerasWeight[]>();
  for (const weight of stored.weights) {
    const place = weight.name.slice(0, Math.max(0, weight.name.lastIndexOf("/vars/")));
    groups.set(place, [...(groups.get(place) ?? []), weight]);
  }
  return {
    file,
    producer: `Keras ${version}`,
    major: majorOf(version),
    model,
    weightsOf: ({ stored: place }: LayerPlace) => {
      const paths = layerLists.map((list) => place.join(`/${list}/`));
      const own = paths.map((path) => groups.get(path)).find((some) => some !== undefined);
      // a recurrent layer's stand with its cell
      const inner = [...groups].filter(([key]) => paths.some((path) => key.startsWith(`${path}/`)));
      return (own ?? inner.flatMap(([, weights]) => weights)).toSorted(
        (a, b) => numberOf(a.name) - numberOf(b.name),
      );
    },
  };
}

/** 1 of "dense/vars/1". */
function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf("/") + 1));
}
