import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSamples } from "../../src/formats/samples.js";
import { type ImportedNetwork, importTflite } from "../../src/import/importTflite.js";
import type { ActivationData } from "../../src/network/quantizedNetwork.js";

/** Where the golden vectors lie: beside the repository, which does not hold them. */
export const goldenFolder = fileURLToPath(new URL("../../../shared/mlperf-tiny", import.meta.url));

export const goldenModels = ["kws", "ic", "vww", "ad", "sww"] as const;
export type GoldenModelName = (typeof goldenModels)[number];

export const hasGoldenVectors = existsSync(goldenFolder);
export const goldenVectorsAreMissing =
  "needs the golden vectors in ../shared/mlperf-tiny, which are not here";

/** The outputs of every operator for one vector, as TensorFlow Lite Micro's reference kernels gave them. */
export interface LayerDump {
  readonly vector: number;
  /** Operator's index → its output. */
  readonly outputs: readonly Int8Array[];
}

/** A reference network of MLPerf Tiny with its vectors: inputs, and what the reference kernels make of them. */
export interface GoldenModel extends ImportedNetwork {
  readonly id: string;
  readonly inputs: readonly ActivationData[];
  readonly outputs: readonly ActivationData[];
  /** What goes into the last softmax; undefined for a network without one. */
  readonly logits: readonly Int8Array[] | undefined;
  /** The layer that gives them; by default the last one before the softmax. */
  readonly logitsLayer?: string;
  /** The vectors are one sequence: the network's states are kept from one to the next. */
  readonly isSequence?: boolean;
  readonly dumps: readonly LayerDump[];
}

/** @param id one of {@link goldenModels} */
export function readGoldenModel(id: GoldenModelName): GoldenModel {
  const folder = `${goldenFolder}/${id}`;
  const imported = importTflite(readFileSync(`${folder}/model.tflite`), `${id}/model.tflite`, id);
  const hasSoftmax = imported.network.layers.some(({ kind }) => kind === "softmax");
  return {
    ...imported,
    id,
    inputs: readVectors(`${folder}/inputs.npy`),
    outputs: readVectors(`${folder}/outputs.npy`),
    logits: hasSoftmax ? readVectors(`${folder}/logits.npy`) : undefined,
    dumps: readDumps(folder),
  };
}

/** int8 [vectors, ...]. */
function readVectors(path: string): Int8Array[] {
  const { shape, data, type } = readSamples(path);
  if (type !== "i1") throw new Error(`${path}: expected int8, found ${type}`);
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => (data as Int8Array).subarray(i * size, (i + 1) * size));
}

function readDumps(folder: string): LayerDump[] {
  const { layers } = JSON.parse(readFileSync(`${folder}/layers.json`, "utf8")) as {
    layers: { op_index: number; offset: number; bytes: number }[];
  };
  return readdirSync(folder)
    .flatMap((file) => /^layers_of_(\d+)\.npy$/.exec(file) ?? [])
    .filter((number) => /^\d+$/.test(number))
    .sort()
    .map((number) => {
      const data = readSamples(`${folder}/layers_of_${number}.npy`).data as Int8Array;
      const outputs: Int8Array[] = [];
      for (const { op_index, offset, bytes } of layers) {
        outputs[op_index] = data.subarray(offset, offset + bytes);
      }
      return { vector: Number(number), outputs };
    });
}
