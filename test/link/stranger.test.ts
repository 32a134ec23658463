import { describe, expect, it } from "vitest";
import { compareDevice } from "../../src/compare/compareDevice.js";
import { allBytesAreEqual } from "../../src/compare/report.js";
import type { TensorDescription } from "../../src/link/description.js";
import { openDevice } from "../../src/link/device.js";
import type { Line } from "../../src/link/line.js";
import { type Hello, MessageType } from "../../src/link/messages.js";
import { encodeDevicePins, encodePinReadings } from "../../src/link/pinMessages.js";
import { limitsOf } from "../../src/link/runLimits.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { profileDevice } from "../../src/profile/profileDevice.js";
import { ManualClock } from "../support/clock.js";
import { quantized } from "../support/smallModel.js";
import { helloOf, type Lies, strangeLine } from "../support/strangeDevice.js";

const program = planProgram({
  ...quantized,
  layers: quantized.layers.map((layer) =>
    layer.kind === "fullyConnected" ? { ...layer, bias: Int32Array.of(100, -100) } : layer,
  ),
});
const inputs = [Int8Array.of(1, -2, 3), Int8Array.of(100, 50, -128)];
const [input, output] = [onlyInput(helloOf(program).network), onlyOutput(helloOf(program).network)];
const batches = (hello: Hello): Hello => ({ ...hello, batchBytes: 6 });

/** A hello whose input or output is otherwise. */
const withTensors = (change: {
  readonly input?: Partial<TensorDescription>;
  readonly output?: Partial<TensorDescription>;
}): Lies => ({
  hello: (hello) => ({
    ...hello,
    network: {
      ...hello.network,
      inputs: [{ ...input, ...change.input }],
      outputs: [{ ...output, ...change.output }],
    },
  }),
});

/** Its time passes only when it is asked what it does not answer: then as much as any request may take. */
const open = (lies: Lies) => {
  const clock = new ManualClock();
  return openDevice(
    strangeLine(program, lies, () => clock.pass(120_000)),
    { timeoutMs: 50, tries: 1, clock },
  );
};
const compare = (lies: Lies, layers = false) =>
  compareDevice({
    ...{ program, network: undefined, device: open(lies), deviceDescription: "a line", inputs },
    ...{ labels: undefined, layers },
  });

describe("a device that tells the truth", () => {
  it.each([
    ["one by one", {}, false],
    ["in batches", { hello: batches }, false],
    ["layer by layer", {}, true],
  ] as const)("compares equal %s", async (_, lies, layers) => {
    const report = await compare(lies, layers);
    expect(allBytesAreEqual(report)).toBe(true);
    expect(report.outputs.bytesCompared).toBe(4);
  });
});

describe("a hello of the right hash", () => {
  it.each([
    [{ input: { shape: [7] } }, "input", "int8 [7] of scale 0.003921568859368563 and zero point -128"],
    [{ input: { shape: [1, 3] } }, "input", "int8 [1, 3] of scale 0.003921568859368563 and zero point -128"],
    [
      { input: { elementType: "int16" } },
      "input",
      "int16 [3] of scale 0.003921568859368563 and zero point -128",
    ],
    [
      { input: { quantization: { scale: 0.5, zeroPoint: -128 } } },
      "input",
      "int8 [3] of scale 0.5 and zero point -128",
    ],
    [
      {
        input: { quantization: [0.003921568859368563, 0.5, 1].map((scale) => ({ scale, zeroPoint: -128 })) },
      },
      "input",
      "int8 [3] of scale 0.003921568859368563 and zero point -128 in column 0 of 3",
    ],
    [{ output: { shape: [5] } }, "output", "int8 [5] of scale 0.00390625 and zero point -128"],
    [
      { output: { quantization: { scale: 1 / 256, zeroPoint: 7 } } },
      "output",
      "int8 [2] of scale 0.00390625 and zero point 7",
    ],
  ] as const)("is refused with %j", async (change, end, told) => {
    const truth = { input: "int8 [3] of scale 0.003921568859368563", output: "int8 [2] of scale 0.00390625" }[
      end
    ];
    await expect(compare(withTensors(change))).rejects.toThrow(
      `the board says that the ${end} of network "small" is ${told}, for float32; the host's is ${truth} and zero point -128, for float32`,
    );
  });

  it("is refused with another hash, which is shown beside the host's", async () => {
    const hello = (truth: Hello): Hello => ({
      ...truth,
      network: { ...truth.network, hash: `8b20e7d1${"0".repeat(56)}` },
    });
    await expect(compare({ hello })).rejects.toThrow(
      `the board runs network "small" 8b20e7d1, the host expects ${program.hash.slice(0, 8)}`,
    );
  });

  it.each([
    ["input", { input: { shape: [0] } }, "input [0] has 0 bytes"],
    ["input", { input: { shape: [0x3fffffff] } }, "input [1073741823] has 1073741823 bytes"],
    ["output", { output: { shape: [2 ** 24, 2] } }, "output [16777216, 2] has 33554432 bytes"],
  ] as const)("tells no %s that cannot be, model or none: %j", async (_, change, told) => {
    const expected = `network description: the ${told}; expected 1 to 16777216`;
    await expect(open(withTensors(change)).hello()).rejects.toThrow(expected);
    await expect(compare(withTensors(change))).rejects.toThrow(expected);
  });

  it("tells no axes whose product no number holds, and no element type that is not known", async () => {
    const huge = [0xffffffff, 0xffffffff, 0xffffffff];
    await expect(open(withTensors({ input: { shape: huge } })).hello()).rejects.toThrow(
      "the input [4294967295, 4294967295, 4294967295] has ",
    );
    const elementType = "int64" as "int8";
    await expect(open(withTensors({ output: { elementType } })).hello()).rejects.toThrow(
      "element type 255 is not known",
    );
  });

  it("stays the same as long as the device is open", async () => {
    let hellos = 0;
    const device = open({
      hello: (hello) => ({ ...hello, network: { ...hello.network, name: `small ${hellos++}` } }),
    });
    await device.hello();
    await expect(device.hello()).rejects.toThrow('stranger says that it runs network "small 1"');
  });
});

describe("an answer of another size than the hello's", () => {
  const sizes = [
    ["short", 0],
    ["long", 1000],
  ] as const;
  const refused = (what: string, size: number, expected: number): string =>
    `stranger answered ${what} with an output of ${size} B; expected ${expected} B`;

  it.each(sizes)("is refused when it is too %s, with and without a model", async (_, size) => {
    const output = () => new Int8Array(size);
    await expect(compare({ output })).rejects.toThrow(refused("run", size, 2));
    const device = open({ output });
    await device.hello();
    await expect(device.run(inputs[0]!)).rejects.toThrow(refused("run", size, 2));
  });

  it.each(sizes)("is refused in a batch: %s", async (_, size) => {
    const output = () => new Int8Array(size);
    await expect(compare({ hello: batches, output })).rejects.toThrow(refused("2 runs", size, 2));
    const device = open({ hello: batches, output });
    await device.hello();
    await expect(device.runMany(inputs)).rejects.toThrow(refused("2 runs", size, 2));
  });

  it("is refused of a layer, by compare and by profile", async () => {
    const isLayer = (answer: Int8Array) => (answer.length === 2 ? new Int8Array(3) : answer);
    let answers = 0;
    const output = (answer: Int8Array) => (answers++ === 0 ? answer : isLayer(answer));
    await expect(compare({ output }, true)).rejects.toThrow(refused("run layer 0", 3, 2));
    answers = 0;
    const device = open({ output });
    await expect(profileDevice({ program, device, deviceDescription: "a line", inputs })).rejects.toThrow(
      refused("run layer 0", 3, 2),
    );
  });

  it("is refused of pins", async () => {
    const pin = { pin: 3, isActiveLow: false };
    const pins = {
      everyMs: 5,
      inputs: [{ ...pin, kind: "digital" as const }],
      outputs: [],
      timing: undefined,
    };
    const device = open({
      answers: new Map([
        [MessageType.describePins, encodeDevicePins(pins)],
        [MessageType.readPins, encodePinReadings({ rounds: 1, ticks: 1, pins: [] })],
      ]),
    });
    await device.describePins();
    await expect(device.readPins()).rejects.toThrow(
      "stranger answered read pins with 0 pins; it said that it has 1",
    );
    const unknown = encodeDevicePins(pins).map((byte, i) => (i === 6 ? 9 : byte));
    const other = open({ answers: new Map([[MessageType.describePins, unknown]]) });
    await expect(other.describePins()).rejects.toThrow("the device tells kind 9 of a pin");
  });
});

describe("no answer", () => {
  const saying = (clock: ManualClock, bytes: readonly number[]): Line => {
    let take: (bytes: Uint8Array) => void = () => undefined;
    return {
      ...strangeLine(program),
      listen: (onBytes) => {
        take = onBytes;
      },
      write: () => {
        take(Uint8Array.from(bytes));
        setImmediate(() => clock.pass(6)); // a try: 5 ms, and 1 for the bytes on the line
      },
    };
  };
  const askedBy = (...bytes: number[]): Promise<Hello> => {
    const clock = new ManualClock();
    return openDevice(saying(clock, bytes), { timeoutMs: 5, tries: 2, clock }).hello();
  };

  it("but what a ROM loader says tells that it is running", async () => {
    const error = await askedBy(0x1f, 0x79, 0x1f).catch((cause) => cause);
    expect(error.message).toBe(
      "no answer to hello from stranger: the ROM loader is running there instead of the firmware " +
        "(6 bytes came, each its 0x79 or 0x1f)",
    );
    expect(error.hint).toBe(
      "set BOOT0 low and reset the board; where its firmware is not whole, `pinfer flash FOLDER --port stranger`",
    );
  });

  it("with other bytes between, or none, accuses the line", async () => {
    await expect(askedBy(0x1f, 0x78)).rejects.toThrow(
      /^no answer to hello from stranger in 12 ms after 2 tries \(4 bytes came before\)$/,
    );
    await expect(askedBy()).rejects.toThrow(/in 12 ms after 2 tries$/);
  });
});

describe("the time that a run may take", () => {
  const slow: Hello = {
    ...helloOf(program),
    ...{ coreHz: 1, batchBytes: 0xffffffff },
    network: { ...helloOf(program).network, macs: 0xffffffff },
  };

  it("is 30 cycles for each multiply-accumulate of the network", () => {
    const hello = { ...slow, coreHz: 10_000_000, network: { ...slow.network, macs: 1_000_000 } };
    expect(limitsOf(hello, 1_000_000).runMs).toBe(3000);
    expect(limitsOf(hello, undefined).runMs).toBe(3000);
    expect(limitsOf({ ...hello, coreHz: 0 }, undefined).runMs).toBe(300); // this computer
  });

  it("is never more than the host's own program says, whatever the device does", () => {
    // 30 cycles for each of 6 at no less than 1 MHz
    expect(limitsOf(slow, 6).runMs).toBe(1);
    expect(limitsOf({ ...slow, network: { ...slow.network, macs: 3 } }, 6).runMs).toBe(1);
  });

  it("is at most a minute where the host has no program, of a run and of a batch", () => {
    expect(limitsOf(slow, undefined)).toMatchObject({ runMs: 60_000, mostMs: 60_000 });
  });

  it("comes with batches that fit into a frame", () => {
    expect(limitsOf(slow, 6).batchSize).toBe(Math.floor(2 ** 20 / 6));
    expect(limitsOf(slow, 6).longestAnswer).toBe(2 ** 20);
  });

  it("ends with a message at a device of 1 Hz and 2^32 - 1 multiply-accumulates that never answers", async () => {
    const lies = { hello: () => slow, silentOn: [MessageType.run, MessageType.runTotal] };
    await expect(compare(lies)).rejects.toThrow(/^no answer to 2 runs from stranger in \d+ ms after 1 tries/);
  });
});
