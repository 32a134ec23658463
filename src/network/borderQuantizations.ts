import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";
import { integerRanges } from "./elementTypes.js";
import { quantizationsOf } from "./quantization.js";
import type { QuantizedNetwork, QuantizedTensor } from "./quantizedNetwork.js";

/**
 * Layers compute with one scale and with a zero point that is one of the element type. Only the borders may have more: an int16
 * input, and the statistics of one, a quantization for each column, and an output that a fully connected layer gives, and no layer computes with, a
 * zero point of int32.
 *
 * @throws UserError naming the tensor that has more and may not
 */
export function expectBorderQuantizations(network: QuantizedNetwork): void {
  for (const [index, tensor] of network.tensors.entries()) {
    const fail = (what: string, expected: string): never => {
      throw new UserError(
        `network ${quoted(network.name)}: tensor ${quoted(tensor.name)} has ${what}; ${expected}`,
      );
    };
    const { length } = quantizationsOf(tensor);
    const columns = tensor.shape.at(-1);
    if (length !== 1 && (!mayHaveColumns(network, index) || tensor.elementType !== "int16")) {
      fail(`${length} scales`, "only an int16 input, or its statistics, have one for each column");
    }
    if (length !== 1 && !isInput(network, index) && isOutput(network, index))
      fail(`${length} scales`, "an output has one");
    if (length !== 1 && length !== columns) fail(`${length} scales`, `it has ${columns} columns`);
    const [least, most] = integerRanges[tensor.elementType];
    const isBorder = tensor.elementType === "int16" && isInput(network, index);
    if (!isBorder && isFar(tensor) && !isFreeOutput(network, index)) {
      const [{ zeroPoint }] = quantizationsOf(tensor);
      fail(
        `zero point ${zeroPoint}`,
        `${least} to ${most} is expected, but of what a last fully connected layer or trees give`,
      );
    }
  }
}

function isInput({ inputs }: QuantizedNetwork, index: number): boolean {
  return inputs.some(({ tensor }) => tensor === index);
}

function isOutput({ outputs }: QuantizedNetwork, index: number): boolean {
  return outputs.some(({ tensor }) => tensor === index);
}

function mayHaveColumns(network: QuantizedNetwork, index: number): boolean {
  return (
    isInput(network, index) ||
    network.layers.some(({ kind, output }) => output === index && kind === "statistics")
  );
}

function isFar(tensor: QuantizedTensor): boolean {
  const [least, most] = integerRanges[tensor.elementType];
  return quantizationsOf(tensor).some(({ zeroPoint }) => zeroPoint < least || zeroPoint > most);
}

/** A reshape computes nothing. */
function isFreeOutput({ layers }: QuantizedNetwork, index: number): boolean {
  const users = layers.filter(({ inputs }) => inputs.includes(index));
  const maker = layers.find(({ output }) => output === index);
  return (
    users.every(({ kind }) => kind === "reshape") &&
    ((maker?.kind === "fullyConnected" && maker.rows === undefined) ||
      maker?.kind === "reshape" ||
      maker?.kind === "treeEnsemble")
  );
}
