import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { control, controlByLines } from "../../src/board/boardControl.js";
import { findBoard } from "../../src/board/boards.js";
import { VirtualStm32 } from "../../src/board/virtualStm32.js";
import { type Device, openDevice } from "../../src/link/device.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";

/** Compilers and emulators run here, on machines that do other things too. */
vi.setConfig({ testTimeout: 30_000 });

const board = findBoard("olimex-stm32-h405");
const directory = temporaryDirectory();
const flashBytes = 1024 * 1024;
let image: Uint8Array;
let virtual: VirtualStm32;
let events: string[];
let receive: (bytes: Uint8Array) => void;

beforeAll(async () => {
  const { bin } = await compileNetwork(board.id, "fixture", directory, { flags: ["-DFIXTURE_FAULTS"] });
  image = new Uint8Array(flashBytes).fill(0xff);
  image.set(readFileSync(bin!));
});
afterEach(() => virtual?.close());

async function start(options: { flash?: Uint8Array; boot0?: boolean }): Promise<void> {
  events = [];
  receive = () => undefined;
  virtual = await VirtualStm32.start({
    board,
    ...options,
    send: (bytes) => receive(bytes),
    onEvent: (text) => events.push(text),
  });
}

/** The host's end of the board's port. */
function openLink(): Device {
  return openDevice({
    name: "the virtual board",
    bytesPerSecond: 11_520,
    write: (bytes) => virtual.receive(bytes),
    listen: (onBytes) => {
      receive = onBytes;
    },
    close: async () => undefined,
  });
}

/** What the board answers at once: only the loader does. */
function say(...bytes: number[]): number[] {
  const came: number[] = [];
  receive = (answer) => came.push(...answer);
  virtual.receive(Uint8Array.from(bytes));
  return came;
}

describe("a virtual board", () => {
  it("that is factory-new waits in its loader, BOOT0 or not", async () => {
    await start({});
    expect([virtual.state, say(0x7f)]).toEqual(["bootloader", [0x79]]);
    expect(events).toEqual(["reset: flash is empty, the ROM bootloader waits"]);
  });

  it("runs what was in flash, and its loader after a reset with BOOT0 high", async () => {
    await start({ flash: image });
    const device = openLink();
    const { network } = await device.hello();
    expect(network.hash).toBe(fixture.hash);
    expect((await device.run(everyByteInput())).output).toEqual(fixture.run(everyByteInput()));
    await device.close();

    virtual.boot0 = true;
    expect(virtual.state).toBe("running");
    await virtual.reset();
    expect([virtual.state, say(0x7f)]).toEqual(["bootloader", [0x79]]);
    virtual.boot0 = false;
    await virtual.reset();
    expect((await openLink().hello()).network.hash).toBe(fixture.hash);
  });

  it("holds in flash, byte for byte, what was put there, erased where nothing was", async () => {
    const { crc32 } = await import("node:zlib");
    await start({ flash: image });
    const device = openLink();
    expect(await device.memoryChecksum(0x08000000, flashBytes)).toBe(crc32(image));
  });

  it("runs the program after Go, and what came meanwhile is not lost", async () => {
    await start({ flash: image, boot0: true });
    expect(say(0x7f, 0x21, 0xde, 0x08, 0, 0, 0, 0x08)).toEqual([0x79, 0x79, 0x79]);
    const device = openLink();
    expect((await device.hello()).boardId).toBe(board.id);
    expect(events.at(-1)).toBe("go 0x08000000: the program in flash runs");
  });

  it("looks at BOOT0 when the program resets the chip", async () => {
    await start({ flash: image });
    const device = openLink();
    await device.reset();
    expect(virtual.state).toBe("running");
    virtual.boot0 = true;
    await expect(openLinkFor(50).reset()).rejects.toThrow("no answer to hello");
    expect([virtual.state, events.at(-1)]).toEqual([
      "bootloader",
      "reset by the program: BOOT0 is high, the ROM bootloader waits",
    ]);
    await device.close();
  });

  it("says so when it is sent where it cannot go, and resets out of it", async () => {
    await start({ boot0: true });
    say(0x7f, 0x21, 0xde, 0x20, 0, 0x40, 0, 0x60);
    await vi.waitUntil(() => events.length === 2);
    expect(events[1]).toBe("stopped: go 0x20004000; only programs at the start of flash are emulated");
    expect(virtual.state).toBe("stopped");
    await virtual.reset();
    expect(virtual.state).toBe("bootloader");
  });

  it("takes no flash of another size", async () => {
    await expect(
      VirtualStm32.start({ board, flash: new Uint8Array(1000), send: () => undefined }),
    ).rejects.toThrow("the kept flash has 1000 B; STM32F405/407/415/417 has 1048576 B");
  });
});

function openLinkFor(timeoutMs: number): Device {
  return openDevice(
    {
      name: "the virtual board",
      bytesPerSecond: 1e9,
      write: (bytes) => virtual.receive(bytes),
      listen: (onBytes) => {
        receive = onBytes;
      },
      close: async () => undefined,
    },
    { timeoutMs },
  );
}

describe("control", () => {
  const pins = () => ({
    boot0: false,
    state: "bootloader" as const,
    resets: 0,
    async reset() {
      this.resets++;
    },
  });

  it("sets BOOT0, resets, and tells the state", async () => {
    const board = pins();
    expect(await control(board, "boot0 1")).toBe("ok bootloader boot0 1");
    expect(await control(board, "  reset ")).toBe("ok bootloader boot0 1");
    expect(await control(board, "boot0  0")).toBe("ok bootloader boot0 0");
    expect(await control(board, "state")).toBe("ok bootloader boot0 0");
    expect(board.resets).toBe(1);
  });

  it("refuses anything else, and what fails", async () => {
    expect(await control(pins(), "boot0 2")).toBe(
      'error: expected one of reset, boot0 0, boot0 1, state, found "boot0 2"',
    );
    const broken = { ...pins(), reset: () => Promise.reject(new Error("no emulator")) };
    expect(await control(broken, "reset")).toBe("error: no emulator");
  });

  it("answers line by line, and hangs up on a line without end", async () => {
    const input = new PassThrough();
    const answers: string[] = [];
    const done = controlByLines(pins(), input, (line) => answers.push(line));
    input.write("boot0 1\nsta");
    input.write("te\n\n");
    input.write("x".repeat(2000));
    await done;
    expect(input.destroyed).toBe(true);
    expect(answers).toEqual(["ok bootloader boot0 1", "ok bootloader boot0 1"]);
  });
});
