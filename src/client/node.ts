import { FIRST_BAUD } from "../link/line.js";
import { openProcessLine } from "../link/processDevice.js";
import { openSerialLine } from "../link/serialDevice.js";
import { transportOf } from "./lineTransport.js";
import type { Transport } from "./transport.js";

export interface SerialTransportOptions {
  /** What the port begins with, default 115200; `baud` of the client raises it, and the board's with it. */
  readonly baudRate?: number;
}

/**
 * A serial port of this computer, or one behind a network.
 *
 * @param name /dev/ttyACM0, COM4, tcp://host:port or rfc2217://host:port
 * @throws UserError when the port is missing, in use, or not ours to open
 */
export async function serialTransport(
  name: string,
  { baudRate = FIRST_BAUD }: SerialTransportOptions = {},
): Promise<Transport> {
  return transportOf(await openSerialLine(name, baudRate));
}

/** A program that speaks frames on its standard input and output: firmware that was built for this computer. */
export function processTransport(executable: string): Transport {
  return transportOf(openProcessLine(executable));
}
