import { quoted } from "../base/printable.js";
import { elementCount, formatShape, isSameShape } from "../base/tensor.js";
import { readInitialValues } from "./initialValues.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./readTflite.js";
import { sliceRange } from "./sliceRange.js";
import { concatenationOptions, tensorType } from "./tfliteSchema.js";
import { variableName } from "./variableName.js";

/** A variable that holds the newest rows of a signal, as an operator makes them. */
export interface WindowOrigin {
  /** Numbers of tensors: the rows of this run, and all rows, old and new. */
  readonly rows: number;
  readonly window: number;
  /** What the window holds before the first run: one value for all, or one for each. */
  readonly reset: number | Int8Array;
}

/** What a model keeps from one run to the next, and what of it is only for keeping it. */
export interface ModelStates {
  /** By the number of the CONCATENATION that joins old rows and new ones. */
  readonly windows: ReadonlyMap<number, WindowOrigin>;
  /** Operators that are no layers: they read, cut and store variables. */
  readonly operators: ReadonlySet<number>;
  /** Tensors of which nothing is known, since their variable is not supported. */
  readonly unclear: ReadonlySet<number>;
  /** What is not supported, one line for each variable. */
  readonly lines: readonly string[];
  /** Of the file, that are understood. */
  readonly subgraphs: number;
}

/** For messages: what is supported of variables. */
export const statesHint =
  "a variable is supported that holds the newest rows of a signal, as microWakeWord's streaming layers do: " +
  "READ_VARIABLE, CONCATENATION with the new rows, STRIDED_SLICE of the last rows, ASSIGN_VARIABLE, with CALL_ONCE for its first values";

const variableOperators = ["VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"];

interface Variable {
  readonly name: string;
  readonly handles: number[];
  readonly reads: TfliteOperator[];
  readonly assigns: TfliteOperator[];
}

/** Why a variable is not supported. */
class Reason {
  constructor(readonly text: string) {}
}

/** Finds the variables of a model, and how each goes from one run to the next. */
export function findStates(model: TfliteModel): ModelStates {
  const own = model.operators.filter(({ name }) => variableOperators.includes(name));
  const operators = new Set(own.map(({ index }) => index));
  const windows = new Map<number, WindowOrigin>();
  const unclear = new Set<number>();
  const lines: string[] = [];
  if (own.length === 0) return { windows, operators, unclear, lines, subgraphs: 1 };
  const initial = readInitialValues(model);
  if (typeof initial === "string") lines.push(initial);
  for (const variable of findVariables(model, lines)) {
    const values = typeof initial === "string" ? undefined : initial.values.get(variable.name);
    const found = findWindow(model, variable, values);
    if (found instanceof Reason) {
      // a model whose first values are not known is told of once
      if (typeof initial !== "string") lines.push(tellVariable(variable, found.text));
      for (const { outputs } of variable.reads) for (const output of outputs) unclear.add(output);
    } else {
      windows.set(found.join, found.origin);
      operators.add(found.slice);
    }
  }
  return { windows, operators, unclear, lines, subgraphs: typeof initial === "string" ? 1 : 2 };
}

function tellVariable({ name, reads, assigns }: Variable, reason: string): string {
  const [, own] = JSON.parse(name) as [string, string];
  const where = [...reads, ...assigns].map(({ index }) => index).slice(0, 8);
  return `operators ${where.join(", ")}: the variable ${quoted(own)} ${reason}`;
}

function findVariables({ operators }: TfliteModel, lines: string[]): Variable[] {
  const variables = new Map<string, Variable>();
  const byHandle = new Map<number, Variable>();
  for (const operator of operators) {
    const { name, index, inputs, outputs } = operator;
    if (name === "VAR_HANDLE") {
      const found = variableName(operator);
      if (found === undefined || outputs.length !== 1) {
        lines.push(`operator ${index} (VAR_HANDLE) names no variable`);
        continue;
      }
      const variable = variables.get(found) ?? { name: found, handles: [], reads: [], assigns: [] };
      variables.set(found, variable);
      byHandle.set(outputs[0], variable);
      variable.handles.push(outputs[0]);
    } else if (name === "READ_VARIABLE" || name === "ASSIGN_VARIABLE") {
      const variable = byHandle.get(inputs[0] ?? -1);
      const isRead = name === "READ_VARIABLE";
      const isWhole = isRead ? inputs.length === 1 && outputs.length === 1 : inputs.length === 2;
      if (variable === undefined || !isWhole)
        lines.push(`operator ${index} (${name}) has no VAR_HANDLE before it`);
      else (isRead ? variable.reads : variable.assigns).push(operator);
    }
  }
  return [...variables.values()];
}

interface FoundWindow {
  /** The number of the operator that joins old rows and new ones, and of that which cuts them. */
  readonly join: number;
  readonly slice: number;
  readonly origin: WindowOrigin;
}

/**
 * The rows are joined, then cut for the next run; or they are cut in the next run, then joined. Either way the window is
 * what the join makes, and in the next run its last rows are there again before the new ones.
 */
function findWindow(
  model: TfliteModel,
  { reads, assigns }: Variable,
  initial: Int8Array | undefined,
): FoundWindow | Reason {
  const [read, assign] = [reads[0], assigns[0]];
  if (reads.length !== 1 || assigns.length !== 1) {
    return new Reason(
      `is read ${reads.length} times and assigned ${assigns.length} times; once each is supported`,
    );
  }
  const old = read.outputs[0];
  const maker = model.operators.find(({ outputs }) => outputs.includes(assign.inputs[1]));
  const reader = onlyReader(model, old);
  if (reader === undefined || maker === undefined) return new Reason("is no window of the newest rows");
  const [join, slice] = reader.name === "CONCATENATION" ? [reader, maker] : [maker, reader];
  const isCutBefore = slice === reader;
  if (join.name !== "CONCATENATION" || slice.name !== "STRIDED_SLICE") {
    return new Reason(`goes through ${reader.name} and ${maker.name}; no such window is supported`);
  }
  const order = isCutBefore ? [read, slice, join, assign] : [read, join, slice, assign];
  if (order.some(({ index }, i) => i > 0 && index <= order[i - 1].index)) {
    return new Reason("is not read, joined with new rows and assigned in this order");
  }
  const [before, rows] = join.inputs;
  const window = join.outputs[0];
  const cut = slice.outputs[0];
  const isChain = isCutBefore
    ? before === cut && onlyReader(model, cut) === join && assign.inputs[1] === window
    : before === old &&
      slice.inputs[0] === window &&
      assign.inputs[1] === cut &&
      onlyReader(model, cut) === assign;
  if (join.inputs.length !== 2 || join.outputs.length !== 1 || !isChain || rows === before) {
    return new Reason("is not joined with new rows behind it, and cut, alone");
  }
  const tensors = [old, rows, window, cut].map((index) => model.tensors[index]);
  if (tensors.some((tensor) => tensor?.type !== tensorType.int8))
    return new Reason("does not hold int8 rows");
  const problem = checkRows(model, { join, slice, isCutBefore }, tensors);
  if (problem !== undefined) return new Reason(problem);
  const reset = resetOf(initial, tensors[0], tensors[2]);
  if (reset === undefined)
    return new Reason("has no first values of its shape, int8, which CALL_ONCE assigns");
  return { join: join.index, slice: slice.index, origin: { rows, window, reset } };
}

/** Undefined where several do, or the model gives it out. */
function onlyReader({ operators, outputs }: TfliteModel, tensor: number): TfliteOperator | undefined {
  const readers = operators.filter(({ inputs }) => inputs.includes(tensor));
  return readers.length === 1 && !outputs.includes(tensor) ? readers[0] : undefined;
}

/** Whether the last rows of the window are those in front of the next run's new rows. */
function checkRows(
  model: TfliteModel,
  { join, slice, isCutBefore }: { join: TfliteOperator; slice: TfliteOperator; isCutBefore: boolean },
  [old, rows, window, cut]: readonly TfliteTensor[],
): string | undefined {
  const { length } = window.shape;
  const axis = join.options?.int32(concatenationOptions.axis) ?? 0;
  const isFirst = (axis < 0 ? axis + length : axis) === 1 && length >= 2;
  const rest = (tensor: TfliteTensor) => [...tensor.shape.slice(0, 1), ...tensor.shape.slice(2)];
  const isEqual = [old, rows, cut].every((tensor) => isSameShape(rest(tensor), rest(window)));
  if (!isFirst || !isEqual || window.shape[0] !== 1) {
    return `joins ${formatShape(old.shape)} and ${formatShape(rows.shape)} along axis ${axis}; rows along axis 1 are supported`;
  }
  const [all, added] = [window.shape[1], rows.shape[1]];
  const from = sliceRange(model, slice);
  const source = (isCutBefore ? old : window).shape;
  const isTail =
    added >= 1 &&
    all >= added &&
    from !== undefined &&
    isSameShape(source, window.shape) &&
    from.every(([start, end], i) => start === (i === 1 ? added : 0) && end === source[i]) &&
    isSameShape(cut.shape, source.with(1, all - added)) &&
    isSameShape(old.shape, isCutBefore ? window.shape : cut.shape);
  return isTail ? undefined : `is not cut to the rows behind the oldest ${added} of ${all}`;
}

/** What the rows that stay hold before the first run; those in front of them move out before anything reads them. */
function resetOf(
  initial: Int8Array | undefined,
  old: TfliteTensor,
  window: TfliteTensor,
): number | Int8Array | undefined {
  if (initial === undefined || initial.length === 0 || initial.length !== elementCount(old.shape))
    return undefined;
  const [first] = initial;
  if (initial.every((value) => value === first)) return first;
  const reset = new Int8Array(elementCount(window.shape)).fill(first);
  reset.set(initial, reset.length - initial.length);
  return reset;
}
