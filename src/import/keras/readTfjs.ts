import { basename, dirname, join } from "node:path";
import { UserError } from "../../base/errors.js";
import { Fields } from "../../base/fields.js";
import { readBytes } from "../../base/files.js";
import { halfToFloat } from "../../base/halfToFloat.js";
import { quoted } from "../../base/printable.js";
import { elementCount } from "../../base/tensor.js";
import { type KerasFile, type KerasWeight, mostWeights } from "./kerasFile.js";
import { weightsByLayer } from "./weightsByLayer.js";

const elementTypes = ["float32", "int32", "uint8", "uint16", "float16"] as const;
type ElementTypeName = (typeof elementTypes)[number];
const bytesOf: Readonly<Record<ElementTypeName, number>> = {
  float32: 4,
  int32: 4,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** True for the parsed model.json of TensorFlow.js. */
export function isTfjs(parsed: unknown): boolean {
  return typeof parsed === "object" && parsed !== null && "weightsManifest" in parsed;
}

/**
 * Reads a layers model of TensorFlow.js: `model.json` and the shards beside it. Weights may be quantized to 8 or 16
 * bits for transport; they become floats again.
 *
 * @param parsed what is in model.json
 * @param path of model.json
 * @throws UserError when it is of another format, or its shards do not hold what it says
 * Source: TensorFlow.js, tfjs-core/src/io/types.ts, ModelJSON and WeightsManifestConfig.
 */
export function readTfjs(parsed: unknown, path: string): KerasFile {
  const file = basename(path);
  const fields = new Fields(file, parsed);
  if (fields.value("format") === "graph-model") {
    throw new UserError(
      `${file} is a graph model, expected a layers model: its operators no longer tell the layers`,
      "convert with --output_format=tfjs_layers_model, or import the Keras file or an int8 .tflite of it",
    );
  }
  const topology = fields.object("modelTopology");
  const weights = fields.objects("weightsManifest").flatMap((group) => readGroup(group, dirname(path), file));
  const version = topology.value("keras_version");
  return {
    file,
    producer: typeof version === "string" ? `Keras ${version}` : "TensorFlow.js",
    major: typeof version === "string" && version.startsWith("3.") ? 3 : 2,
    model: topology.has("model_config") ? topology.value("model_config") : parsed && topology.raw,
    weightsOf: weightsByLayer(weights, file),
  };
}

/** The tensors of one group, which stand one behind the other in its shards. */
function readGroup(group: Fields, folder: string, file: string): KerasWeight[] {
  const shards = group.array("paths").map((name, index) => {
    // a model reads nothing but its own folder
    if (typeof name !== "string" || name !== basename(name) || name === ".." || name === "") {
      return group.fail(`paths[${index}]`, "the name of a file in the model's folder");
    }
    return readBytes(join(folder, name), mostWeights * 4, "the model's weights");
  });
  const bytes = Buffer.concat(shards);
  let at = 0;
  const weights = group.objects("weights").map((weight): KerasWeight => {
    const name = weight.string("name");
    const shape = weight.integers("shape", 1, mostWeights);
    const count = elementCount(shape);
    const stored = weight.has("quantization") ? weight.object("quantization") : weight;
    const type = stored.oneOf("dtype", elementTypes);
    const end = at + count * bytesOf[type];
    if (count > mostWeights || end > bytes.length) {
      throw new UserError(
        `${file}: ${quoted(name)} ends at byte ${end} of its shards, which have ${bytes.length}`,
        "copy model.json and all of its .bin files again",
      );
    }
    const data = floatsOf(bytes.subarray(at, end), type, stored === weight ? undefined : stored);
    at = end;
    return { name, shape, data };
  });
  if (at !== bytes.length) {
    throw new UserError(
      `${file}: its weights take ${at} B, its shards have ${bytes.length}`,
      "copy model.json and all of its .bin files again",
    );
  }
  return weights;
}

/** @param quantization scale and minimum of integers that stand for floats */
function floatsOf(bytes: Buffer, type: ElementTypeName, quantization: Fields | undefined): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read: Readonly<Record<ElementTypeName, (index: number) => number>> = {
    float32: (i) => view.getFloat32(4 * i, true),
    int32: (i) => view.getInt32(4 * i, true),
    uint8: (i) => view.getUint8(i),
    uint16: (i) => view.getUint16(2 * i, true),
    float16: (i) => halfToFloat(view.getUint16(2 * i, true)),
  };
  const values = Float32Array.from({ length: bytes.length / bytesOf[type] }, (_, i) => read[type](i));
  if (quantization === undefined || type === "float16") return values;
  const scale = quantization.number("scale");
  const min = quantization.number("min");
  return values.map((value) => value * scale + min);
}
