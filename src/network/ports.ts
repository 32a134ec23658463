import { UserError } from "../base/errors.js";
import { oneLine, printable } from "../base/printable.js";
import { elementCount, type Shape } from "../base/tensor.js";
import { elementBytes } from "./elementTypes.js";
import type { ElementType, QuantizedLayer, QuantizedNetwork } from "./quantizedNetwork.js";

/** The input of what has one. @throws UserError where there are several */
export function onlyInput<T>({ inputs }: { readonly inputs: readonly T[] }): T {
  return only("input", inputs);
}

/** The output of what has one. @throws UserError where there are several */
export function onlyOutput<T>({ outputs }: { readonly outputs: readonly T[] }): T {
  return only("output", outputs);
}

/** Inputs or outputs of a network, of a program or of what a device tells. */
type Tensors = readonly { readonly shape: Shape; readonly elementType: ElementType }[];

/** Values of all inputs, or of all outputs: a sample has them behind each other, in their order. */
export function portElements(ports: Tensors): number {
  return ports.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** Bytes of the same. */
export function portBytes(ports: Tensors): number {
  const bytes = ({ shape, elementType }: Tensors[number]) => elementCount(shape) * elementBytes[elementType];
  return ports.reduce((sum, port) => sum + bytes(port), 0);
}

/** A sample's values port by port: views. */
export function splitPorts<Data extends { subarray(start: number, end: number): Data }>(
  sample: Data,
  ports: Tensors,
): Data[] {
  let end = 0;
  return ports.map(({ shape }) => {
    const start = end;
    end += elementCount(shape);
    return sample.subarray(start, end);
  });
}

/**
 * What is made for networks with one input and one output asks here, so that nothing is left out without a word.
 *
 * @param what is only for these: "a pin map", "`pinfer monitor`"
 * @throws UserError where there are more
 */
export function expectOnePort(
  { name, inputs, outputs }: { readonly name: string } & Record<"inputs" | "outputs", readonly unknown[]>,
  what: string,
  hint: string,
): void {
  if (inputs.length === 1 && outputs.length === 1) return;
  const count = ({ length }: readonly unknown[], noun: string) =>
    `${length} ${noun}${length === 1 ? "" : "s"}`;
  throw new UserError(
    oneLine`network "${name}" has ${count(inputs, "input")} and ${count(outputs, "output")}; ${what} is for networks with one of each`,
    hint,
  );
}

/**
 * What reads an output as int8 asks here.
 *
 * @throws UserError where an output is wider
 */
export function expectInt8Outputs(
  { name, outputs }: { readonly name: string; readonly outputs: Tensors },
  what: string,
  hint: string,
): void {
  const wide = outputs.find(({ elementType }) => elementType !== "int8");
  if (wide === undefined) return;
  throw new UserError(
    oneLine`network "${name}" has outputs of ${wide.elementType}; ${what} is for networks with int8 outputs`,
    hint,
  );
}

/** What goes the whole way today. */
export const onePortHint =
  "several inputs and outputs go with `pinfer import`, `summary`, `predict`, `compare`, `infer`, `export-firmware` and `build`";

export function isState({ states }: Pick<QuantizedNetwork, "states">, tensor: number): boolean {
  return states.some((state) => state.tensor === tensor);
}

export function isOutput({ outputs }: QuantizedNetwork, tensor: number): boolean {
  return outputs.some((port) => port.tensor === tensor);
}

function only<T>(what: string, all: readonly T[]): T {
  if (all.length === 1) return all[0]!;
  throw new UserError(
    `the network has ${all.length} ${what}s; this part of pinfer is for networks with one`,
    onePortHint,
  );
}

/** The count of inputs is a byte on the wire, and so is that of outputs. */
export const mostPorts = 255;

/**
 * The type says more than runs today. Whoever makes a network or plans one asks here, so that nothing is run in part.
 *
 * @throws UserError unless each input is a tensor of its own, and all are of one element type and told apart by names
 */
export function expectRunnable({
  name,
  tensors,
  inputs,
  outputs,
}: Pick<QuantizedNetwork, "name" | "inputs" | "outputs" | "tensors">): void {
  const fail = (what: string, runs: string): never => {
    throw new UserError(`network "${printable(name)}" has ${what}; this pinfer runs networks with ${runs}`);
  };
  for (const [what, ports] of Object.entries({ inputs, outputs })) {
    const { length } = ports;
    if (length < 1 || length > mostPorts) fail(`${length} ${what}`, `1 to ${mostPorts}`);
    if (new Set(ports.map((port) => port.name)).size !== length)
      fail(`${what} of equal names`, `a name for each`);
  }
  if (new Set(inputs.map(({ tensor }) => tensor)).size !== inputs.length)
    fail("two inputs that are one tensor", "a tensor for each");
  for (const [what, ports] of Object.entries({ inputs, outputs })) {
    const types = new Set(ports.map(({ tensor }) => tensors[tensor]?.elementType));
    if (types.size > 1) fail(`${what} of ${[...types].join(" and ")}`, `${what} of one element type`);
  }
  if (inputs.some(({ tensor }) => tensors[tensor]?.elementType === "int32"))
    fail("inputs of int32", "inputs of int8 or int16");
}

/** Kinds of layers that write a state, which is their second input and their output. */
export const stateKinds: ReadonlySet<QuantizedLayer["kind"]> = new Set([
  "audioStream",
  "detection",
  "lstm",
  "streamWindow",
  "svdfFeatures",
]);

/** "audioStream, detection, lstm, streamWindow or svdfFeatures" */
export const stateKindsText: string = [...stateKinds].join(", ").replace(/, (?=\w+$)/, " or ");

/**
 * A state is written by one layer, and nothing reads it before that in a run: so it is there for passes and plans as any
 * other tensor is.
 *
 * @throws UserError where it is otherwise
 */
export function expectStates({ name, layers, states }: QuantizedNetwork): void {
  const fail = (what: string): never => {
    throw new UserError(
      `network "${printable(name)}": ${what}`,
      `a layer of kind ${stateKindsText} writes each state, once`,
    );
  };
  for (const { tensor } of states) {
    const writer = layers.findIndex(({ output }) => output === tensor);
    const reader = layers.findIndex(({ inputs }) => inputs.includes(tensor));
    const count = states.filter((state) => state.tensor === tensor).length;
    if (count > 1 || writer < 0 || reader !== writer)
      fail(`state ${tensor} is not written before it is read`);
  }
  for (const { kind, name: layer, inputs, output } of layers) {
    const isWindow = stateKinds.has(kind);
    const isWhole = !isWindow || (inputs[0] !== output && inputs[1] === output);
    if (isWindow === isState({ states }, output) && isWhole) continue;
    fail(`layer "${printable(layer)}" of kind ${kind} ${isWindow ? "writes no state" : "writes a state"}`);
  }
}
