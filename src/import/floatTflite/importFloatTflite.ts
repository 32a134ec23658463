import { UserError } from "../../base/errors.js";
import { isSameShape } from "../../base/tensor.js";
import { unsupportedOperators } from "../findUnsupported.js";
import { foldConstants } from "../foldConstants.js";
import { foldDilations } from "../foldDilations.js";
import type { ImportedFloats } from "../importedFloats.js";
import { importGraph } from "../onnx/importOnnx.js";
import type { OnnxOptions } from "../onnx/inputPlan.js";
import { elementType } from "../onnx/onnxSchema.js";
import type { OnnxModel, OnnxValue } from "../onnx/readOnnx.js";
import { tellProblems } from "../onnx/tellProblems.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "../readTflite.js";
import { tensorType } from "../tfliteSchema.js";
import { FloatContext } from "./floatContext.js";
import { floatOperators } from "./floatOperators.js";
import { GraphWriter } from "./graphWriter.js";
import { WeightReader } from "./weightReader.js";

/** Of numbers that only say how others are taken. */
const bookkeeping: ReadonlySet<string> = new Set(["int32", "int64", "bool"]);

/** Whether the model computes in float32: constants may be kept in fewer bits. */
export function isFloatTflite({ tensors, operators, inputs }: TfliteModel): boolean {
  const computed = operators
    .flatMap(({ inputs: taken, outputs }) => [...taken, ...outputs])
    .concat(inputs)
    .flatMap((index) => tensors[index] ?? [])
    .filter(({ data, typeName }) => data === undefined && !bookkeeping.has(typeName));
  return computed.length > 0 && computed.every(({ type }) => type === tensorType.float32);
}

/** The operator set whose operators are written. */
const opset = 18;

/**
 * Makes a float network of a float32 .tflite model: its operators are those of ONNX in other words, and channels come last
 * in both the file and the network.
 *
 * @param name of the network
 * @throws UserError with all that stands in the way, where anything does
 */
export function importFloatTflite(
  read: TfliteModel,
  name: string,
  options: OnnxOptions = {},
): ImportedFloats {
  const model = foldDilations(withoutConversions(foldConstants(read)));
  const weights = new WeightReader();
  const graph = writeGraph(model, weights);
  const { notes, ...imported } = importGraph(graph, name, options);
  return { ...imported, notes: [...notes, ...weights.notes] };
}

/** Constants that are kept in fewer bits, with a DEQUANTIZE each, in the place of what these give. */
function withoutConversions(model: TfliteModel): TfliteModel {
  const tensors = [...model.tensors];
  const operators = model.operators.filter(({ name, inputs: [input], outputs: [output] }) => {
    const kept = tensors[input];
    const isConstant = name === "DEQUANTIZE" && kept?.data !== undefined && output !== undefined;
    if (!isConstant || !isSameShape(tensors[output].shape, kept.shape)) return true;
    tensors[output] = { ...kept, index: output };
    return false;
  });
  return { ...model, tensors, operators };
}

function writeGraph(model: TfliteModel, weights: WeightReader): OnnxModel {
  const { file, tensors, operators, description, inputs, outputs } = model;
  const graph = new GraphWriter();
  const names = new Map(inputs.map((index, k) => [index, inputName(inputs, k)]));
  const complaints = [...states(model), ...writeOperators(model, graph, weights, names)];
  const unknown = operators.filter(({ name }) => !Object.hasOwn(floatOperators, name));
  const supported = `of float models are imported ${floatOperatorNames.join(", ")}`;
  complaints.unshift(...unsupportedOperators(unknown).map((line) => new UserError(line, supported)));
  if (complaints.length > 0) tellProblems(file, complaints);
  return {
    ...{ file, producer: description, opsets: new Map([["", opset]]), functions: [] },
    ...{ nodes: graph.nodes, initializers: graph.constants },
    inputs: inputs.map((index) => border(tensors[index], names.get(index)!)),
    outputs: outputs.map((index) => border(tensors[index], names.get(index) ?? "")),
  };
}

/**
 * @param names of values by the numbers of their tensors, to which those that operators fill are added
 * @returns what stands in the way; of what comes of that nothing is said
 */
function writeOperators(
  { tensors, operators }: TfliteModel,
  graph: GraphWriter,
  weights: WeightReader,
  names: Map<number, string>,
): UserError[] {
  const complaints: UserError[] = [];
  const unclear = new Set<number>();
  const nameOf = (tensor: TfliteTensor): string => {
    const name = names.get(tensor.index) ?? weights.read(graph, tensor);
    names.set(tensor.index, name);
    return name;
  };
  for (const operator of operators) {
    const { name, inputs, outputs } = operator;
    try {
      if (inputs.some((index) => unclear.has(index)) || !Object.hasOwn(floatOperators, name)) {
        for (const index of outputs) unclear.add(index);
        continue;
      }
      if (outputs.length === 0) throw new UserError("has no outputs");
      const layerName = name.toLowerCase().replace("_2d", "2d");
      const made = [
        floatOperators[name](new FloatContext(graph, operator, layerName, tensors, nameOf)),
      ].flat();
      if (made.length !== outputs.length) {
        throw new UserError(`has ${outputs.length} outputs, expected ${made.length}`);
      }
      for (const [k, value] of made.entries()) {
        names.set(outputs[k], value);
        graph.declare(value, tensors[outputs[k]].shape);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      complaints.push(told(operator, error));
      for (const index of outputs) unclear.add(index);
    }
  }
  return complaints;
}

function told({ index, name }: TfliteOperator, { message, hint }: UserError): UserError {
  return new UserError(`operator ${index} (${name}): ${message}`, hint);
}

const inputName = ({ length }: readonly number[], position: number): string =>
  length === 1 ? "input" : `input ${position + 1}`;

function border({ shape }: TfliteTensor, name: string): OnnxValue {
  return { name, type: elementType.float, otherKind: undefined, shape };
}

function states({ tensors, operators }: TfliteModel): UserError[] {
  const kept = operators.find(({ inputs }) => inputs.some((index) => tensors[index]?.isVariable));
  if (kept === undefined) return [];
  return [told(kept, new UserError("keeps state between inferences, which no float layer does"))];
}

/** For documentation. */
export const floatOperatorNames: readonly string[] = Object.keys(floatOperators).sort();
