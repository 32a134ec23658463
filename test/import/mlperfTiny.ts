import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** MLPerf Tiny's models with what is known of them, beside the repository. */
const folder = fileURLToPath(new URL("../../../shared/mlperf-tiny/", import.meta.url));

export const hasMlperfTiny = existsSync(folder);
export const mlperfTinyNames = ["kws", "ic", "vww", "ad", "sww"] as const;
export type MlperfTinyName = (typeof mlperfTinyNames)[number];

if (!hasMlperfTiny) {
  console.warn("tests on MLPerf Tiny's five models are left out: there is no ../shared/mlperf-tiny");
}

export function readModelFile(name: MlperfTinyName): Buffer {
  return readFileSync(`${folder}${name}/model.tflite`);
}

export interface GraphTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly scale?: readonly number[];
  readonly zero_point?: readonly number[];
}

export interface GraphOperator {
  readonly index: number;
  readonly op: string;
  readonly version: number;
  readonly options: Readonly<Record<string, string | number>>;
  readonly macs: number;
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
}

/** What another reader found in the file. */
export interface Graph {
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
  readonly ops: readonly GraphOperator[];
  readonly total_macs: number;
}

export function readGraph(name: MlperfTinyName): Graph {
  return JSON.parse(readFileSync(`${folder}${name}/graph.json`, "utf8")) as Graph;
}
