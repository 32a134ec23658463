import { type Clock, systemClock } from "../base/clock.js";
import type { Port, PortSettings } from "./port.js";
import { readPortName } from "./portName.js";

/**
 * Opens what a --port names, for this process alone.
 *
 * @param clock limits how long a connection is waited for
 * @throws UserError when the name is not one of a port, or the port is missing, in use, or not ours to open
 */
export async function openPort(
  name: string,
  settings: PortSettings,
  clock: Clock = systemClock,
): Promise<Port> {
  const parsed = readPortName(name);
  if (parsed.kind === "serial") {
    const { openSerialPort } = await import("./serialPort.js");
    return openSerialPort(parsed.path, settings);
  }
  const { openTcpPort } = await import("./tcpPort.js");
  const connection = await openTcpPort(name, parsed, clock);
  if (parsed.kind === "tcp") return connection;
  const { openRfc2217Port } = await import("./rfc2217Port.js");
  return openRfc2217Port(connection, settings, clock);
}

/** How reports say a device was reached. */
export function describePort(name: string): string {
  return { serial: "serial port", tcp: "TCP", rfc2217: "serial port by RFC 2217" }[readPortName(name).kind];
}
