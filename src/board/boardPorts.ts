import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { UserError } from "../base/errors.js";
import { openPty } from "./pty.js";

/** The ports of a virtual board, all of one UART: what comes in at any of them reaches it. */
export interface BoardPorts {
  /** "/dev/pts/3"; undefined where there is none, with the reason. */
  readonly pty: string | undefined;
  readonly noPty: string | undefined;
  /** "tcp://127.0.0.1:40123": of this computer only, for one program at a time: the newest. */
  readonly tcp: string;
  /** To the program that is connected by TCP; while there is none, to the pty. */
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Beyond it bytes are lost, as on a wire at whose other end nobody listens. */
const QUEUE_BYTES = 65_536;

/**
 * @param onBytes what comes in
 * @param tcpPort its number; 0 lets the system choose
 * @throws UserError when the number is taken
 */
export async function openBoardPorts(onBytes: (bytes: Uint8Array) => void, tcpPort = 0): Promise<BoardPorts> {
  let client: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => undefined); // "close" follows
    client?.destroy();
    client = socket;
    socket.on("data", onBytes);
    socket.on("close", () => {
      if (client === socket) client = undefined;
    });
  });
  server.listen(tcpPort, "127.0.0.1");
  await once(server, "listening").catch((cause: Error) => {
    throw new UserError(
      `cannot listen on port ${tcpPort} of this computer: ${cause.message}`,
      "give another --tcp, or none: the system chooses one",
      { cause },
    );
  });
  const pty = await openPty(onBytes).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    server.close();
    throw error;
  });
  const hasPty = !(pty instanceof UserError);
  return {
    pty: hasPty ? pty.path : undefined,
    noPty: hasPty ? undefined : pty.message,
    tcp: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    send: (bytes) => {
      if (client === undefined) {
        if (hasPty) pty.write(bytes);
      } else if (client.writableLength < QUEUE_BYTES) client.write(bytes);
    },
    close: async () => {
      client?.destroy();
      server.close();
      if (hasPty) await pty.close();
    },
  };
}
