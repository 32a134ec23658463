import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { ConsoleLogger, GDBConnection, GDBServer, LogLevel, type RP2040 } from "rp2040js";
import { UserError } from "../base/errors.js";

/** What a debugger holds and lets go. */
export interface DebuggedChip {
  /** Another one after each reset. */
  readonly rp2040: RP2040;
  readonly isHalted: boolean;
  halt(): void;
  resume(): void;
}

export interface GdbPort {
  /** The chip was reset: a debugger that looks on is told of its breakpoints too. */
  follow(): void;
  /** There is no program to look at any more. */
  drop(): void;
  close(): void;
}

/**
 * A port of this computer at which gdb finds a chip on rp2040js. Whoever connects has it halted, and lets it go on when it
 * leaves. Where there is none it is hung up on.
 *
 * @throws UserError when the port is taken
 */
export async function openGdbPort(port: number, findChip: () => DebuggedChip | undefined): Promise<GdbPort> {
  const sockets = new Set<Socket>();
  // nobody is connected while there is none
  const chip = (): DebuggedChip => findChip()!;
  const gdb = new GDBServer({
    get rp2040() {
      return chip().rp2040;
    },
    get executing() {
      return !chip().isHalted;
    },
    execute: () => chip().resume(),
    stop: () => chip().halt(),
  });
  gdb.logger = new ConsoleLogger(LogLevel.Error, false);
  const connections = new Set<GDBConnection>();
  const server = createServer({ noDelay: true }, (socket) => {
    const found = findChip();
    if (found === undefined) {
      socket.destroy();
      return;
    }
    found.halt();
    sockets.add(socket);
    const connection = new GDBConnection(gdb, (text) => socket.write(text));
    connections.add(connection);
    socket.on("error", () => undefined); // "close" follows
    socket.on("data", (bytes) => connection.feedData(bytes.toString("latin1")));
    socket.on("close", () => {
      sockets.delete(socket);
      connections.delete(connection);
      gdb.removeConnection(connection);
      if (connections.size === 0) findChip()?.resume();
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((cause: Error) => {
    throw new UserError(
      `cannot listen on port ${port} of this computer: ${cause.message}`,
      "give another --gdb",
      { cause },
    );
  });
  return {
    follow: () => {
      for (const connection of connections) gdb.addConnection(connection);
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
