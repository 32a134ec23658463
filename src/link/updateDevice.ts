import { concatenateBytes, hexOf } from "../base/bytes.js";
import { crc32 } from "../base/crc32.js";
import { UserError } from "../base/errors.js";
import type { Device } from "./device.js";
import { Refusal } from "./linkErrors.js";
import { FLASH_FAILED, type Hello } from "./messages.js";

/** Tables of a network as a slot takes them: its structure's hash, the tables, its description. */
export interface Update {
  /** SHA-256 of the network: what the device must tell when it runs with them. */
  readonly hash: string;
  readonly content: Uint8Array;
}

const STRUCTURE_BYTES = 32;

/** @returns the structure that tables are made for: 64 lower-case hexadecimal digits */
export function structureOf({ content }: Update): string {
  return hexOf(content.subarray(0, STRUCTURE_BYTES));
}

/**
 * Brings other tables into the slot that is not in use, and starts the device anew with them. Cut at any byte, it has
 * what it ran before, or all of the new.
 *
 * @param updates of the same network, for firmware of any mode: the one whose structure is the device's is taken
 * @throws UserError when the firmware has no slots, is of another structure, its slots are too small, or flash fails
 */
export async function updateDevice(
  device: Device,
  updates: readonly Update[],
  onProgress: (bytes: number) => void = () => undefined,
): Promise<Hello> {
  const slots = await device.describeSlots();
  if (slots === undefined) {
    if ((await device.hello()).features.includes("guest")) {
      throw new UserError(
        `the link on ${device.name} is a part of another program, which pinfer cannot change`,
        "build that program with the new network's C (`pinfer export-firmware model.json --format … --link`)",
      );
    }
    throw new UserError(
      `the firmware on ${device.name} has no slots for other weights`,
      "export it with --slots, build and flash it once; or flash the new network as it is",
    );
  }
  if (slots.contentBytes === 0) {
    throw new UserError(
      `the firmware on ${device.name} has no flash for its slots`,
      "HOST_BOARD_SLOTS names the file that is the flash of firmware for this computer",
    );
  }
  const update = updates.find((one) => structureOf(one) === slots.structure);
  if (update === undefined) throw otherStructure(device.name, slots.structure, updates);
  const content = concatenateBytes([update.content, new Uint8Array(-update.content.length & 3)]);
  if (content.length > slots.contentBytes) {
    throw new UserError(
      `the network's tables and names take ${content.length} B; a slot on ${device.name} holds ${slots.contentBytes} B`,
      "give network, layers and classes shorter names, or flash it anew",
    );
  }
  try {
    for (let offset = 0; offset < content.length; offset += slots.writeBytes) {
      await device.writeSlot(offset, content.subarray(offset, offset + slots.writeBytes));
      onProgress(Math.min(content.length, offset + slots.writeBytes));
    }
    await device.commitSlot(update.content.length, crc32(update.content));
  } catch (error) {
    throw error instanceof Refusal && error.status === FLASH_FAILED ? flashFailed(device.name, error) : error;
  }
  await device.reset();
  return await device.hello();
}

function flashFailed(name: string, cause: Refusal): UserError {
  return new UserError(
    `the flash on ${name} did not take the update; it runs what it ran before`,
    "an emulator may not model its controller; a chip's pages may be write-protected",
    { cause },
  );
}

function otherStructure(name: string, onDevice: string, updates: readonly Update[]): UserError {
  const short = (structure: string): string => structure.slice(0, 8);
  const own = [...new Set(updates.map((update) => short(structureOf(update))))].join(", ");
  return new UserError(
    `the firmware on ${name} takes tables of structure ${short(onDevice)}; the model's is ${own}`,
    "layers, shapes and kinds of activation must be those of the model that was exported with --slots; else flash it anew",
  );
}
