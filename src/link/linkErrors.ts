import { UserError } from "../base/errors.js";
import { DEVICE_ERRORS } from "./messages.js";

/** The device answered that it will not. */
export class Refusal extends UserError {
  constructor(
    deviceName: string,
    request: { readonly what: string; readonly payload: Uint8Array },
    /** One of `DEVICE_ERRORS`. */
    readonly status: number,
  ) {
    const meaning = DEVICE_ERRORS.get(status) ?? "an error this pinfer does not know";
    const sent = `${request.payload.length} payload bytes were sent`;
    super(`${deviceName} refused ${request.what}: ${meaning} (${status}); ${sent}`);
  }
}

/** The status of firmware that has no such request. */
const UNKNOWN_REQUEST = -1;

/** @returns undefined when the firmware has no such request */
export async function unlessUnknown<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Refusal && error.status === UNKNOWN_REQUEST) return undefined;
    throw error;
  }
}

/** An answer whose output is not of the size that it must have. */
export function wrongSize(deviceName: string, what: string, found: number, expected: number): UserError {
  return new UserError(
    `${deviceName} answered ${what} with an output of ${found} B; expected ${expected} B`,
    "export, build and flash the firmware again: what it says of its network is not what it computes",
  );
}

/** What became of a request that was given up. */
export interface Silence {
  readonly what: string;
  readonly tries: number;
  /** From a try to the next. */
  readonly waitMs: number;
  /** That came since it was made. */
  readonly brokenFrames: number;
  /** Since the device was opened. */
  readonly bytesReceived: number;
  /** All of them were what a ROM loader says. */
  readonly isLoader: boolean;
}

export function noAnswer(deviceName: string, silence: Silence): UserError {
  const { what, tries, waitMs, brokenFrames, bytesReceived, isLoader } = silence;
  if (isLoader) {
    return new UserError(
      `no answer to ${what} from ${deviceName}: the ROM loader is running there instead of the firmware ` +
        `(${bytesReceived} bytes came, each its 0x79 or 0x1f)`,
      `set BOOT0 low and reset the board; where its firmware is not whole, \`pinfer flash FOLDER --port ${deviceName}\``,
    );
  }
  if (brokenFrames > 0) {
    return new UserError(
      `no whole answer to ${what} from ${deviceName} after ${tries} tries; ${brokenFrames} broken frames came`,
      "check the baud rate (115200), the ground wire and the cable's length",
    );
  }
  const heard = bytesReceived === 0 ? "" : ` (${bytesReceived} bytes came before)`;
  return new UserError(
    `no answer to ${what} from ${deviceName} in ${tries * waitMs} ms after ${tries} tries${heard}`,
    "check that the board is powered, flashed and wired to this port (its TX to your RX), and reset it; " +
      "where RTS and DTR are wired to it, say so with --lines",
  );
}
