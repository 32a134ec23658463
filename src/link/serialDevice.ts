import { type Device, type DeviceOptions, openDevice } from "./device.js";
import { FIRST_BAUD, type Line } from "./line.js";
import { openPort } from "./openPort.js";
import type { ControlLines } from "./port.js";

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
 * A device on a port, locked against other programs.
 *
 * @param name as `readPortName` takes it
 * @throws UserError when the port is missing, in use, or not ours to open.
 */
export async function openSerialDevice(name: string, options: SerialOptions = {}): Promise<Device> {
  const line = await openSerialLine(name, options.baudRate ?? FIRST_BAUD, options.prepare);
  const { stolenMs } = options;
  return openDevice(stolenMs === undefined ? line : Object.assign(line, { stolenMs }), options);
}

/** @param name as `readPortName` takes it */
export async function openSerialLine(
  name: string,
  baudRate: number,
  prepare: PreparePort = async () => undefined,
): Promise<Line> {
  const port = await openPort(name, { baudRate });
  try {
    await prepare(port);
  } catch (error) {
    await port.close();
    throw error;
  }
  let bytesPerSecond = baudRate / BITS_PER_BYTE;
  const setBaud = async (baud: number): Promise<void> => {
    await port.setBaud!(baud);
    bytesPerSecond = baud / BITS_PER_BYTE;
  };
  return {
    name,
    get bytesPerSecond() {
      return bytesPerSecond;
    },
    ...(port.setBaud !== undefined && { setBaud }),
    write: (bytes) => {
      port.write(bytes).catch(() => undefined); // whoever listens is told
    },
    listen: (onBytes, onBroken) => port.listen(onBytes, onBroken),
    close: () => port.close(),
  };
}
