import { UserError } from "../base/errors.js";
import { printable } from "../base/printable.js";
import type { QuantizedNetwork } from "./quantizedNetwork.js";

/** The input of what has one: every network that runs today (`expectRunnable`). */
export function onlyInput<T>({ inputs }: { readonly inputs: readonly T[] }): T {
  return only("input", inputs);
}

/** The output of what has one: every network that runs today (`expectRunnable`). */
export function onlyOutput<T>({ outputs }: { readonly outputs: readonly T[] }): T {
  return only("output", outputs);
}

export function isState({ states }: Pick<QuantizedNetwork, "states">, tensor: number): boolean {
  return states.some((state) => state.tensor === tensor);
}

export function isOutput({ outputs }: QuantizedNetwork, tensor: number): boolean {
  return outputs.some((port) => port.tensor === tensor);
}

function only<T>(what: string, all: readonly T[]): T {
  if (all.length !== 1) throw new Error(`one ${what} is expected here, found ${all.length}`);
  return all[0]!;
}

/**
 * The type says more than runs today. Whoever makes a network or plans one asks here, so that nothing is run in part.
 *
 * @throws UserError unless the network has one input and one output
 */
export function expectRunnable(network: Pick<QuantizedNetwork, "name" | "inputs" | "outputs">): void {
  const { name, inputs, outputs } = network;
  const fail = (what: string, runs: string): never => {
    throw new UserError(`network "${printable(name)}" has ${what}; this pinfer runs networks with ${runs}`);
  };
  if (inputs.length !== 1) fail(`${inputs.length} inputs`, "one");
  if (outputs.length !== 1) fail(`${outputs.length} outputs`, "one");
}

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
      "a streamWindow layer writes each state, once",
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
    const isWindow = kind === "streamWindow";
    const isWhole = !isWindow || (inputs[0] !== output && inputs[1] === output);
    if (isWindow === isState({ states }, output) && isWhole) continue;
    fail(`layer "${printable(layer)}" of kind ${kind} ${isWindow ? "writes no state" : "writes a state"}`);
  }
}
