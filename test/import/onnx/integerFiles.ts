import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { elementCount } from "../../../src/base/tensor.js";
import { importOnnxIntegers } from "../../../src/import/onnxIntegers/importIntegers.js";
import { fromUserOrder, toUserOrder } from "../../../src/network/axisOrder.js";
import { onlyInput, onlyOutput } from "../../../src/network/ports.js";
import type { QuantizedNetwork } from "../../../src/network/quantizedNetwork.js";
import { planProgram } from "../../../src/plan/planProgram.js";
import { createRunner } from "../../../src/program/runner.js";
import { quantizeTensor, quantizeUint8 } from "../../../src/quantize/quantizeTensor.js";
import { bytesOf } from "./integerModels.js";

/** Quantized models beside the repository. */
const folder = fileURLToPath(new URL("../../../../shared/onnx/int8/", import.meta.url));

export const hasIntegerFiles = existsSync(folder);
export const noIntegerFiles = "needs the quantized models in ../shared/onnx/int8, which are not here";

export const integerFiles = (): string[] =>
  hasIntegerFiles
    ? readdirSync(folder).flatMap((file) => (file.endsWith(".onnx") ? [file.replace(".onnx", "")] : []))
    : [];

export const pathOf = (name: string): string => `${folder}${name}.onnx`;

/** What onnxruntime 1.30 gave, on three processors, by model. */
export const givenOutputs = (): Readonly<Record<string, readonly number[]>> =>
  JSON.parse(readFileSync(`${folder}out_native.json`, "utf8"));

/** The beginning of the SHA-256 of what onnxruntime 1.30 gives for {@link inputsOf}, on an x86 processor with VNNI. */
export const onnxruntimeHashes: Readonly<Record<string, string>> = {
  qdq_c1x1_s8s8: "4cc68e338d2ba8a3",
  qdq_c1x1_u8s8: "d6d5c5d809e30dd0",
  qdq_c1x1_u8u8: "2e0d932e61c34c40",
  qdq_c3x3_s8s8: "eb599bbcaedae746",
  qdq_c3x3_u8s8: "3e37fafbbcd3487f",
  qdq_c3x3_u8u8: "a9273f3f4e70f768",
  qdq_gap_s8: "d5ea390524aca857",
  qdq_gap_u8: "903cb8b8140d9dd6",
  qdq_sigmoid_s8: "7cc5cd013157945f",
  qdq_sigmoid_u8: "35836c652d42ff33",
  qlinear_c1x1_s8s8: "4cc68e338d2ba8a3",
  qlinear_c1x1_u8s8: "d6d5c5d809e30dd0",
  qlinear_c1x1_u8u8: "2e0d932e61c34c40",
  qlinear_c3x3_s8s8: "eb599bbcaedae746",
  qlinear_c3x3_u8s8: "3e37fafbbcd3487f",
  qlinear_c3x3_u8u8: "a9273f3f4e70f768",
  qlinear_mm_s8s8: "dd18537b5b9f480b",
  qlinear_mm_u8s8: "0ce9dbb5b892d3c7",
  tinycnn_all: "96a370aad2100163",
};

/** The mm models take so many samples at once. */
const samplesAtOnce = (name: string): number => (name.includes("_mm_") ? 8 : 1);
const runs = 3;

export const importIntegerFile = (name: string) =>
  importOnnxIntegers(readFileSync(pathOf(name)), `${name}.onnx`, name);

/** Samples in the file's own type and order. */
export function inputsOf(name: string, network: QuantizedNetwork): (Uint8Array | Int8Array | Float32Array)[] {
  const { tensor, border } = onlyInput(network);
  const count = elementCount(network.tensors[tensor]!.shape);
  const together = samplesAtOnce(name);
  return Array.from({ length: runs }, (_, run) => bytesOf(together * count, run)).flatMap((bytes) =>
    Array.from({ length: together }, (_, k) => {
      const own = bytes.slice(k * count, (k + 1) * count);
      if (border === "uint8") return own;
      return border === "int8"
        ? new Int8Array(own.buffer)
        : Float32Array.from(own, (byte) => Math.fround((byte - 128) / 50));
    }),
  );
}

/** What the device gives, as the file's users hold it. */
export async function outputsOf(
  network: QuantizedNetwork,
  inputs: readonly (Uint8Array | Int8Array | Float32Array)[],
): Promise<(Uint8Array | Int8Array | Float32Array)[]> {
  const [from, to] = [onlyInput(network), onlyOutput(network)];
  const [input, output] = [network.tensors[from.tensor]!, network.tensors[to.tensor]!];
  const runner = await createRunner(planProgram(network), inputs.length);
  return inputs.map((sample) => {
    const values = fromUserOrder(sample, input.shape, from.axes);
    const integers = from.border === "float32" ? quantizeTensor(values, input) : undefined;
    const given = runner.run(
      integers ?? (from.border === "uint8" ? quantizeUint8(values) : Int8Array.from(values)),
    );
    const ordered = toUserOrder(given, output.shape, to.axes);
    if (to.border === "uint8") return Uint8Array.from(ordered, (value) => value + 128);
    if (to.border === "int8") return ordered as Int8Array;
    const { scale, zeroPoint } = output.quantization as { scale: number; zeroPoint: number };
    return Float32Array.from(ordered, (value) => Math.fround(scale * (value - zeroPoint)));
  });
}

export function hashOf(outputs: readonly (Uint8Array | Int8Array | Float32Array)[]): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of outputs) {
    hash.update(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
