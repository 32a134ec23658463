import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface TcpServer {
  readonly port: number;
  /** What a --port calls it. */
  readonly name: string;
  close(): Promise<void>;
}

/** Listens on this computer only, at a port number that the system chooses. */
export async function serve(onConnection: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // "close" follows
    onConnection(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    name: `tcp://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Firmware for this computer, started for each connection: its input and output are the wire. */
export function serveFirmware(executable: string): Promise<TcpServer> {
  return serve((socket) => {
    const { stdin, stdout } = spawn(executable, { stdio: ["pipe", "pipe", "ignore"] });
    stdin.on("error", () => undefined);
    socket.pipe(stdin);
    stdout.pipe(socket);
    socket.on("close", () => stdin.end());
  });
}
