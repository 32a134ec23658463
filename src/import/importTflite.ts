import { UserError } from "../base/errors.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { type Borders, findBorders } from "./borders.js";
import { expectPlannable } from "./expectPlannable.js";
import { findStates } from "./findStates.js";
import { findUnsupported, type Unsupported } from "./findUnsupported.js";
import { foldConstants } from "./foldConstants.js";
import { foldDilations } from "./foldDilations.js";
import { type LayerOrigin, LayerReader } from "./layerReader.js";
import { operatorImporters } from "./operators.js";
import { readTflite, type TfliteModel } from "./readTflite.js";

/** A .tflite file as an integer network, and what else the file tells. */
export interface ImportedNetwork {
  readonly network: QuantizedNetwork;
  /** What the converter wrote about the file: free text. */
  readonly description: string;
  readonly origins: readonly LayerOrigin[];
  /** What was left out or is different from the file: sentences for the user. */
  readonly notes: readonly string[];
}

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
  const model = foldDilations(foldConstants(readTflite(bytes, file)));
  const states = findStates(model);
  const unsupported = findUnsupported(model, supportedVersions, states, ownVariables(model));
  const borders = bordersIfAny(model, unsupported);
  const reader = new LayerReader(model, unsupported, borders, states);
  for (const operator of model.operators) reader.take(operator);
  tellProblems(file, unsupported, reader.complaints);
  const network: QuantizedNetwork = { name, ...reader.network() };
  expectPlannable(network, file);
  return {
    network,
    description: model.description,
    origins: reader.origins,
    notes: borders?.notes ?? [],
  };
}

/** Numbers of the tensors in which one operator alone keeps its state. */
function ownVariables({ operators, tensors, inputs, outputs }: TfliteModel): Set<number> {
  const taken = operators
    .flatMap((operator) => [...operator.inputs, ...operator.outputs])
    .concat(inputs, outputs);
  const named = operators.flatMap((operator) =>
    Object.hasOwn(operatorImporters, operator.name)
      ? (operatorImporters[operator.name].variables ?? []).map((position) => operator.inputs[position])
      : [],
  );
  const isOwn = (index: number) =>
    tensors[index]?.isVariable === true && taken.filter((other) => other === index).length === 1;
  return new Set(named.filter(isOwn));
}

/** @throws UserError when there are none in a model that is supported otherwise */
function bordersIfAny(model: TfliteModel, { lines }: Unsupported): Borders | undefined {
  try {
    return model.inputs.length > 0 && model.outputs.length > 0 ? findBorders(model) : undefined;
  } catch (error) {
    if (error instanceof UserError && lines.length > 0) return undefined;
    throw error;
  }
}

/** Lines of a message; a hostile file could have thousands. */
const linesShown = 12;

/** @throws UserError with all that stands in the way, if anything does */
function tellProblems(file: string, { lines, hints }: Unsupported, complaints: readonly UserError[]): void {
  if (lines.length === 0 && complaints.length <= 1) {
    for (const complaint of complaints) throw complaint;
    return;
  }
  const prefix = `${file}: `;
  const all = [
    ...lines,
    ...complaints.map(({ message }) => (message.startsWith(prefix) ? message.slice(prefix.length) : message)),
  ];
  const shown = all.slice(0, linesShown);
  if (all.length > shown.length) shown.push(`and ${all.length - shown.length} more`);
  const helpful = new Set([...hints, ...complaints.flatMap(({ hint }) => hint ?? [])]);
  throw new UserError(`${file} cannot be imported:\n  ${shown.join("\n  ")}`, [...helpful].join("; "));
}
