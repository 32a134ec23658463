import { connect, type Socket } from "node:net";
import type { Clock } from "../base/clock.js";
import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";
import type { Port } from "./port.js";
import type { NetworkAddress } from "./portName.js";

const CONNECT_MS = 10_000;
/** What was written last may still be on its way when a port is closed; a peer that reads nothing is not waited for. */
const CLOSE_MS = 2000;
/** A server that lost its power says nothing; the system asks it after so much silence. */
const KEEP_ALIVE_MS = 10_000;

/**
 * A TCP connection as a port: each byte is one of the wire's.
 *
 * @param name what the user calls it
 * @throws UserError that says why nobody is reached
 */
export async function openTcpPort(name: string, address: NetworkAddress, clock: Clock): Promise<Port> {
  return new TcpPort(name, await openSocket(name, address, clock), clock);
}

function openSocket(name: string, { host, port }: NetworkAddress, clock: Clock): Promise<Socket> {
  const socket = connect({
    ...{ host, port, noDelay: true },
    ...{ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      cancel();
      socket.destroy();
      reject(error);
    };
    const cancel = clock.after(CONNECT_MS, () =>
      fail(
        new UserError(
          `nobody answered at ${name} within ${CONNECT_MS / 1000} s`,
          "check that the host is on, that the address is its own, and that no firewall stands between",
        ),
      ),
    );
    const refused = (error: Error): void => fail(openError(name, host, error));
    socket.once("error", refused);
    socket.once("connect", () => {
      cancel();
      socket.off("error", refused);
      resolve(socket);
    });
  });
}

function openError(name: string, host: string, error: NodeJS.ErrnoException): UserError {
  const options = { cause: error };
  switch (error.code) {
    case "ECONNREFUSED":
      return new UserError(
        `nobody listens at ${name}: the connection was refused`,
        "start the server there (ser2net, `pinfer board`), or give the port number it listens on",
        options,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_FAIL":
      return new UserError(
        `there is no host ${quoted(host)}, or no way to ask for its address (${error.code})`,
        "check the name; an address such as 192.168.1.20 does without",
        options,
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return new UserError(
        `no way leads to ${name} (${error.code})`,
        "check that this computer is on the same network, and that the host is on",
        options,
      );
    default:
      return new UserError(`cannot open port ${name}: ${error.code ?? error.message}`, undefined, options);
  }
}

class TcpPort implements Port {
  private broken: Error | undefined;
  private onBroken: (reason: Error) => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly socket: Socket,
    private readonly clock: Clock,
  ) {
    socket.on("error", (error: NodeJS.ErrnoException) => this.break(this.lost(error.code ?? error.message)));
    socket.on("end", () => this.break(this.lost("the other side closed the connection")));
    socket.on("close", () => this.break(this.lost("it was closed")));
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => {
        if (error) reject(this.broken ?? this.lost(error.message));
        else resolve();
      });
    });
  }

  /** What came before is kept until then, and told before the end. */
  listen(onBytes: (bytes: Uint8Array) => void, onBroken: (reason: Error) => void): void {
    this.onBroken = onBroken;
    this.socket.on("data", onBytes);
    const { broken } = this;
    if (broken !== undefined) queueMicrotask(() => onBroken(broken));
  }

  set(): Promise<void> {
    return Promise.reject(new Error(`${this.name} carries nothing but bytes; rfc2217:// sets lines`));
  }

  async close(): Promise<void> {
    const { socket } = this;
    if (socket.destroyed) return;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const cancel = this.clock.after(CLOSE_MS, () => socket.destroy());
    socket.destroySoon();
    await closed;
    cancel();
  }

  private break(reason: Error): void {
    if (this.broken !== undefined) return;
    this.broken = reason;
    this.onBroken(reason);
  }

  private lost(why: string): UserError {
    return new UserError(
      `port ${this.name} went away: ${why}`,
      "look at the server's own messages: it hangs up when it ends, and when another program has its port",
    );
  }
}
