import { type ChildProcess, spawn } from "node:child_process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBoard, withTextProtocol } from "../../src/board/boards.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { openDevice } from "../../src/link/device.js";
import { encodeFrame, encodeWithCrc } from "../../src/link/frame.js";
import type { Line } from "../../src/link/line.js";
import { bytesOf, encodeAnswer } from "../../src/link/messages.js";
import { openProcessLine } from "../../src/link/processDevice.js";
import { openSerialLine } from "../../src/link/serialDevice.js";
import { TextDevice } from "../../src/link/textDevice.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";
import { ManualClock } from "../support/clock.js";

const directory = temporaryDirectory();
const boot = "m-timestamp-mode-performance\r\nm-init-done\r\nm-ready\r\n";
let example: string;
let large: string;

beforeAll(async () => {
  const board = withTextProtocol(findBoard("host"));
  example = (await compileNetwork("host", "exampleNetwork", directory, { board, name: "example" })).elf;
  large = (await compileNetwork("host", "fixture", `${directory}/large`, { board })).elf;
});

/** Everything the firmware says to these bytes; it ends when they do. */
async function answerTo(executable: string, bytes: Uint8Array | string): Promise<string> {
  const firmware = spawn(executable, { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  firmware.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  const answer: Buffer[] = [];
  firmware.stdout.on("data", (chunk: Buffer) => answer.push(chunk));
  firmware.stdin.end(bytes);
  const code = await ended(firmware);
  expect(`${code} ${complaint}`).toBe("0 ");
  return Buffer.concat(answer).toString("latin1");
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("close", (code) => resolve(code)));
}

/** Commands and the whole answer to them, in the order of the protocol's public description. */
const transcript: readonly (readonly [command: string, answer: string])[] = [
  ["name%", "m-name-dut-[pinfer]\r\n"],
  ["profile%", "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[example]\r\n"],
  ["timestamp%", "m-lap-us-0\r\n"],
  ["results%", "e-[No results: nothing was inferred]\r\n"],
  ["infer%", "e-[Input db has 0 bytes, expected 4]\r\n"],
  ["db%", "e-[Command 'db' requires a subcommand]\r\n"],
  ["db load%", "e-[Command 'db load' requires the # of bytes]\r\n"],
  ["db load 0%", "e-[Command 'db load' must be >0 bytes]\r\n"],
  ["db load -4%", "e-[Command 'db load' must be >0 bytes]\r\n"],
  ["db load 4x%", "e-[Command 'db load' must be >0 bytes]\r\n"],
  ["db load 4294967300%", "e-[Command 'db load' must be >0 bytes]\r\n"],
  // The reference says so without a prefix, and then takes bytes past its buffer's end.
  ["db load 5%", "e-[Supplied buffer size 5 exceeds maximum of 4]\r\n"],
  ["db c0db017f%", "e-[Command 'db' requires a 'db load' first]\r\n"],
  ["db load 4%", "m-[Expecting 4 bytes]\r\n"],
  ["db c0d%", "e-[Insufficent number of hex digits]\r\n"],
  ["db c0dg%", "e-[Invalid hex digit 'dg']\r\n"],
  ["db C0%", ""],
  ["db print%", "m-buffer-c0\r\n\r\n"],
  ["infer 1 0%", "e-[Input db has 1 bytes, expected 4]\r\n"],
  ["db db017fffff%", "m-load-done\r\n"], // digits behind the last byte do not count
  ["db ff%", "e-[Command 'db' requires a 'db load' first]\r\n"],
  ["db print%", "m-buffer-c0-db-01-7f\r\n\r\n"],
  ["infer 0%", "e-[Inference iterations must be >0]\r\n"],
  ["infer x%", "e-[Inference iterations must be >0]\r\n"],
  ["infer 1 -1%", "e-[Inference warmup must be >=0]\r\n"],
  // Outputs -63 and -92, scale 0.25, zero point -1; this board counts no time.
  [
    "infer 2 3%",
    "m-warmup-start-3\r\nm-warmup-done\r\nm-infer-start-2\r\nm-lap-us-0\r\nm-lap-us-0\r\nm-infer-done\r\n" +
      "m-results-[-15.5,-22.75]\r\n",
  ],
  [
    "infer%",
    "m-warmup-start-10\r\nm-warmup-done\r\nm-infer-start-1\r\nm-lap-us-0\r\nm-lap-us-0\r\nm-infer-done\r\n" +
      "m-results-[-15.5,-22.75]\r\n",
  ],
  ["results%", "m-results-[-15.5,-22.75]\r\n"],
  ["%", "e-[Unknown command: ]\r\n"],
  ["   %", "e-[Unknown command: ]\r\n"],
  ["Name%", "e-[Unknown command: Name]\r\n"],
  ["names%", "e-[Unknown command: names]\r\n"],
  ["nam%", "e-[Unknown command: nam]\r\n"],
  ["\r\nname\r\n%", "m-name-dut-[pinfer]\r\n"],
  [`${"x".repeat(80)}%`, `e-[Unknown command: ${"x".repeat(80)}]\r\n`],
  [`${"x".repeat(81)}%`, "e-[Command is longer than 80 characters]\r\n"],
  [`db ${"00".repeat(5000)}%`, "e-[Command is longer than 80 characters]\r\n"],
  ["timestamp%", "m-lap-us-0\r\n"],
];

describe("the text protocol, byte for byte", () => {
  it("answers each command as described, and then m-ready", async () => {
    const commands = transcript.map(([command]) => command).join("");
    const answers = transcript.map(([, answer]) => `${answer}m-ready\r\n`).join("");
    expect(await answerTo(example, commands)).toBe(boot + answers);
  });

  it("helps with the version and every command", async () => {
    const answer = await answerTo(example, "help%");
    expect(answer.startsWith(`${boot}ULPMark for tinyML Firmware V0.0.1\r\n`)).toBe(true);
    expect(answer.endsWith("m-ready\r\n")).toBe(true);
    for (const word of ["name", "profile", "timestamp", "help", "db load", "db print", "infer", "results"]) {
      expect(answer).toContain(word);
    }
  });

  it("drops a command with a byte that is no text, without an answer", async () => {
    expect(await answerTo(example, Buffer.from("na\x01%", "latin1"))).toBe(
      `${boot}e-[Unknown command: ]\r\nm-ready\r\n`,
    );
    expect(await answerTo(example, Buffer.from(`${"x".repeat(100)}\xffname%`, "latin1"))).toBe(
      `${boot}m-name-dut-[pinfer]\r\nm-ready\r\n`,
    );
  });
});

describe("frames and text on one line", () => {
  const request = { type: 2, status: 0, id: 2, payload: Uint8Array.of(0xc0, 0xdb, 1, 0x7f) };
  const { crc } = encodeWithCrc(request);
  const run = encodeFrame(request);
  const result = encodeAnswer(Uint8Array.of(0, 0, 0, 0, 0xc1, 0xa4), crc);
  const ran = encodeFrame({ type: 0x82, status: 0, id: 2, payload: result });
  const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
  const named = "m-name-dut-[pinfer]\r\nm-ready\r\n";

  it("are told apart by their first byte", async () => {
    const bytes = Buffer.concat([Buffer.from("name%"), run, Buffer.from("name%"), run, run]);
    expect(await answerTo(example, bytes)).toBe(boot + named + latin(ran) + named + latin(ran) + latin(ran));
  });

  it("do not mix: a frame ends a command that was begun", async () => {
    const bytes = Buffer.concat([Buffer.from("na"), run, Buffer.from("name%")]);
    expect(await answerTo(example, bytes)).toBe(boot + latin(ran) + named);
  });

  it("text is text again after a broken frame", async () => {
    const broken = run.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
    for (const end of [run.length, run.length - 1, 3]) {
      const bytes = Buffer.concat([broken.subarray(0, end), Uint8Array.of(0xc0), Buffer.from("name%"), run]);
      expect(await answerTo(example, bytes)).toBe(boot + named + latin(ran));
    }
  });

  it("an inference by frames leaves what was loaded by text", async () => {
    const other = encodeFrame({ type: 2, status: 0, id: 3, payload: Uint8Array.of(1, 2, 3, 4) });
    const bytes = Buffer.concat([Buffer.from("db load 4%db c0db017f%"), other, Buffer.from("infer 1 0%")]);
    expect(await answerTo(example, bytes)).toContain("m-results-[-15.5,-22.75]\r\nm-ready\r\n");
  });
});

describe("the text protocol under the sanitizers", () => {
  it("writes nowhere else, whatever comes, and then answers", async () => {
    const words = ["db", "load", "print", "infer", "results", "name", "4", "785", "784", "1", "0", "%", " "];
    const piece = fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom(..."0123456789abcdefgG%%% \r\n"),
      fc.string({ maxLength: 120 }),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
      fc.nat(2000).map((digits) => `db ${"a5".repeat(digits / 40)}%`),
      fc.nat(900).map((bytes) => `db load ${bytes}%`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 200 }), async (pieces) => {
        const noise = Buffer.from(pieces.join(""), "latin1");
        const end = Buffer.from("\xc0name%", "latin1");
        const answer = await answerTo(large, Buffer.concat([noise, end]));
        expect(answer.endsWith("m-name-dut-[pinfer]\r\nm-ready\r\n")).toBe(true);
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

/** What holds for whatever speaks the text protocol around the fixture network. */
function describeTextDevice(
  name: string,
  open: () => Promise<{ line: Line; stop: () => Promise<void> }>,
): void {
  describe(name, () => {
    let device: TextDevice;
    let stop: () => Promise<void> = async () => undefined;
    const input = everyByteInput();
    /** Scale 0.5, zero point 3. */
    const expected = [...fixture.run(input)].map((value) => String((value - 3) / 2));

    beforeAll(async () => {
      const opened = await open();
      stop = opened.stop;
      device = new TextDevice(opened.line);
    });
    afterAll(async () => {
      await device?.close();
      await stop();
    });

    it("tells its name and its model", async () => {
      expect(await device.greet()).toBe("dut-[pinfer]");
      expect(await device.model()).toBe("fixture");
    });

    it("keeps what was loaded for every inference", async () => {
      await device.load(bytesOf(input));
      for (const [runs, warmup] of [
        [1, 0],
        [5, 10],
        [1, 0],
      ] as const) {
        expect((await device.infer(runs, warmup)).results).toEqual(expected);
      }
    });

    it("says an error in the words of the board", async () => {
      await expect(device.command("infer 0")).rejects.toThrow(
        `${device.name} answered e-[Inference iterations must be >0] to "infer 0%"`,
      );
    });
  });
}

describeTextDevice("the host firmware's text", async () => ({
  line: openProcessLine(large),
  stop: async () => undefined,
}));

describe("the emulated board", () => {
  const board = withTextProtocol(findBoard("olimex-stm32-h405"));
  let virtual: Awaited<ReturnType<typeof startVirtualBoard>>;

  beforeAll(async () => {
    const { elf } = await compileNetwork(board.id, "fixture", `${directory}/emulated`, { board });
    virtual = await startVirtualBoard({ elf, board });
  });
  afterAll(() => virtual?.stop());

  describeTextDevice("by text", async () => ({
    line: await openSerialLine(virtual.portPath, 115_200),
    stop: async () => undefined,
  }));

  it("counts the same ticks in a lap as frames do, and goes on from lap to lap", async () => {
    const frames = openDevice(await openSerialLine(virtual.portPath, 115_200));
    const { counterHz } = await frames.hello();
    const { ticks } = await frames.run(everyByteInput());
    await frames.close();
    const text = new TextDevice(await openSerialLine(virtual.portPath, 115_200));
    await text.greet();
    await text.load(bytesOf(everyByteInput()));
    // The start's time has a rest of less than a microsecond, which may make the end's one more.
    const microseconds = Math.floor((1000 * ticks * 1e6) / counterHz);
    const { lapMicroseconds } = await text.infer(1000, 0);
    expect([microseconds, microseconds + 1]).toContain(lapMicroseconds);
    const [end] = /(?<=m-lap-us-)\d+/.exec((await text.command("infer 1 0"))[3]!)!;
    const [now] = /\d+/.exec((await text.command("timestamp"))[0]!)!;
    expect(Number(now)).toBeGreaterThan(Number(end));
    await text.close();
  });
});

describe("a text client", () => {
  it("waits until answers to all its greetings have come, however late they are", async () => {
    const line = openProcessLine(large);
    const clock = new ManualClock();
    let [opensAt, saysAt] = [Number.POSITIVE_INFINITY, 0];
    let owed = 1; // answers of the firmware; what it says of itself at its start is one
    let heard = (): void => undefined;
    const deliver = (bytes: Uint8Array): void => {
      if (bytes.includes(0x25)) owed++; // %
      line.write(bytes);
    };
    const late: Line = {
      ...line,
      // A board that answers a second's greetings all at once, a while apart.
      write: (bytes) => {
        opensAt = Math.min(opensAt, clock.now() + 700);
        if (clock.now() >= opensAt) deliver(bytes);
        else clock.after(opensAt - clock.now(), () => deliver(bytes));
      },
      listen: (onBytes, onBroken) => {
        let text = "";
        line.listen((bytes) => {
          const parts = (text + Buffer.from(bytes).toString("latin1")).split(/(?<=m-ready\r\n)/);
          text = parts.at(-1)!.endsWith("m-ready\r\n") ? "" : parts.pop()!;
          for (const part of parts) {
            owed--;
            saysAt = Math.max(saysAt + 100, clock.now());
            clock.after(saysAt - clock.now(), () => onBytes(Buffer.from(part, "latin1")));
          }
          heard();
        }, onBroken);
      },
    };
    /** Time passes, but not while the firmware owes an answer. */
    const inTime = async <T>(asked: Promise<T>): Promise<T> => {
      let isDone = false;
      const done = asked.finally(() => {
        isDone = true;
      });
      while (!isDone) {
        if (owed === 0) await clock.passInTurns(1);
        else
          await new Promise<void>((resolve) => {
            heard = resolve;
          });
      }
      return done;
    };
    const device = new TextDevice(late, { clock });
    expect(await inTime(device.greet())).toBe("dut-[pinfer]");
    expect(await inTime(device.model())).toBe("fixture");
    await device.close();
  });
});

describe("a text client without a board that understands it", () => {
  it("says what is missing", async () => {
    const silent: Line = {
      name: "/dev/nothing",
      bytesPerSecond: 1e6,
      write: () => undefined,
      listen: () => undefined,
      close: async () => undefined,
    };
    const clock = new ManualClock();
    const answer = new TextDevice(silent, { clock }).command("name", 20);
    clock.pass(21); // 1 ms for the bytes on the line
    await expect(answer).rejects.toThrow('no m-ready from /dev/nothing after "name%" in 20 ms');
  });
});
