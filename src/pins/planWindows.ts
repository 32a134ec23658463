import { UserError } from "../base/errors.js";
import { printable } from "../base/printable.js";
import { formatShape } from "../base/tensor.js";
import { quantizationOf, quantizationsOf } from "../network/quantization.js";
import type { PortSlot } from "../program/program.js";
import type { PinMap } from "./pinMap.js";

/** How moments become windows, and outputs decisions. */
export interface PlannedWindows {
  /** Moments. */
  readonly window: number;
  readonly hop: number;
  /** Bytes of a moment: a value of the network's input for each input pin. */
  readonly momentBytes: number;
  /** Windows. */
  readonly average: number;
  readonly wins: number;
  readonly of: number;
}

/**
 * Settles how pins fill the network's input: a value each, or a channel each of a window of moments.
 *
 * @returns undefined without a window
 * @throws UserError when the pins, or the moments, are not as many as the network takes
 */
export function planWindows(map: PinMap, name: string, input: PortSlot): PlannedWindows | undefined {
  const valueBytes = input.elementType === "int16" ? 2 : 1;
  const elements = input.bytes / valueBytes;
  const pins = map.inputs.length;
  const network = `network "${printable(name)}"`;
  const { window } = map;
  if (window === undefined) {
    if (pins === elements) return undefined;
    const moments = pins < elements && elements % pins === 0 ? elements / pins : undefined;
    throw new UserError(
      `pins.inputs has ${pins} pins; ${network} takes ${elements} values`,
      moments === undefined
        ? "name one pin for each value, in their order"
        : `name one pin for each value, in their order; or, if each pin is read at ${moments} moments, give ` +
            `pins.window ${moments} and pins.everyMs`,
    );
  }
  const moments = elements / pins;
  const [rows, channels] =
    input.shape.length === 2 ? (input.shape as readonly [number, number]) : [moments, pins];
  if (window * pins !== elements || window !== rows) {
    const isWindow = input.shape.length === 2;
    throw new UserError(
      `pins.window ${window} × ${pins} pins are ${window * pins} values; ${network} takes ${elements}` +
        (isWindow ? `: ${rows} moments of ${channels} channels, ${formatShape(input.shape)}` : ""),
      isWindow
        ? `give window ${rows} and ${channels} inputs, a pin for each channel`
        : Number.isInteger(moments)
          ? `give window ${moments}, or other inputs: one pin for each channel`
          : "give window and inputs as the recordings have moments and channels",
    );
  }
  for (let element = pins; element < elements && quantizationsOf(input).length > 1; element++) {
    const { scale, zeroPoint } = quantizationOf(input, element);
    const first = quantizationOf(input, element % pins);
    if (scale === first.scale && zeroPoint === first.zeroPoint) continue;
    throw new UserError(
      `pins.window: ${network} has another scale for input ${element} than for ${element % pins}, the same pin ` +
        `${Math.floor(element / pins)} moments before`,
      "train it on [window, channels], so that a channel has one scale",
    );
  }
  const { hop = window, average = 1, vote = { wins: 1, of: 1 } } = map;
  return { window, hop, momentBytes: pins * valueBytes, average, ...vote };
}
