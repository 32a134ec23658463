import { quoted } from "../base/printable.js";
import { mostPorts } from "../network/ports.js";
import { type ModelStates, statesHint } from "./findStates.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./readTflite.js";
import { tensorType } from "./tfliteSchema.js";

/** Operators and the newest version of each that is read; older ones are read too. */
export type SupportedVersions = Readonly<Record<string, number>>;

/** What a whole model has that cannot be imported, whatever its operators say of themselves. */
export interface Unsupported {
  /** One for each kind of problem, with the places. */
  readonly lines: readonly string[];
  readonly hints: readonly string[];
  /** Numbers of the operators and tensors that the lines speak of, or that come of what they speak of. */
  readonly operators: ReadonlySet<number>;
  readonly tensors: ReadonlySet<number>;
}

const indicesShown = 8;

/** Of an activation. */
const mostAxes = 6;

const convertHint =
  'convert the model with full-integer quantization: converter.optimizations = ["DEFAULT"], a representative_dataset, ' +
  "target_spec.supported_ops = [TFLITE_BUILTINS_INT8], inference_input_type = inference_output_type = tf.int8";

/** What operators are for that stand in many models: what to do instead. */
const operatorHints: Readonly<Record<string, string>> = {
  'CUSTOM "ethos-u"':
    "Vela has compiled the model for an Ethos-U: import the .tflite file that Vela was given",
};

/**
 * Looks at a whole model before any of it is imported: operators, types of tensors, several subgraphs, inputs or outputs,
 * a batch of more than one, state kept between inferences.
 *
 * @param ownVariables numbers of tensors in which one operator keeps its state
 */
export function findUnsupported(
  model: TfliteModel,
  versions: SupportedVersions,
  states: ModelStates,
  ownVariables: ReadonlySet<number> = new Set(),
): Unsupported {
  const operators = model.operators.filter(({ index, name, version }) => {
    if (states.operators.has(index)) return false;
    const newest = Object.hasOwn(versions, name) ? versions[name] : 0;
    return version < 1 || version > newest;
  });
  const tensors = unsupportedTensors(model, operators, states, ownVariables);
  const names = new Set(operators.map(({ name }) => name));
  const ofModel = wrongShapeOfModel(model, states);
  const supported = Object.entries(versions)
    .map(([name, newest]) => (newest === 1 ? name : `${name} to version ${newest}`))
    .join(", ");
  const isOtherwiseQuantized = !names.has('CUSTOM "ethos-u"') && hasOtherNumbers(model, tensors.told);
  const hints = [
    ...(operators.length > 0 ? [`supported are ${supported}`] : []),
    ...Object.entries(operatorHints).flatMap(([name, hint]) => (names.has(name) ? [hint] : [])),
    ...(isOtherwiseQuantized ? [convertHint] : []),
    ...(states.lines.length > 0 ? [statesHint] : []),
  ];
  const others = ofModel.length + tensors.lines.length;
  if (others > 0 && hints.length === 0) {
    hints.push("export the model for one inference at a time, int8, without state");
  }
  return {
    lines: [...unsupportedOperators(operators), ...states.lines, ...ofModel, ...tensors.lines],
    hints,
    operators: new Set(operators.map(({ index }) => index)),
    tensors: tensors.told,
  };
}

/** Whether other tensors than int8's stand for real values: what resources, shapes and indices are, no conversion changes. */
function hasOtherNumbers({ tensors }: TfliteModel, told: ReadonlySet<number>): boolean {
  const found = new Set(Array.from(told, (index) => tensors[index].typeName));
  const isFloat = ["float32", "float16", "float64", "bfloat16"].some((type) => found.has(type));
  const isOtherInteger = found.has("int16") || found.has("uint8");
  const hasInt8 = tensors.some(({ type, data }) => type === tensorType.int8 && data === undefined);
  return isFloat || (isOtherInteger && !hasInt8);
}

/** "operators 3, 7: HARD_SWISH version 1 is not supported" */
export function unsupportedOperators(operators: readonly TfliteOperator[]): string[] {
  const indices = new Map<string, number[]>();
  for (const { index, name, version } of operators) {
    const what = `${name} version ${version} is not supported`;
    const known = indices.get(what);
    if (known) known.push(index);
    else indices.set(what, [index]);
  }
  return [...indices].map(([what, where]) => `${listed("operator", where)}: ${what}`);
}

function wrongShapeOfModel(
  { subgraphs, operators, inputs, outputs }: TfliteModel,
  states: ModelStates,
): string[] {
  const lines: string[] = [];
  if (subgraphs !== states.subgraphs && states.lines.length === 0)
    lines.push(`it has ${subgraphs} subgraphs; one is supported`);
  for (const [what, { length }] of Object.entries({ inputs, outputs }))
    if (length < 1 || length > mostPorts)
      lines.push(`it has ${length} ${what}; 1 to ${mostPorts} are supported`);
  if (operators.length === 0) lines.push("it has no operators");
  return lines;
}

/** Types that hold no real values: resources, shapes, indices. */
const bookkeeping: ReadonlySet<string> = new Set(
  ["int32", "int64", "uint32", "uint64", "bool", "string"].concat("resource", "variant"),
);

/** What is wrong with tensors that operators read or write, or that go in or out. */
function unsupportedTensors(
  model: TfliteModel,
  unsupported: readonly TfliteOperator[],
  states: ModelStates,
  ownVariables: ReadonlySet<number>,
) {
  const borders = new Set([...model.inputs, ...model.outputs]);
  const used = new Set(borders);
  for (const { index: operator, inputs, outputs } of model.operators) {
    if (states.operators.has(operator)) continue;
    for (const index of [...inputs, ...outputs]) if (index >= 0) used.add(index);
  }
  const found = new Map<string, TfliteTensor[]>();
  const told = new Set(states.unclear);
  // what an operator that is named anyway makes beside activations
  for (const { outputs } of unsupported) {
    for (const index of outputs) if (bookkeeping.has(model.tensors[index].typeName)) told.add(index);
  }
  const batch = model.tensors[model.inputs[0]]?.shape[0] ?? 1;
  for (const index of [...used].sort((a, b) => a - b)) {
    if (told.has(index) || ownVariables.has(index)) continue;
    const tensor = model.tensors[index];
    const place = { isBorder: borders.has(index), isOutput: model.outputs.includes(index) };
    for (const problem of problemsOf(tensor, place, batch)) {
      told.add(index);
      const known = found.get(problem);
      if (known) known.push(tensor);
      else found.set(problem, [tensor]);
    }
  }
  const lines = [...found].map(([problem, tensors]) => {
    const [{ name }] = tensors;
    const where = listed(
      "tensor",
      tensors.map(({ index }) => index),
    );
    return `${where} (${quoted(name)}${tensors.length > 1 ? ", …" : ""}): ${problem}`;
  });
  return { lines, told };
}

function* problemsOf(
  tensor: TfliteTensor,
  { isBorder, isOutput }: { isBorder: boolean; isOutput: boolean },
  batch: number,
): Generator<string> {
  const { shape, type, typeName, data } = tensor;
  if (tensor.isVariable) yield "state that is kept between inferences is not supported";
  if (tensor.isSparse) yield "sparse tensors are not supported";
  if (tensor.hasOtherQuantization) yield "only quantization by scale and zero point is supported";
  if (tensor.isExternal) yield "data outside of the file's tables is not supported";
  if (data !== undefined) {
    const isWhole = (["int8", "int16", "int32", "int64"] as const).some((name) => type === tensorType[name]);
    if (!isWhole) yield `a constant of type ${typeName}; int8, int16, int32 and int64 are supported`;
    return;
  }
  const isConverted = isBorder && (type === tensorType.float32 || type === tensorType.uint8);
  const isInteger = type === tensorType.int8 || type === tensorType.int16;
  if (!isInteger && !isConverted && !(isOutput && type === tensorType.int32))
    yield `an activation of type ${typeName}; int8 is supported`;
  if (shape.length > mostAxes) {
    yield `an activation of ${shape.length} axes; up to ${mostAxes} are supported`;
  } else if (shape.length > 1 && shape[0] !== 1 && batch !== 1) {
    // a batch goes through the whole model
    yield `a batch of ${shape[0]}; 1 is supported`;
  }
}

/** "operators 3, 7 and 12 more" */
function listed(noun: string, indices: readonly number[]): string {
  const shown = indices.slice(0, indicesShown);
  const more = indices.length - shown.length;
  return `${noun}${indices.length === 1 ? "" : "s"} ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
