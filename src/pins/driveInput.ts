import type { EmulatedPins } from "../board/emulatedPins.js";
import type { PlannedInput } from "./planPins.js";

/** Puts a reading on an emulated pin, from outside the chip. @returns false where the emulator has no such pin */
export async function driveInput(
  emulated: EmulatedPins | undefined,
  input: PlannedInput,
  reading: number,
): Promise<boolean> {
  if (emulated === undefined) return false;
  if (input.kind === "digital") {
    await emulated.drive(input.pin, reading);
    return true;
  }
  await emulated.driveAnalog?.(input.channel, reading);
  return emulated.driveAnalog !== undefined;
}
