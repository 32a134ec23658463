import { EventEmitter, once } from "node:events";
import { SerialPort } from "serialport";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openPty, type Pty } from "../../src/board/pty.js";
import { openSerialLine } from "../../src/link/serialDevice.js";

let pty: Pty;
let heard: number[];
const hearing = new EventEmitter();
afterEach(() => pty.close());

async function open(): Promise<void> {
  heard = [];
  pty = await openPty((bytes) => {
    heard.push(...bytes);
    hearing.emit("heard");
  });
}

async function openPort(): Promise<SerialPort> {
  const port = new SerialPort({ path: pty.path, baudRate: 115_200, parity: "even" });
  await once(port, "open");
  return port;
}

const everyByte = Array.from({ length: 1024 }, (_, i) => (i * 37) & 0xff);

describe.runIf(process.platform === "linux")("a pty", () => {
  it("carries all bytes as they are, both ways, whatever the parity", async () => {
    await open();
    const port = await openPort();
    const came: number[] = [];
    port.on("data", (bytes: Buffer) => came.push(...bytes));
    port.write(Uint8Array.from(everyByte));
    while (heard.length < everyByte.length) await once(hearing, "heard");
    expect(heard).toEqual(everyByte);
    pty.write(Uint8Array.from(everyByte));
    while (came.length < everyByte.length) await once(port, "data");
    expect(came).toEqual(everyByte);
    port.close();
  });

  it("outlives the programs that open and close it", async () => {
    await open();
    for (const byte of [0x04, 0x03, 0x00]) {
      const port = await openPort();
      const before = heard.length;
      port.write(Uint8Array.of(byte));
      while (heard.length === before) await once(hearing, "heard");
      expect(heard.at(-1)).toBe(byte);
      port.close();
      await once(port, "close");
    }
  });

  it("is gone when it is closed", async () => {
    await open();
    const line = await openSerialLine(pty.path, 115_200);
    const broken = new Promise<Error>((resolve) => line.listen(() => undefined, resolve));
    await pty.close();
    await expect(broken).resolves.toMatchObject({
      message: expect.stringContaining(`port ${pty.path} went away`),
    });
    await expect(openSerialLine(pty.path, 115_200)).rejects.toThrow(`there is no port ${pty.path}`);
  });

  it("is found gone by who reads it only then", async () => {
    await open();
    const line = await openSerialLine(pty.path, 115_200);
    await pty.close();
    const broken = new Promise<Error>((resolve) => line.listen(() => undefined, resolve));
    await expect(broken).resolves.toMatchObject({
      message: `port ${pty.path} went away: it was hung up`,
    });
  });

  it("tells how to get script(1) where there is none", async () => {
    await open();
    vi.stubEnv("PATH", "/nowhere");
    try {
      await expect(openPty(() => undefined)).rejects.toMatchObject({
        message: "script is not installed",
        hint: expect.stringContaining("bsdutils"),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
