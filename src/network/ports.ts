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
 * @throws UserError unless the network has one input, one output and no state, whose axes are in our order
 */
export function expectRunnable(
  network: Pick<QuantizedNetwork, "name" | "inputs" | "outputs" | "states">,
): void {
  const { name, inputs, outputs, states } = network;
  const fail = (what: string, runs: string): never => {
    throw new UserError(`network "${printable(name)}" has ${what}; this pinfer runs networks with ${runs}`);
  };
  if (inputs.length !== 1) fail(`${inputs.length} inputs`, "one");
  if (outputs.length !== 1) fail(`${outputs.length} outputs`, "one");
  if (states.length > 0) fail(`${states.length} tensors that keep their values`, "none");
  for (const { name: port, axes } of [...inputs, ...outputs]) {
    if (axes !== undefined)
      fail(`the axis order [${axes}] at "${printable(port)}"`, "the order of their tensors");
  }
}
