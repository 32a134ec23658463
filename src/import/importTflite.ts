import { UserError } from "../base/errors.js";
import { elementCount, formatShape } from "../base/tensor.js";
import type {
  Quantization,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../network/quantizedNetwork.js";
import { findBorders } from "./borders.js";
import { expectSupported } from "./expectSupported.js";
import { type Activation, OperatorContext } from "./operatorContext.js";
import { operatorImporters } from "./operators.js";
import { readTflite, type TfliteModel, type TfliteTensor } from "./readTflite.js";
import { isScale } from "./weights.js";

/** Where a layer comes from. */
export interface LayerOrigin {
  /** The layer's name. */
  readonly layer: string;
  /** The operator's index in the file. */
  readonly operator: number;
  /** "CONV_2D" */
  readonly type: string;
  readonly version: number;
  /** The name that the output tensor has in the file: free text. */
  readonly tensor: string;
}

/** A .tflite file as an integer network, and what else the file tells. */
export interface ImportedNetwork {
  readonly network: QuantizedNetwork;
  /** What the converter wrote about the file: free text. */
  readonly description: string;
  readonly origins: readonly LayerOrigin[];
  /** What was left out or is different from the file: sentences for the user. */
  readonly notes: readonly string[];
}

/** Elements of an activation: more than any microcontroller's RAM. */
const largestActivation = 2 ** 24;
/** Bytes of all weights: more than any microcontroller's flash. A file may use the same bytes for many layers. */
const mostParameterBytes = 2 ** 26;

const supportedVersions = Object.fromEntries(
  Object.entries(operatorImporters).map(([name, { newestVersion }]) => [name, newestVersion]),
);

/**
 * Makes an integer network of an int8 .tflite model, with the arithmetic of TensorFlow Lite Micro's int8 reference
 * kernels. The batch axis, which must be 1, is dropped. Layers are named after operator and index.
 *
 * The bytes may come from anywhere: whatever they are, the answer is a network that holds together, or a UserError,
 * after work and memory in proportion to the file.
 *
 * @param file its name, for messages
 * @param name of the network
 * @throws UserError when the file is damaged, contradicts itself, or needs what is not supported
 * Source: TFLite int8 quantization specification.
 */
export function importTflite(bytes: Uint8Array, file: string, name: string): ImportedNetwork {
  const model = readTflite(bytes, file);
  expectSupported(model, supportedVersions);
  const borders = findBorders(model);

  const tensors: QuantizedTensor[] = [];
  const layers: QuantizedLayer[] = [];
  const origins: LayerOrigin[] = [];
  /** Number in the file → activation and its number in the network. */
  const filled = new Map<number, { activation: Activation; tensor: number }>();
  const fill = (activation: Activation, tensorName: string): number => {
    const { shape, quantization } = activation;
    filled.set(activation.index, { activation, tensor: tensors.length });
    return tensors.push({ name: tensorName, shape, elementType: "int8", quantization }) - 1;
  };
  fill(readActivation(model, borders.input), "input");

  let parameterBytes = mostParameterBytes;
  for (const operator of model.operators) {
    if (borders.operators.has(operator.index)) continue;
    const { layerName, read } = operatorImporters[operator.name];
    if (operator.outputs.length !== 1) {
      throw new UserError(
        `${file}: operator ${operator.index} (${operator.name}) has ${operator.outputs.length} outputs, expected 1`,
      );
    }
    const output = readActivation(model, operator.outputs[0]);
    const context = new OperatorContext(
      file,
      operator,
      model.tensors,
      (tensor) => filled.get(tensor)?.activation,
      output,
      parameterBytes,
    );
    if (filled.has(output.index)) {
      context.fail(`writes tensor ${output.index}, which is filled before`, "each tensor is filled once");
    }
    const { settings, inputs } = read(context);
    parameterBytes = context.parameterBytesLeft;
    const layer = `${layerName}_${operator.index}`;
    const place = { name: layer, inputs: inputs.map(({ index }) => filled.get(index)!.tensor) };
    layers.push({ ...settings, ...place, output: fill(output, layer) });
    const { index, name: type, version } = operator;
    origins.push({ layer, operator: index, type, version, tensor: model.tensors[output.index].name });
  }
  const output = filled.get(borders.output);
  if (output === undefined || layers.length === 0) {
    throw new UserError(
      `${file}: no operator fills the model's output, tensor ${borders.output}`,
      "the model contradicts itself: convert it again",
    );
  }
  return {
    network: {
      name,
      tensors,
      inputs: [{ tensor: 0, name: "input", border: borders.inputBorder }],
      outputs: [{ tensor: output.tensor, name: "output", border: borders.outputBorder }],
      states: [],
      layers,
    },
    description: model.description,
    origins,
    notes: borders.notes,
  };
}

/** An int8 activation without its batch axis. */
function readActivation({ file, tensors }: TfliteModel, index: number): Activation {
  const tensor = tensors[index];
  const shape = tensor.shape.slice(1);
  const elements = elementCount(shape);
  if (shape.length === 0 || shape.some((size) => size < 1) || elements > largestActivation) {
    throw new UserError(
      `${file}: tensor ${index} has shape ${formatShape(tensor.shape)}; sizes of 1 and more are expected, ` +
        `${largestActivation} values at most`,
      "give the model a fixed input shape when converting it, and one that fits a microcontroller",
    );
  }
  return { index, shape, quantization: readQuantization(file, tensor) };
}

function readQuantization(file: string, { index, scales, zeroPoints }: TfliteTensor): Quantization {
  const [scale] = scales;
  const [zeroPoint] = zeroPoints;
  const isRight =
    scales.length === 1 && zeroPoints.length === 1 && isScale(scale) && zeroPoint >= -128 && zeroPoint <= 127;
  if (!isRight) {
    const found = `${scales.length} scales (${scale}) and ${zeroPoints.length} zero points (${zeroPoint})`;
    throw new UserError(
      `${file}: tensor ${index} has ${found}; one scale above 0 and one zero point -128..127 are expected`,
      "convert the model with full-integer quantization",
    );
  }
  return { scale, zeroPoint };
}
