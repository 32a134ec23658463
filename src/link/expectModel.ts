import { UserError } from "../base/errors.js";
import { formatShape } from "../base/tensor.js";
import { quantizationOf, quantizationsOf } from "../network/quantization.js";
import type { NetworkDescription, TensorDescription } from "./description.js";
import type { Hello } from "./messages.js";

/** What a host knows of the network that it wants to run; `describeProgram` tells it of a program. */
export type ExpectedNetwork = Pick<NetworkDescription, "hash" | "inputs" | "outputs" | "macs"> &
  Partial<Pick<NetworkDescription, "stateBytes">>;

/** How much of a hash messages show. */
const SHOWN_DIGITS = 8;

/**
 * Refuses a device that carries another network than the host's, and one whose input or output is another although the
 * hash is the same. The name may differ; multiply-accumulates are those of a plan, and layers have
 * `expectLayers`.
 *
 * @throws UserError that shows both
 */
export function expectModel({ network }: Hello, expected: ExpectedNetwork): void {
  if (network.hash !== expected.hash) {
    const [onDevice, onHost] = [network.hash, expected.hash].map((hash) => hash.slice(0, SHOWN_DIGITS));
    throw new UserError(
      `the board runs network "${network.name}" ${onDevice}, the host expects ${onHost}`,
      "export, build and flash this model's firmware, or give the model that is on the board",
    );
  }
  const { stateBytes = 0 } = expected;
  if (network.stateBytes !== stateBytes) {
    throw new UserError(
      `the board says that network "${network.name}" keeps ${network.stateBytes} B from one run to the next; the host's keeps ${stateBytes} B`,
      otherExport,
    );
  }
  for (const [end, ofDevice, ofHost] of [
    ["input", network.inputs, expected.inputs],
    ["output", network.outputs, expected.outputs],
  ] as const) {
    if (ofDevice.length !== ofHost.length) {
      throw new UserError(
        `the board says that network "${network.name}" has ${ofDevice.length} ${end}s; the host's has ${ofHost.length}`,
        otherExport,
      );
    }
    for (const [index, tensor] of ofDevice.entries()) {
      const tensors = [tensor, ofHost[index]] as const;
      const [onDevice, onHost] = tensors.map((one) => tensorText(one, differingColumn(...tensors)));
      if (onDevice === onHost) continue;
      const which = ofHost.length === 1 ? end : `${end} ${index}`;
      throw new UserError(
        `the board says that the ${which} of network "${network.name}" is ${onDevice}; the host's is ${onHost}`,
        otherExport,
      );
    }
  }
}

const otherExport = "export, build and flash the firmware again: its files are not of one export";

function tensorText(tensor: TensorDescription, column: number): string {
  const { scale, zeroPoint } = quantizationOf(tensor, column);
  const columns = quantizationsOf(tensor).length;
  const place = columns === 1 ? "" : ` in column ${column} of ${columns}`;
  const { elementType, shape, border, axes } = tensor;
  const order = axes === undefined ? "" : `, axes [${axes}]`;
  return `${elementType} ${formatShape(shape)} of scale ${scale} and zero point ${zeroPoint}${place}, for ${border}${order}`;
}

/** The first column whose quantization differs; 0 where none does. */
function differingColumn(a: TensorDescription, b: TensorDescription): number {
  const [first, second] = [a, b].map(quantizationsOf);
  if (first.length !== second.length) return 0;
  const column = first.findIndex(
    ({ scale, zeroPoint }, i) => scale !== second[i].scale || zeroPoint !== second[i].zeroPoint,
  );
  return Math.max(0, column);
}
