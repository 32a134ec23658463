import { SerialPort } from "serialport";
import { UserError } from "../errors.js";
import { type Device, type DeviceOptions, openDevice } from "./device.js";
import type { Line } from "./line.js";

export interface SerialOptions extends DeviceOptions {
  /** Default 115200, which the firmware speaks. */
  readonly baudRate?: number;
}

/** Start bit, 8 data bits, stop bit. */
const BITS_PER_BYTE = 10;

/**
 * A device on a serial port or a pty, locked against other programs.
 *
 * @throws UserError when the port is missing, in use, or not ours to open.
 */
export async function openSerialDevice(path: string, options: SerialOptions = {}): Promise<Device> {
  return openDevice(await openSerialLine(path, options.baudRate ?? 115_200), options);
}

export async function openSerialLine(path: string, baudRate: number): Promise<Line> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openError(path, error)) : resolve()));
  });
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

function closePort(port: SerialPort): Promise<void> {
  return new Promise((resolve, reject) => {
    if (port.isOpen) port.close((error) => (error ? reject(error) : resolve()));
    else resolve();
  });
}

/** The binding tells the reason only in its text. */
function openError(path: string, error: Error): Error {
  const options = { cause: error };
  if (/no such file|file not found/i.test(error.message)) {
    return new UserError(
      `there is no port ${path}`,
      "plug the board in; ls /dev/tty* shows what is there",
      options,
    );
  }
  if (/cannot lock|temporarily unavailable|busy|access denied/i.test(error.message)) {
    return new UserError(
      `port ${path} is in use by another program`,
      `fuser ${path} tells which; end it`,
      options,
    );
  }
  if (/permission denied/i.test(error.message)) {
    const hint = "add yourself to its group (sudo usermod -aG dialout $USER) and log in again";
    return new UserError(`you may not open port ${path}`, hint, options);
  }
  return new UserError(`cannot open port ${path}: ${error.message}`, undefined, options);
}

/** The port closes with an error, with null, or with nothing, as the way it was lost will have it. */
function brokenError(path: string, error: Error | null | undefined): UserError {
  const why = error ? `: ${error.message}` : "";
  return new UserError(`port ${path} went away${why}`, "check the cable, and that the board has power");
}
