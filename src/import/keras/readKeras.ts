import { UserError } from "../../base/errors.js";
import { listZip } from "../../formats/zip.js";
import { jsonObject } from "../jsonObject.js";
import type { KerasFile } from "./kerasFile.js";
import { isHdf5 } from "./readHdf5.js";
import { readKerasArchive, readKerasH5 } from "./readKerasFiles.js";
import { isTfjs, readTfjs } from "./readTfjs.js";

function isArchive(bytes: Uint8Array): boolean {
  try {
    const names = listZip(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).map(
      ({ name }) => name,
    );
    return ["config.json", "metadata.json"].every((name) => names.includes(name));
  } catch {
    return false;
  }
}

/**
 * Reads a model of Keras or TensorFlow.js: `.h5`, `.keras`, or `model.json` with its shards beside it; by its bytes,
 * whatever it is called.
 *
 * @returns undefined for other files
 * @throws UserError when the file is one and damaged
 */
export async function readKeras(bytes: Uint8Array, path: string): Promise<KerasFile | undefined> {
  if (isHdf5(bytes)) return readKerasH5(bytes, path);
  if (isArchive(bytes)) return readKerasArchive(bytes, path);
  const parsed = jsonObject(bytes);
  if (isTfjs(parsed)) return readTfjs(parsed, path);
  if (parsed !== undefined && "modelTopology" in parsed) {
    throw new UserError(
      `${path} describes a model of TensorFlow.js without its weights`,
      "save it with model.save(): the description, and its .bin files beside it",
    );
  }
  return undefined;
}
