import { UserError } from "../base/errors.js";
import type { Board } from "../board/board.js";
import { boards } from "../board/boards.js";
import { type PinForm, pinName } from "../board/pinNames.js";
import type { Device } from "../link/device.js";
import type { DevicePins } from "../link/pinMessages.js";

/** The pins of a device, and how its chip names them. */
export interface NamedPins extends DevicePins {
  readonly form: PinForm;
}

/** Names of the pins in the order of the readings: inputs, then outputs. */
export function namesOf({ inputs, outputs, form }: NamedPins): string[] {
  return [...inputs, ...outputs].map(({ pin }) => pinName(pin, form));
}

/**
 * @param own the board, where the device does not run one that pinfer has itself
 * @throws UserError when the device's firmware has no pin map
 */
export async function expectPins(device: Device, own?: Board): Promise<NamedPins> {
  const pins = await device.describePins();
  if (pins === undefined) {
    throw new UserError(
      `the firmware on ${device.name} has no pins`,
      "give the experiment `pins: { inputs: [ … ], outputs: [ … ] }`, train, export, build and flash again",
    );
  }
  const { boardId } = await device.hello();
  const board = [own, ...boards].find((candidate) => candidate?.id === boardId);
  return { ...pins, form: board?.pins.form ?? "P" };
}

/**
 * Sets and releases pins by name.
 *
 * @param set "PC13=1"
 * @param release "PC13"
 * @throws UserError when a pin is not in the pin map, or cannot have the value
 */
export async function changePins(
  device: Device,
  pins: NamedPins,
  set: readonly string[],
  release: readonly string[],
): Promise<void> {
  const names = namesOf(pins);
  const find = (name: string): number => {
    const index = names.indexOf(name);
    if (index < 0) {
      throw new UserError(`the firmware has no pin ${name}`, `it has ${names.join(", ")}`);
    }
    return index;
  };
  const settings = set.map((text) => {
    const [name, value] = text.split("=");
    const index = find(name!);
    const most = pins.inputs[index]?.kind === "analog" ? 4095 : 1;
    if (value === undefined || !/^\d+$/.test(value) || Number(value) > most) {
      throw new UserError(
        `--set ${text}: pin ${name} takes 0 to ${most}`,
        `for example --set ${name}=${most}`,
      );
    }
    return { index, value: Number(value) };
  });
  const released = release.map(find);
  for (const { index, value } of settings) await device.setPin(index, value);
  for (const index of released) await device.setPin(index, undefined);
}
