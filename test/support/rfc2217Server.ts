import type { Socket } from "node:net";
import { serve, type TcpServer } from "./tcpServer.js";

export interface SerialSettings {
  baudRate: number;
  dataSize: number;
  parity: number;
  stopSize: number;
  /** Values of the command control, in order. */
  controls: number[];
}

export interface Rfc2217Server extends TcpServer {
  readonly settings: SerialSettings;
}

interface Behaviour {
  /** What comes on the wire's other end; its answer. */
  readonly onData: (bytes: Uint8Array) => Uint8Array;
  /** What is set instead of what was asked for. */
  readonly instead?: Partial<Omit<SerialSettings, "controls">>;
  /** Answers to options: by default it agrees. */
  readonly refuses?: number;
}

const names = ["baudRate", "dataSize", "parity", "stopSize"] as const;

/** A small server of RFC 2217, written from the RFC and apart from the client: whole messages by a regular expression. */
export async function serveRfc2217({ onData, instead = {}, refuses }: Behaviour): Promise<Rfc2217Server> {
  const settings: SerialSettings = { baudRate: 0, dataSize: 0, parity: 0, stopSize: 0, controls: [] };
  const server = await serve((socket) => {
    socket.write(Uint8Array.of(255, 251, 1, 255, 251, 3)); // it offers to echo, as some do
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const pattern =
        /\xff([\xfb-\xfe])([\s\S])|\xff\xfa((?:[^\xff]|\xff\xff)*)\xff\xf0|((?:[^\xff]|\xff\xff)+)/g;
      let end = 0;
      for (const match of text.matchAll(pattern)) {
        if (match.index !== end) break;
        end += match[0].length;
        const [, verb, option, message, data] = match.map((part) => part?.replaceAll("\xff\xff", "\xff"));
        if (verb !== undefined) agree(socket, verb.charCodeAt(0), option!.charCodeAt(0), refuses);
        else if (message !== undefined) set(socket, message, settings, instead);
        else socket.write(Buffer.from(escaped(Buffer.from(onData(Buffer.from(data!, "latin1")))), "latin1"));
      }
      text = text.slice(end);
    });
  });
  return { ...server, name: server.name.replace("tcp:", "rfc2217:"), settings };
}

function escaped(bytes: Buffer): string {
  return bytes.toString("latin1").replaceAll("\xff", "\xff\xff");
}

/** WILL is answered with DO or DONT, DO with WILL or WONT. */
function agree(socket: Socket, verb: number, option: number, refuses: number | undefined): void {
  if (verb !== 251 && verb !== 253) return;
  const yes = verb === 251 ? 253 : 251;
  socket.write(Uint8Array.of(255, option === refuses ? yes + 1 : yes, option));
}

function set(socket: Socket, message: string, settings: SerialSettings, instead: Behaviour["instead"]): void {
  const [option, command, ...payload] = Buffer.from(message, "latin1");
  if (option !== 44) throw new Error(`option ${option}`);
  const asked = payload.reduce((sum, byte) => 256 * sum + byte, 0);
  const name = names[command! - 1];
  let answer = Buffer.from(payload);
  if (name === undefined) settings.controls.push(asked);
  else {
    settings[name] = instead?.[name] ?? asked;
    answer = Buffer.alloc(payload.length);
    answer.writeUIntBE(settings[name], 0, payload.length);
  }
  const text = `\xff\xfa\x2c${String.fromCharCode(command! + 100)}${escaped(answer)}\xff\xf0`;
  socket.write(Buffer.from(text, "latin1"));
}
