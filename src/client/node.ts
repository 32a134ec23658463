import { FIRST_BAUD, type Line } from "../link/line.js";
import { openProcessLine } from "../link/processDevice.js";
import { openSerialLine } from "../link/serialDevice.js";
import type { Transport } from "./transport.js";

export interface SerialTransportOptions {
  /** Default 115200, which the firmware speaks. */
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

/** Keeps what comes in until it is read. */
function transportOf(line: Line): Transport {
  const arrived: Uint8Array[] = [];
  let broken: Error | undefined;
  let isClosed = false;
  let wake = (): void => undefined;
  line.listen(
    (bytes) => {
      arrived.push(bytes);
      wake();
    },
    (reason) => {
      broken ??= reason;
      wake();
    },
  );
  return {
    name: line.name,
    bytesPerSecond: line.bytesPerSecond,
    stolenMs: () => line.stolenMs?.() ?? 0,
    read: async () => {
      while (arrived.length === 0) {
        if (isClosed) return undefined;
        if (broken !== undefined) throw broken;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return arrived.shift();
    },
    write: async (bytes) => line.write(bytes),
    close: async () => {
      isClosed = true;
      wake();
      await line.close();
    },
  };
}
