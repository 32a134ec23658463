import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { RomBootloader } from "../../src/board/romBootloader.js";
import { stm32f405 } from "../../src/flash/chips.js";
import { connectLoader, flashImage } from "../../src/flash/flasher.js";
import { planFlash } from "../../src/flash/planFlash.js";
import { openSerialLoader } from "../../src/flash/serialLoader.js";
import { openPort } from "../../src/link/openPort.js";
import type { Port } from "../../src/link/port.js";
import { openRfc2217Port } from "../../src/link/rfc2217Port.js";
import { ManualClock } from "../support/clock.js";
import { type Rfc2217Server, serveRfc2217 } from "../support/rfc2217Server.js";
import { serve, type TcpServer } from "../support/tcpServer.js";
import { until } from "../support/until.js";

let server: (TcpServer & Partial<Rfc2217Server>) | undefined;
afterEach(() => server?.close());

const echo = (bytes: Uint8Array): Uint8Array => bytes;
const everyByte = Uint8Array.from({ length: 1024 }, (_, i) => (i * 37) & 0xff);

/** A connection whose other side is in this process. */
function fakeConnection(onWrite: (bytes: Uint8Array) => void = () => undefined) {
  let give = (_bytes: Uint8Array): void => undefined;
  const port: Port = {
    name: "rfc2217://fake:1",
    write: async (bytes) => onWrite(bytes),
    listen: (onBytes) => {
      give = onBytes;
    },
    set: () => Promise.reject(new Error("not to be asked")),
    close: async () => undefined,
  };
  return { port, give: (bytes: Uint8Array) => give(bytes) };
}

describe("a port of RFC 2217", () => {
  it("sets rate, size, parity and lines at the server, and carries all bytes both ways", async () => {
    const started = await serveRfc2217({ onData: echo });
    server = started;
    const port = await openPort(started.name, { baudRate: 460_800, parity: "even" });
    // no flow control, DTR on, RTS on
    expect(started.settings).toEqual({
      ...{ baudRate: 460_800, dataSize: 8, parity: 3, stopSize: 1 },
      controls: [1, 8, 11],
    });
    const came: number[] = [];
    port.listen(
      (bytes) => came.push(...bytes),
      () => undefined,
    );
    await port.write(everyByte);
    await until(() => came.length >= everyByte.length);
    expect(came).toEqual([...everyByte]);
    await port.set({ rts: false });
    await port.set({ dtr: false, brk: true });
    expect(started.settings.controls.slice(3)).toEqual([8, 12, 6, 9, 11, 5]);
    await port.close();
  });

  it("is one a loader takes an image by", async () => {
    const memory = new ChipMemory(stm32f405);
    const loader = new RomBootloader(memory);
    const started = await serveRfc2217({ onData: (bytes) => loader.receive(bytes) });
    server = started;
    const line = await openSerialLoader(started.name, 57_600);
    expect(started.settings).toMatchObject({ baudRate: 57_600, parity: 3 });
    const { chip, ...connected } = await connectLoader(line);
    const image = { address: 0x08000000, data: everyByte };
    await flashImage({ chip, ...connected }, planFlash(chip, image));
    expect(memory.flash.subarray(0, everyByte.length)).toEqual(everyByte);
    await line.close();
  });

  it.each([
    ["the COM-PORT option", 44],
    ["to pass all 256 bytes", 0],
  ])("is told when its server refuses %s", async (what, refuses) => {
    server = await serveRfc2217({ onData: echo, refuses });
    await expect(openPort(server.name, { baudRate: 115_200 })).rejects.toMatchObject({
      message: `${server.name} refuses ${what}`,
      hint: "turn RFC 2217 on at the server; with tcp:// its own settings hold",
    });
  });

  it.each([
    ["baud rate 9600; expected 115200", { baudRate: 9600 }],
    ["even parity (its number) 1; expected 3", { parity: 1 }],
    ["data bits 7; expected 8", { dataSize: 7 }],
    ["stop bits 2; expected 1", { stopSize: 2 }],
  ])("is told when its server set %s", async (what, instead) => {
    server = await serveRfc2217({ onData: echo, instead });
    await expect(openPort(server.name, { baudRate: 115_200, parity: "even" })).rejects.toMatchObject({
      message: `${server.name} set ${what}`,
      hint: "its port cannot do that, or is kept as it is: look at the server's settings",
    });
  });

  it("waits 5 s for a server that says nothing, and names the other scheme", async () => {
    const clock = new ManualClock();
    const opening = openRfc2217Port(fakeConnection().port, { baudRate: 115_200 }, clock);
    clock.pass(5000);
    await expect(opening).rejects.toMatchObject({
      message: "rfc2217://fake:1 does not speak RFC 2217: no answer to its options within 5 s",
      hint: "take tcp:// for a server that gives the bytes as they are",
    });
  });

  it("is told when its server hangs up meanwhile", async () => {
    const started = await serve((socket) => socket.end());
    server = started;
    const name = started.name.replace("tcp:", "rfc2217:");
    await expect(openPort(name, { baudRate: 115_200 })).rejects.toThrow(
      `port ${name} went away: the other side closed the connection`,
    );
  });

  it("answers an option once, however often it is offered", async () => {
    let sent = 0;
    const { port, give } = fakeConnection((bytes) => {
      sent += bytes.length;
    });
    const clock = new ManualClock();
    const opening = openRfc2217Port(port, { baudRate: 115_200 }, clock).catch(() => undefined);
    for (let i = 0; i < 10_000; i++) {
      for (const verb of [251, 252, 253, 254]) give(Uint8Array.of(255, verb, 1 + (i % 2)));
    }
    // 5 options of ours, and of options 1 and 2 each a WONT and a DONT: 3 bytes each
    expect(sent).toBe(3 * (5 + 4));
    clock.pass(5000);
    await opening;
  });

  it("opens or is refused in bounded time whatever its peer says", async () => {
    const byte = fc.oneof(fc.constantFrom(255, 250, 240, 251, 253, 254, 44, 0, 101, 105), fc.nat(255));
    const chunks = fc.array(fc.array(byte, { maxLength: 40 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(chunks, async (parts) => {
        const clock = new ManualClock();
        let sent = 0;
        const { port, give } = fakeConnection((bytes) => {
          sent += bytes.length;
        });
        let isOver = false;
        const opening = openRfc2217Port(port, { baudRate: 115_200 }, clock).then(
          () => undefined,
          (error: Error) => expect(error.name).toBe("UserError"),
        );
        opening.finally(() => {
          isOver = true;
        });
        for (const part of parts) give(Uint8Array.from(part));
        // negotiation, four settings, the lines
        await clock.passInTurns(6 * 5000);
        expect(isOver).toBe(true);
        expect(sent).toBeLessThan(15 + 6 * 256 + 100);
        await opening;
      }),
      { numRuns: 300, seed: 2217 },
    );
  });
});
