import { type Device, type DeviceOptions, openDevice } from "./device.js";
import type { Line } from "./line.js";
import { brokenError, type ControlLines, closePort, openPort, setLines } from "./serialPort.js";

/** What is done to a port's lines once it is open: opening asserts them, which may hold a board in reset. */
export type PreparePort = (lines: ControlLines) => Promise<void>;

export interface SerialOptions extends DeviceOptions {
  /** Default 115200, which the firmware speaks. */
  readonly baudRate?: number;
  readonly prepare?: PreparePort;
  /** Of a board that a program on this computer emulates: for how long it has stood ready and was not run. */
  readonly stolenMs?: () => number;
}

/** Start bit, 8 data bits, stop bit. */
const BITS_PER_BYTE = 10;

/**
 * A device on a serial port or a pty, locked against other programs.
 *
 * @throws UserError when the port is missing, in use, or not ours to open.
 */
export async function openSerialDevice(path: string, options: SerialOptions = {}): Promise<Device> {
  const line = await openSerialLine(path, options.baudRate ?? 115_200, options.prepare);
  const { stolenMs } = options;
  return openDevice(stolenMs === undefined ? line : { ...line, stolenMs }, options);
}

export async function openSerialLine(
  path: string,
  baudRate: number,
  prepare: PreparePort = async () => undefined,
): Promise<Line> {
  const port = await openPort(path, { baudRate });
  try {
    await prepare({ set: (lines) => setLines(port, lines) });
  } catch (error) {
    await closePort(port);
    throw error;
  }
  return {
    name: path,
    bytesPerSecond: baudRate / BITS_PER_BYTE,
    write: (bytes) => {
      port.write(bytes);
    },
    listen: (onBytes, onBroken) => {
      port.on("data", onBytes);
      port.on("error", (error) => onBroken(brokenError(path, error)));
      port.on("close", (error?: Error | null) => onBroken(brokenError(path, error)));
    },
    close: () => closePort(port),
  };
}
