import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { openPort } from "../../src/link/openPort.js";
import type { Port } from "../../src/link/port.js";
import { openSerialLine } from "../../src/link/serialDevice.js";
import { openTcpPort } from "../../src/link/tcpPort.js";
import { ManualClock } from "../support/clock.js";
import { serve, type TcpServer } from "../support/tcpServer.js";
import { until } from "../support/until.js";

let server: TcpServer | undefined;
afterEach(() => server?.close());

const everyByte = Uint8Array.from({ length: 1024 }, (_, i) => (i * 37) & 0xff);
const settings = { baudRate: 115_200 };

/** Both ends of a connection. */
async function connected(): Promise<{ port: Port; peer: Socket }> {
  let arrive = (_peer: Socket): void => undefined;
  const arrived = new Promise<Socket>((resolve) => {
    arrive = resolve;
  });
  server = await serve((peer) => arrive(peer));
  const port = await openPort(server.name, settings);
  return { port, peer: await arrived };
}

/** What the port is told, in the order it is told. */
function hear(port: Port): { readonly bytes: number[]; readonly broken: Promise<Error> } {
  const bytes: number[] = [];
  const broken = new Promise<Error>((resolve) => port.listen((more) => bytes.push(...more), resolve));
  return { bytes, broken };
}

describe("a TCP port", () => {
  it("carries all bytes as they are, both ways", async () => {
    const { port, peer } = await connected();
    const { bytes } = hear(port);
    const came: number[] = [];
    peer.on("data", (more) => came.push(...more));
    await port.write(everyByte);
    peer.write(everyByte);
    await until(() => came.length >= everyByte.length && bytes.length >= everyByte.length);
    expect([came, bytes]).toEqual([[...everyByte], [...everyByte]]);
    await port.close();
  });

  it("sends what was written last before it closes", async () => {
    const { port, peer } = await connected();
    const came: number[] = [];
    peer.on("data", (more) => came.push(...more));
    const sent = port.write(everyByte);
    await port.close();
    await sent;
    if (!peer.closed) await once(peer, "close");
    expect(came).toEqual([...everyByte]);
  });

  it("closes though its peer reads nothing", async () => {
    const clock = new ManualClock();
    server = await serve((socket) => socket.pause());
    const port = await openPort(server.name, settings, clock);
    const written = port.write(new Uint8Array(64_000_000)); // more than the system keeps for a slow reader
    const closing = port.close();
    clock.pass(2000);
    await Promise.all([closing, written]);
  });

  it("tells that its peer closed it, after what came before, and refuses to write from then on", async () => {
    const { port, peer } = await connected();
    peer.end(everyByte);
    const { bytes, broken } = hear(port);
    const error = await broken;
    expect(bytes).toEqual([...everyByte]);
    expect(error).toMatchObject({
      message: `port ${server!.name} went away: the other side closed the connection`,
      hint: "look at the server's own messages: it hangs up when it ends, and when another program has its port",
    });
    await expect(port.write(everyByte)).rejects.toBe(error);
    await port.close();
  });

  it("tells that it was reset, also who listens only then", async () => {
    const { port, peer } = await connected();
    peer.resetAndDestroy();
    await until(() => peer.destroyed);
    await expect(hear(port).broken).resolves.toMatchObject({
      message: `port ${server!.name} went away: ECONNRESET`,
    });
  });

  it("is not there where nobody listens", async () => {
    const { name, close } = await serve(() => undefined);
    await close();
    await expect(openPort(name, settings)).rejects.toMatchObject({
      message: `nobody listens at ${name}: the connection was refused`,
      hint: "start the server there (ser2net, `pinfer board`), or give the port number it listens on",
    });
  });

  it("is not there where the host has no address", async () => {
    await expect(openPort("tcp://nobody.invalid:4000", settings)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^there is no host "nobody\.invalid", or no way to ask for its address \((ENOTFOUND|EAI_AGAIN)\)$/,
      ),
      hint: "check the name; an address such as 192.168.1.20 does without",
    });
  });

  it("is waited for 10 s", async () => {
    const clock = new ManualClock();
    server = await serve(() => undefined);
    // The clock's time is over before the system can tell of any connection.
    const opening = openTcpPort(server.name, { host: "127.0.0.1", port: server.port }, clock);
    clock.pass(10_000);
    await expect(opening).rejects.toMatchObject({
      message: `nobody answered at ${server.name} within 10 s`,
      hint: "check that the host is on, that the address is its own, and that no firewall stands between",
    });
  });

  it("has no lines to set", async () => {
    server = await serve(() => undefined);
    await expect(openSerialLine(server.name, 115_200, (lines) => lines.set({ rts: false }))).rejects.toThrow(
      `${server.name} carries nothing but bytes; rfc2217:// sets lines`,
    );
  });
});
