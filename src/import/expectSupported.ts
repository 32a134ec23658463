import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./readTflite.js";
import { tensorType } from "./tfliteSchema.js";

/** Operators and the newest version of each that is read; older ones are read too. */
export type SupportedVersions = Readonly<Record<string, number>>;

/** Lines of a message; a hostile file could have thousands. */
const linesShown = 12;
const indicesShown = 8;

const convertHint =
  'convert the model with full-integer quantization: converter.optimizations = ["DEFAULT"], a representative_dataset, ' +
  "target_spec.supported_ops = [TFLITE_BUILTINS_INT8], inference_input_type = inference_output_type = tf.int8";

/**
 * Looks at a whole model before any of it is imported, and says all at once what stands in the way: operators, types of
 * tensors, several subgraphs, inputs or outputs, a batch of more than one, state kept between inferences.
 *
 * @throws UserError
 */
export function expectSupported(model: TfliteModel, versions: SupportedVersions): void {
  const operators = unsupportedOperators(model.operators, versions);
  const others = [...wrongShapeOfModel(model), ...unsupportedTensors(model)];
  const lines = [...operators, ...others];
  if (lines.length === 0) return;
  const shown = lines.slice(0, linesShown);
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`);
  const supported = Object.entries(versions)
    .map(([name, newest]) => (newest === 1 ? name : `${name} to version ${newest}`))
    .join(", ");
  const isOtherType = others.some((line) => line.includes(" of type "));
  const hints = [
    ...(operators.length > 0 ? [`supported are ${supported}`] : []),
    ...(isOtherType ? [convertHint] : []),
    ...(operators.length === 0 && !isOtherType
      ? ["export the model for one inference at a time, int8, without state"]
      : []),
  ];
  throw new UserError(`${model.file} cannot be imported:\n  ${shown.join("\n  ")}`, hints.join("; "));
}

/** "operators 3, 7: HARD_SWISH version 1 is not supported" */
function unsupportedOperators(operators: readonly TfliteOperator[], versions: SupportedVersions): string[] {
  const indices = new Map<string, number[]>();
  for (const { index, name, version } of operators) {
    const newest = Object.hasOwn(versions, name) ? versions[name] : 0;
    if (version >= 1 && version <= newest) continue;
    const what = `${name} version ${version} is not supported`;
    const known = indices.get(what);
    if (known) known.push(index);
    else indices.set(what, [index]);
  }
  return [...indices].map(([what, where]) => `${listed("operator", where)}: ${what}`);
}

function wrongShapeOfModel({ subgraphs, operators, inputs, outputs }: TfliteModel): string[] {
  const lines: string[] = [];
  if (subgraphs !== 1) lines.push(`it has ${subgraphs} subgraphs; one is supported`);
  if (inputs.length !== 1) lines.push(`it has ${inputs.length} inputs; one is supported`);
  if (outputs.length !== 1) lines.push(`it has ${outputs.length} outputs; one is supported`);
  if (operators.length === 0) lines.push("it has no operators");
  return lines;
}

/** What is wrong with tensors that operators read or write, or that go in or out. */
function unsupportedTensors(model: TfliteModel): string[] {
  const used = new Set([...model.inputs, ...model.outputs]);
  for (const { inputs, outputs } of model.operators) {
    for (const index of [...inputs, ...outputs]) if (index >= 0) used.add(index);
  }
  const borders = new Set([...model.inputs, ...model.outputs]);
  const found = new Map<string, TfliteTensor[]>();
  for (const index of [...used].sort((a, b) => a - b)) {
    const tensor = model.tensors[index];
    for (const problem of problemsOf(tensor, borders.has(index))) {
      const known = found.get(problem);
      if (known) known.push(tensor);
      else found.set(problem, [tensor]);
    }
  }
  return [...found].map(([problem, tensors]) => {
    const [{ name }] = tensors;
    const where = listed(
      "tensor",
      tensors.map(({ index }) => index),
    );
    return `${where} (${quoted(name)}${tensors.length > 1 ? ", …" : ""}): ${problem}`;
  });
}

function* problemsOf(tensor: TfliteTensor, isBorder: boolean): Generator<string> {
  const { shape, type, typeName, data } = tensor;
  if (tensor.isVariable) yield "state that is kept between inferences is not supported";
  if (tensor.isSparse) yield "sparse tensors are not supported";
  if (tensor.hasOtherQuantization) yield "only quantization by scale and zero point is supported";
  if (tensor.isExternal) yield "data outside of the file's tables is not supported";
  if (data !== undefined) {
    const isWhole = type === tensorType.int8 || type === tensorType.int32 || type === tensorType.int64;
    if (!isWhole) yield `a constant of type ${typeName}; int8, int32 and int64 are supported`;
    return;
  }
  const isConverted = isBorder && (type === tensorType.float32 || type === tensorType.uint8);
  if (type !== tensorType.int8 && !isConverted) yield `an activation of type ${typeName}; int8 is supported`;
  if (shape.length < 2 || shape.length > 4) {
    yield `an activation of ${shape.length} axes; 2 to 4 are supported, the first for the batch`;
  } else if (shape[0] !== 1) {
    yield `a batch of ${shape[0]}; 1 is supported`;
  }
}

/** "operators 3, 7 and 12 more" */
function listed(noun: string, indices: readonly number[]): string {
  const shown = indices.slice(0, indicesShown);
  const more = indices.length - shown.length;
  return `${noun}${indices.length === 1 ? "" : "s"} ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
