import { elementCount } from "../base/tensor.js";
import type { TfliteModel } from "./readTflite.js";
import { callOnceOptions, tensorType } from "./tfliteSchema.js";
import { variableName } from "./variableName.js";

/** What variables hold before the first run, by their names. */
export interface InitialValues {
  readonly values: ReadonlyMap<string, Int8Array>;
}

/**
 * Reads what the subgraph that CALL_ONCE runs assigns: constants.
 *
 * @returns why it is not understood, otherwise
 * @throws UserError when the file is damaged
 */
export function readInitialValues({
  operators,
  subgraphs,
  readSubgraph,
}: TfliteModel): InitialValues | string {
  const calls = operators.filter(({ name }) => name === "CALL_ONCE");
  const firstRead = operators.find(({ name }) => name === "READ_VARIABLE");
  const [call] = calls;
  if (calls.length !== 1)
    return `it has ${calls.length} CALL_ONCE that give variables their first values; one is supported`;
  if (firstRead !== undefined && firstRead.index < call.index) {
    return `operator ${firstRead.index} (READ_VARIABLE) comes before CALL_ONCE gives variables their first values`;
  }
  const number =
    call.optionsType === callOnceOptions.type ? (call.options?.int32(callOnceOptions.subgraph) ?? 0) : 0;
  if (subgraphs !== 2 || number !== 1) {
    return `CALL_ONCE runs subgraph ${number} of ${subgraphs}; the second of two is supported`;
  }
  const called = readSubgraph(number);
  const handles = new Map<number, string>();
  const values = new Map<string, Int8Array>();
  for (const operator of called.operators) {
    const { name, index, inputs, outputs } = operator;
    const variable = variableName(operator);
    if (variable !== undefined && outputs.length === 1) {
      handles.set(outputs[0], variable);
      continue;
    }
    const handle = handles.get(inputs[0] ?? -1);
    const tensor = called.tensors[inputs[1] ?? -1];
    if (name !== "ASSIGN_VARIABLE" || handle === undefined || inputs.length !== 2 || tensor === undefined) {
      return `operator ${index} (${name}) of the subgraph that CALL_ONCE runs; constants for variables are supported`;
    }
    const { data, shape, type, isExternal } = tensor;
    const isWhole = data !== undefined && !isExternal && data.length === elementCount(shape);
    if (type !== tensorType.int8 || !isWhole || values.has(handle)) {
      return `operator ${index} (${name}) of the subgraph that CALL_ONCE runs assigns no int8 constant, or a second one`;
    }
    values.set(handle, new Int8Array(data.buffer, data.byteOffset, data.length).slice());
  }
  return { values };
}
