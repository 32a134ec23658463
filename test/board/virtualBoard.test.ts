import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { startVirtualBoard, type VirtualBoard } from "../../src/board/virtualBoard.js";
import { type Device, openDevice } from "../../src/link/device.js";
import { encodeFrame, type Frame, FrameDecoder } from "../../src/link/frame.js";
import type { Line } from "../../src/link/line.js";
import { bytesOf, decodeAnswer, decodeHello, encodeChecksum, MessageType } from "../../src/link/messages.js";
import { openSerialDevice, openSerialLine } from "../../src/link/serialDevice.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";
import { describeDevice } from "../link/describeDevice.js";
import { ManualClock } from "../support/clock.js";
import { until } from "../support/until.js";

const board = findBoard("olimex-stm32-h405");
const directory = temporaryDirectory();
let elf: string;

beforeAll(async () => {
  elf = (await compileNetwork(board.id, "fixture", directory, { flags: ["-DFIXTURE_FAULTS"] })).elf;
});

describeDevice("emulated olimex-stm32-h405", async () => {
  const virtual = await startVirtualBoard({ elf, board });
  const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf });
  return { device, boardId: board.id, stop: virtual.stop };
});

describe("on the emulator", () => {
  let virtual: VirtualBoard;
  let device: Device;

  beforeAll(async () => {
    virtual = await startVirtualBoard({ elf, board });
    // So patient that a request lost to a restarting board would show as a test that takes too long.
    device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf, timeoutMs: 60_000 });
  });
  afterAll(async () => {
    await device.close();
    await virtual.stop();
  });

  /** The fixture has an accident when its input starts so. */
  const accident = (kind: number) =>
    Int8Array.from({ length: fixture.inputBytes }, (_, i) => [1, kind][i] ?? 0);

  it("counts instructions, and says so", async () => {
    expect(await device.hello()).toMatchObject({
      counterKind: "instructions",
      counterHz: 1e9,
      imageAddress: board.flashAddress,
      stackBytes: board.stackBytes,
    });
  });

  it("counts the same bytes for the same requests, however long it took to wake", async () => {
    const received = async () => {
      await device.reset();
      const before = device.statistics;
      device.numberFrom(7);
      await device.run(everyByteInput());
      const after = device.statistics;
      expect(after.unexpectedFrames).toBe(before.unexpectedFrames);
      return after.bytesReceived - before.bytesReceived;
    };
    expect(await received()).toBe(await received());
  });

  it("raises the stack's high-water mark by what a run uses", async () => {
    await device.reset();
    const { stackUsedBytes } = await device.hello();
    await device.run(accident(5)); // 20 calls, each with 16 bytes of variables
    const after = (await device.hello()).stackUsedBytes;
    expect(after).toBeGreaterThan(stackUsedBytes + 20 * 16);
    expect(after).toBeLessThan(board.stackBytes);
  });

  it("reports an undefined instruction with its address, then works again", async () => {
    const failed = device.run(accident(2));
    await expect(failed).rejects.toThrow(
      /^the program on \S+ stopped with a usage fault \(undefined instruction\) at pc 0x0800[0-9a-f]{4}, lr /,
    );
    await expect(failed).rejects.toMatchObject({
      hint: expect.stringMatching(/^arm-none-eabi-addr2line -f -e \S+\.elf 0x0800[0-9a-f]{4} /),
    });
    expect((await device.run(everyByteInput())).output).toEqual(fixture.run(everyByteInput()));
  });

  it("reports a stack that runs over", async () => {
    const failed = device.run(accident(3));
    await expect(failed).rejects.toThrow(/bus fault \(bad address 0x1fffff[0-9a-f]{2}, stack overflow\)/);
    await expect(failed).rejects.toMatchObject({
      hint: "the stack ran over; the board's linker script sets its size",
    });
  });

  it("reports a read from nowhere", async () => {
    await expect(device.run(accident(4))).rejects.toThrow("bus fault (bad address 0x60000000) at pc 0x0800");
  });

  it("refuses a port that another program has open", async () => {
    await expect(openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs })).rejects.toThrow(
      `port ${virtual.portPath} is in use by another program`,
    );
  });
});

it("a board loses nothing that comes while it works, on a line that waits", async () => {
  const virtual = await startVirtualBoard({ elf, board });
  const port = await openSerialLine(virtual.portPath, 115_200);
  try {
    let hear: (bytes: Uint8Array) => void = () => undefined;
    port.listen(
      (bytes) => hear(bytes),
      () => undefined,
    );
    const line: Line = {
      ...{ ...port, stolenMs: virtual.stolenMs },
      listen: (onBytes) => {
        hear = onBytes;
      },
    };
    const { imageAddress } = await openDevice(line).hello();
    const long = { type: MessageType.checksum, payload: encodeChecksum(imageAddress, board.flashBytes) };
    const run = { type: MessageType.run, payload: bytesOf(everyByteInput()) };
    const last = { type: MessageType.hello, payload: new Uint8Array(0) };
    const requests = [long, run, run, run, run, last].map((each, index) => ({
      ...each,
      ...{ status: 0, id: 100 + index },
    }));
    const decoder = new FrameDecoder();
    const answers = await new Promise<Frame[]>((resolve) => {
      const come: Frame[] = [];
      hear = (bytes) => {
        come.push(...decoder.push(bytes));
        if (come.at(-1)?.id === 105) resolve(come);
      };
      port.write(Buffer.concat(requests.map(encodeFrame))); // runs of 3 KB behind the checksum of a megabyte
    });
    const answered = answers.filter(({ id }) => id >= 100); // not late ones to the hellos that woke it
    expect(answered.map(({ id, status }) => [id, status])).toEqual(requests.map(({ id }) => [id, 0]));
    expect(decodeHello(decodeAnswer(answered[5]!.payload).payload)).toMatchObject({
      ...{ receiveOverruns: 0, brokenFrames: 0 },
    });
  } finally {
    await port.close();
    await virtual.stop();
  }
});

describe("ticks on the emulator", () => {
  it.each([0, 1, 1000])("are exactly the instructions between call and return: %d", async (nops) => {
    const flags = [`-DFIXTURE_NOPS=${nops}`, "-Wno-unused-function"];
    const image = await compileNetwork(board.id, "fixture", `${directory}/${nops}`, { flags });
    const virtual = await startVirtualBoard({ elf: image.elf, board });
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    await device.hello();
    expect((await device.run(everyByteInput())).ticks).toBe(nops);
    await device.close();
    await virtual.stop();
  });
});

describe("openSerialDevice", () => {
  it("says so when the port goes away, now and at every later request", async () => {
    const virtual = await startVirtualBoard({ elf, board });
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    await device.hello();
    const pending = device.run(new Int8Array(5000));
    const gone = `port ${virtual.portPath} went away`;
    await Promise.all([expect(pending).rejects.toThrow(gone), virtual.stop()]);
    await expect(device.run(everyByteInput())).rejects.toThrow(gone);
    await device.close();
  });

  it("refuses a port that is not there", async () => {
    await expect(openSerialDevice("/dev/ttyNOSUCH0")).rejects.toThrow("there is no port /dev/ttyNOSUCH0");
  });

  it("says so when nobody answers on a port", async () => {
    // A started emulator whose core is halted.
    const machine = ["-M", "netduinoplus2", "-S", "-display", "none", "-monitor", "none", "-serial", "pty"];
    const silent = spawn("qemu-system-arm", machine, { stdio: ["ignore", "pipe", "inherit"] });
    const [text] = (await once(silent.stdout, "data")) as [Buffer];
    const port = /redirected to (\S+)/.exec(text.toString())![1]!;
    const clock = new ManualClock();
    const device = await openSerialDevice(port, { timeoutMs: 100, clock });
    const hello = device.hello();
    setImmediate(() => clock.pass(3 * 103)); // 3 ms for the bytes of a try
    await expect(hello).rejects.toThrow(/^no answer to hello from \/dev\/pts\/\d+ in \d+ ms after 3 tries/);
    await device.close();
    silent.kill("SIGKILL");
  });
});

describe("startVirtualBoard", () => {
  it("tells how to install an emulator that is missing", async () => {
    vi.stubEnv("PATH", directory);
    try {
      const started = startVirtualBoard({ elf, board });
      await expect(started).rejects.toThrow("qemu-system-arm is not installed");
      await expect(started).rejects.toMatchObject({ hint: expect.stringContaining("install qemu") });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("refuses boards that are not emulated", async () => {
    await expect(startVirtualBoard({ elf, board: findBoard("host") })).rejects.toThrow(
      'board "host" is not emulated',
    );
  });

  it("refuses an image that is missing, or is none", async () => {
    await expect(startVirtualBoard({ elf: "/no/such.elf", board })).rejects.toThrow(
      "there is no image /no/such.elf",
    );
    const text = `${directory}/text.elf`;
    writeFileSync(text, "no image");
    await expect(startVirtualBoard({ elf: text, board })).rejects.toThrow(`${text} is not an ELF image`);
  });

  const endings: [string, (parent: ChildProcess) => void][] = [
    ["is killed", (parent) => parent.kill("SIGKILL")],
    ["gets Ctrl-C", (parent) => process.kill(-parent.pid!, "SIGINT")],
    ["is told to end", (parent) => parent.kill("SIGTERM")],
    ["crashes", (parent) => parent.stdin!.write("crash")],
    ["exits", (parent) => parent.stdin!.write("exit")],
  ];

  it.each(endings)("leaves no emulator behind when its process %s", async (_, end) => {
    // The command line's terminal sends Ctrl-C to its whole process group, so the parent gets one of its own.
    const script = fileURLToPath(new URL("orphanParent.ts", import.meta.url));
    const jiti = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));
    const parent = spawn(process.execPath, [jiti, script, elf], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    onTestFinished(() => void parent.kill("SIGKILL")); // a failed test leaves it behind otherwise
    await once(parent.stdout, "data");
    expect(emulatorsOf(elf).length).toBe(1);
    const ended = once(parent, "exit");
    end(parent);
    await ended;
    await until(() => emulatorsOf(elf).length === 0);
  });

  it("leaves no emulator and no guardian behind after stop", async () => {
    const virtual = await startVirtualBoard({ elf, board });
    expect(emulatorsOf(elf).length).toBe(1);
    await virtual.stop();
    expect(processesOf(elf)).toEqual([]);
  });
});

/** Command lines of running processes that name the image, but for the parents of this test. */
function processesOf(image: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return ""; // ended meanwhile
      }
    })
    .filter((command) => command.includes(image) && !command.includes("orphanParent"));
}

function emulatorsOf(image: string): string[] {
  return processesOf(image).filter((command) => command.startsWith("qemu-system-arm"));
}
