import { SerialPort } from "serialport";
import { UserError } from "../errors.js";

export type { SerialPort } from "serialport";

/** The lines of a serial port besides its data. True is asserted: on an adapter's pin that is the low level. */
export interface ControlLines {
  set(lines: { rts?: boolean; dtr?: boolean; brk?: boolean }): Promise<void>;
}

export interface PortSettings {
  readonly baudRate: number;
  /** Default none. */
  readonly parity?: "none" | "even";
}

/**
 * Opens a serial port or a pty, locked against other programs.
 *
 * @throws UserError when the port is missing, in use, or not ours to open.
 */
export async function openPort(path: string, settings: PortSettings): Promise<SerialPort> {
  const port = new SerialPort({ path, ...settings, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openError(path, error)) : resolve()));
  });
  return port;
}

/** True is asserted. All that are not named are asserted, but for the break. */
export function setLines(
  port: SerialPort,
  lines: { rts?: boolean; dtr?: boolean; brk?: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    port.set(lines, (error) => (error ? reject(error) : resolve()));
  });
}

export function closePort(port: SerialPort): Promise<void> {
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
export function brokenError(path: string, error: Error | null | undefined): UserError {
  const why = error ? `: ${error.message}` : "";
  return new UserError(`port ${path} went away${why}`, "check the cable, and that the board has power");
}
