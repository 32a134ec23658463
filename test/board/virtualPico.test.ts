import { EventEmitter, once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootselDrive, copyToDrive } from "../../src/board/boardDrive.js";
import { findBoard } from "../../src/board/boards.js";
import { readUf2 } from "../../src/board/readUf2.js";
import { uf2 } from "../../src/board/uf2.js";
import { VirtualPico } from "../../src/board/virtualPico.js";
import { echoProgram } from "../support/echoProgram.js";

const board = findBoard("pico");
const START = board.flashAddress;
/** The boot ROM copies the first 256 bytes there. */
const RUNS_AT = 0x20041f00;
const program = echoProgram();
const heard = new EventEmitter();
let virtual: VirtualPico;
let gdbPort: number;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What the board says comes back, in order. */
async function echo(byte: number): Promise<number> {
  const answer = once(heard, "byte");
  virtual.receive(Uint8Array.of(byte));
  return (await answer)[0];
}

async function flash(): Promise<void> {
  const running = once(heard, "event");
  copyToDrive(virtual.drive, uf2(program, START), bootselDrive);
  expect(await running).toEqual(["firmware.uf2 written: the program in flash runs"]);
}

/** A packet to gdb's port, and what its answer holds. Source: GDB manual, appendix E.1. */
async function askGdb(socket: Socket, packet: string): Promise<string> {
  const sum = [...packet].reduce((total, letter) => total + letter.charCodeAt(0), 0) % 256;
  socket.write(`$${packet}#${sum.toString(16).padStart(2, "0")}`);
  for (let text = ""; ; ) {
    const [bytes] = await once(socket, "data");
    text += bytes;
    const answer = /\$([^#]*)#/.exec(text)?.[1];
    if (answer !== undefined) return answer;
  }
}

beforeAll(async () => {
  gdbPort = await freePort();
  virtual = await VirtualPico.start({
    board,
    gdbPort,
    send: (bytes) => {
      for (const byte of bytes) heard.emit("byte", byte);
    },
    onEvent: (text) => heard.emit("event", text),
  });
});
afterAll(() => virtual?.close());

describe("a virtual Pico", () => {
  it("is a drive until it has got a program, and none then", async () => {
    expect(virtual.state).toBe("bootloader");
    expect(readdirSync(virtual.drive)).toEqual(["INFO_UF2.TXT"]);
    await flash();
    expect(virtual.state).toBe("running");
    expect(readdirSync(virtual.drive)).toEqual([]);
    expect(await echo(0x5a)).toBe(0x5a);
    expect(virtual.flash.subarray(0, program.length)).toEqual(program);
  });

  it("starts its program again at a reset, and is a drive while BOOTSEL is held", async () => {
    await virtual.reset();
    expect(await echo(7)).toBe(7);
    virtual.boot0 = true;
    await virtual.reset();
    expect(virtual.state).toBe("bootloader");
    await flash();
    expect(await echo(8)).toBe(8);
  });

  it("is held by gdb, told what gdb asks, and goes on when gdb leaves", async () => {
    const socket = connect(gdbPort, "127.0.0.1");
    await once(socket, "connect");
    expect(await askGdb(socket, "?")).toBe("S05");
    const words = Buffer.from(await askGdb(socket, "g"), "hex");
    expect(words.readUInt32LE(4 * 15)).toBeGreaterThan(RUNS_AT);
    expect(await askGdb(socket, `m${RUNS_AT.toString(16)},4`)).toBe(
      Buffer.from(program.subarray(0, 4)).toString("hex"),
    );
    let isAnswered = false;
    const answer = echo(9).then((byte) => {
      isAnswered = true;
      return byte;
    });
    await askGdb(socket, "?");
    expect(isAnswered).toBe(false);
    socket.end();
    expect(await answer).toBe(9);
  });

  it("hangs up on gdb where no program runs", async () => {
    virtual.boot0 = true;
    await virtual.reset();
    const socket = connect(gdbPort, "127.0.0.1");
    await once(socket, "close");
    await flash();
  });

  it("refuses a kept flash of another size", async () => {
    const start = VirtualPico.start({ board, flash: new Uint8Array(4), send: () => undefined });
    await expect(start).rejects.toThrow('the kept flash has 4 B; board "pico" has 2097152 B');
  });

  it("takes its folder away", async () => {
    const other = await VirtualPico.start({ board, send: () => undefined });
    expect(existsSync(other.drive)).toBe(true);
    await other.close();
    expect(existsSync(other.drive)).toBe(false);
  });
});

describe("a file of a boot ROM's drive", () => {
  const erased = new Uint8Array(1024).fill(0xff);
  const image = Uint8Array.from({ length: 512 }, (_, i) => i);

  it("is taken when it is whole, whatever it holds beside", () => {
    const file = uf2(image, START + 256);
    expect(readUf2(file, START, erased)).toEqual(
      Uint8Array.from([...erased.subarray(0, 256), ...image, ...erased.subarray(0, 256)]),
    );
    expect(readUf2(file.subarray(0, 1023), START, erased)).toBeUndefined();
    const foreign = uf2(image, START, 0x12345678);
    expect(readUf2(foreign, START, erased)).toBeUndefined();
    expect(readUf2(Buffer.concat([foreign, file]), START, erased)!.subarray(256, 768)).toEqual(image);
  });

  it("writes nothing outside of flash, or across pages", () => {
    for (const address of [START - 256, START + 768, START + 128, 0x20000000]) {
      expect(readUf2(uf2(image, address), START, erased)).toBeUndefined();
    }
    expect(readUf2(new Uint8Array(0), START, erased)).toBeUndefined();
  });
});
