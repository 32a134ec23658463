import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { expectWritable, readBytes, readText } from "../base/files.js";

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** "model" of "models/model.json". */
const stemOf = (path: string): string => basename(path, ".json");

/**
 * The weights' file of a model: "model.0123abcd.safetensors". It is named by its content, so that a new one never
 * takes the place of the one that the old description names.
 *
 * @param hash SHA-256 of the weights
 */
export function weightsPath(path: string, hash: string): string {
  return join(dirname(path), `${stemOf(path)}.${hash.slice(0, 8)}.safetensors`);
}

/** What a description says of its weights, unchecked. */
interface NamedWeights {
  readonly path: string;
  readonly sha256: unknown;
}

/** The weights that a model's description names, where they have its name; undefined for all else. */
function ownWeights(path: string): NamedWeights | undefined {
  try {
    const { weights } = JSON.parse(readText(path)) as { weights?: { file?: unknown; sha256?: unknown } };
    const file = String(weights?.file);
    const stem = stemOf(path);
    const isOwn =
      file.startsWith(`${stem}.`) && /^\.([0-9a-f]{8}\.)?safetensors$/.test(file.slice(stem.length));
    return isOwn ? { path: join(dirname(path), file), sha256: weights?.sha256 } : undefined;
  } catch {
    return undefined; // there is none, or it is none
  }
}

/**
 * To be called before a model's description is replaced.
 *
 * @returns what removes the weights that the old one named, unless the new ones are called so too
 */
export function weightsToRemove(path: string): (kept: string) => void {
  const old = ownWeights(path);
  return (kept) => {
    if (old !== undefined && old.path !== kept) rmSync(old.path, { force: true });
  };
}

/** Removes a model's description and its weights. */
export function removeModel(path: string): void {
  const weights = ownWeights(path);
  rmSync(path, { force: true });
  if (weights !== undefined) rmSync(weights.path, { force: true });
}

/** Whether the weights are those that the description names. */
export function hasWholeWeights(path: string): boolean {
  const weights = ownWeights(path);
  try {
    return weights !== undefined && sha256(readBytes(weights.path)) === weights.sha256;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** @throws UserError when no model can be written to `path` */
export function expectModelWritable(path: string): void {
  expectWritable(path);
  expectWritable(weightsPath(path, "00000000"));
}
