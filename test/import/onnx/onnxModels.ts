import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { elementCount, Tensor } from "../../../src/base/tensor.js";
import { readSamples } from "../../../src/formats/samples.js";
import type { ImportedFloats } from "../../../src/import/importedFloats.js";
import { importOnnx } from "../../../src/import/onnx/importOnnx.js";
import { fromUserOrder, toUserOrder } from "../../../src/network/axisOrder.js";
import { forwardSamples } from "../../../src/train/fitting/forwardSamples.js";

/** Models of others and traps, with what onnxruntime gives for them, beside the repository. */
const folder = fileURLToPath(new URL("../../../../shared/onnx/", import.meta.url));

export const hasOnnxModels = existsSync(folder);
export const noOnnxModels =
  "needs the models and onnxruntime's outputs in ../shared/onnx, which are not here";

export interface OnnxModelFile {
  readonly name: string;
  readonly kind: "model" | "trap";
  readonly path: string;
  readonly inputs: string;
  readonly outputs: string;
}

function list(kind: OnnxModelFile["kind"], models: string, samples: string): OnnxModelFile[] {
  const names = readdirSync(models).filter((name) => name.endsWith(".onnx"));
  return names.map((file) => {
    const name = file.replace(".onnx", "");
    const [inputs, outputs] = ["in", "out"].map((side) => `${samples}${name}.${side}.npy`);
    return { name, kind, path: `${models}${file}`, inputs, outputs };
  });
}

export const onnxModels = (): OnnxModelFile[] =>
  hasOnnxModels
    ? [...list("model", `${folder}models/`, folder), ...list("trap", `${folder}traps/`, `${folder}traps/`)]
    : [];

/** @throws UserError when it is not imported */
export function importFile({ name, path }: OnnxModelFile): ImportedFloats {
  const withoutSoftmax = name.startsWith("torch_mnist_tutorial"); // ends in a logarithm of probabilities
  return importOnnx(readFileSync(path), `${name}.onnx`, name, {
    folder: path.slice(0, path.lastIndexOf("/")),
    withoutSoftmax,
    // the files leave open how long a series is: as long as onnxruntime's samples
    ...(name.includes("lstm_k1_b1_r1") && { shapes: new Map([["M1", [20]]]) }),
  });
}

/** The largest difference from onnxruntime's outputs, by the largest of these. */
export function relativeDifference(
  file: OnnxModelFile,
  imported: ImportedFloats,
  mostSamples: number,
): number {
  const { network, input, output, leftOut } = imported;
  const [given, wanted] = [readSamples(file.inputs), readSamples(file.outputs)];
  const [inSize, outSize] = [network.inputShape, network.outputShape].map(elementCount);
  const samples = Math.min(mostSamples, given.data.length / inSize);
  if (wanted.data.length / outSize !== given.data.length / inSize) return Number.POSITIVE_INFINITY;
  const values = Float32Array.from(given.data.subarray(0, samples * inSize));
  const inputs = new Tensor(
    [samples, ...network.inputShape],
    fromUserOrder(values, network.inputShape, input.axes),
  );
  const found = toUserOrder(
    forwardSamples(network, inputs).data as Float32Array,
    network.outputShape,
    output.axes,
  );
  let [difference, largest] = [0, 0];
  for (let start = 0; start < samples * outSize; start += outSize) {
    const row = found.subarray(start, start + outSize);
    const shift = leftOut === "LogSoftmax" ? Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) : 0;
    for (const [k, x] of row.entries()) {
      const own = wanted.data[start + k];
      difference = Math.max(difference, Math.abs(x - shift - own));
      largest = Math.max(largest, Math.abs(own));
    }
  }
  return difference / largest;
}
