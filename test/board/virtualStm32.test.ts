import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { control, controlByLines } from "../../src/board/boardControl.js";
import { findBoard } from "../../src/board/boards.js";
import { VirtualStm32 } from "../../src/board/virtualStm32.js";
import { type Device, openDevice } from "../../src/link/device.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";
import { ManualClock } from "../support/clock.js";
import { until } from "../support/until.js";

const board = findBoard("olimex-stm32-h405");
const directory = temporaryDirectory();
const flashBytes = 1024 * 1024;
let image: Uint8Array;
let virtual: VirtualStm32;
let events: string[];
let onEvent: (text: string) => void;
let receive: (bytes: Uint8Array) => void;

beforeAll(async () => {
  const { bin } = await compileNetwork(board.id, "fixture", directory, { flags: ["-DFIXTURE_FAULTS"] });
  image = new Uint8Array(flashBytes).fill(0xff);
  image.set(readFileSync(bin!));
});
afterEach(() => virtual?.close());

async function start(options: { flash?: Uint8Array; boot0?: boolean }): Promise<void> {
  events = [];
  onEvent = () => undefined;
  receive = () => undefined;
  virtual = await VirtualStm32.start({
    board,
    ...options,
    send: (bytes) => receive(bytes),
    onEvent: (text) => {
      events.push(text);
      onEvent(text);
    },
  });
}

/** A PATH whose emulator only complains. */
function withFailingEmulator(): string {
  writeFileSync(join(directory, "qemu-system-arm"), "#!/bin/sh\necho no >&2; exit 3\n", { mode: 0o755 });
  return [directory, process.env.PATH].join(delimiter);
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
    await expect(openLinkUntilLoader().reset()).rejects.toThrow("no answer to hello");
    expect([virtual.state, events.at(-1)]).toEqual([
      "bootloader",
      "reset by the program: BOOT0 is high, the ROM bootloader waits",
    ]);
    await device.close();
  });

  it("runs a program that Go starts in RAM, and one behind another in flash", async () => {
    // Initial stack pointer, start, then: AIRCR = 0x05fa0004, which resets the chip; wait for it.
    const program = (address: number): Uint8Array => {
      const code = [0x4801, 0x4902, 0x6001, 0xe7fe];
      const view = new DataView(new ArrayBuffer(24));
      view.setUint32(0, 0x20010000, true);
      view.setUint32(4, address + 8 + 1, true);
      for (const [i, half] of code.entries()) view.setUint16(8 + 2 * i, half, true);
      view.setUint32(16, 0xe000ed0c, true);
      view.setUint32(20, 0x05fa0004, true);
      return new Uint8Array(view.buffer);
    };
    const flash = image.slice();
    flash.set(program(0x08008000), 0x8000);
    await start({ flash, boot0: true });
    virtual.memory.write(0x20004000, program(0x20004000));
    for (const [address, where] of [
      [[0x20, 0, 0x40, 0, 0x60], "0x20004000: the program in RAM"],
      [[0x08, 0, 0x80, 0, 0x88], "0x08008000: the program in flash"],
    ] as const) {
      const before = events.length;
      expect(say(0x7f, 0x21, 0xde, ...address)).toEqual([0x79, 0x79, 0x79]);
      await until(() => events.length === before + 2);
      expect(events.slice(before)).toEqual([
        `go ${where} runs`,
        "reset by the program: BOOT0 is high, the ROM bootloader waits",
      ]);
    }
  });

  it("says so when the emulator fails, and resets out of it", async () => {
    await start({ flash: image, boot0: true });
    vi.stubEnv("PATH", withFailingEmulator());
    try {
      say(0x7f, 0x21, 0xde, 0x08, 0, 0, 0, 0x08);
      await until(() => virtual.state === "stopped");
    } finally {
      vi.unstubAllEnvs();
    }
    expect(events.at(-1)).toBe("stopped: the emulator ended with code 3: no");
    await virtual.reset();
    expect(virtual.state).toBe("bootloader");
  });

  it("takes no flash of another size", async () => {
    await expect(
      VirtualStm32.start({ board, flash: new Uint8Array(1000), send: () => undefined }),
    ).rejects.toThrow("the kept flash has 1000 B; STM32F405/407/415/417 has 1048576 B");
  });
});

/** Where the board's loader runs, what is asked of it gets no answer: time passes, which it does at no other moment. */
function openLinkUntilLoader(): Device {
  const clock = new ManualClock();
  const silence = () => setImmediate(() => clock.pass(100));
  onEvent = (text) => {
    if (text.includes("the ROM bootloader waits")) silence(); // what was sent before is lost with the emulator
  };
  return openDevice(
    {
      name: "the virtual board",
      bytesPerSecond: 1e9,
      write: (bytes) => {
        if (virtual.state === "bootloader") silence();
        virtual.receive(bytes);
      },
      listen: (onBytes) => {
        receive = onBytes;
      },
      close: async () => undefined,
    },
    { timeoutMs: 50, clock },
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
