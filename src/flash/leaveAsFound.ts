import { BootloaderClient } from "./bootloaderClient.js";
import type { BootloaderLine } from "./bootloaderLine.js";
import { startProgram } from "./flasher.js";

/** Where chips begin to run after a reset, and where every loader of ours finds their program. */
const PROGRAM_ADDRESS = 0x08000000;

/**
 * Flashes, and if that is refused before anything is erased, the program that is in flash runs again: a board that was
 * left in its loader would answer whatever comes next with 0x1F, and the cable would be accused.
 *
 * @param flash says when it is about to erase
 * @param goBack lets resets lead to the program again, and resets where the loader did not start it; undefined where the
 *   board is to stay in its loader
 */
export async function leaveAsFound<T>(
  line: BootloaderLine,
  flash: (aboutToErase: () => void) => Promise<T>,
  goBack: ((isStarted: boolean) => Promise<void>) | undefined,
): Promise<T> {
  let isTouched = false;
  try {
    return await flash(() => {
      isTouched = true;
    });
  } catch (error) {
    if (!isTouched && goBack !== undefined) {
      const isStarted = await startProgram({ client: new BootloaderClient(line) }, PROGRAM_ADDRESS);
      await goBack(isStarted);
    }
    throw error;
  }
}
