import { beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/link/device.js";
import { encodeFrame, encodeWithCrc, type Frame, FrameDecoder } from "../../src/link/frame.js";
import { Refusal } from "../../src/link/linkErrors.js";
import { encodeAnswer, encodeRunResult } from "../../src/link/messages.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { runSequence } from "../../src/link/runSequence.js";
import { encodeRunLayer, encodeSteps } from "../../src/link/stepMessages.js";
import { compileNetwork, temporaryDirectory } from "../firmware/images.js";
import { exchangeFrames } from "../support/exchangeFrames.js";
import { hex, readExamples } from "./protocolExamples.js";

const directory = temporaryDirectory();
let executable: string;
beforeAll(async () => {
  executable = (await compileNetwork("host", "exampleStates", directory)).elf;
});

const rows = [
  [1, 2],
  [3, -4],
  [5, 6],
].map((row) => Int8Array.from(row));
/** What the network gives for the rows, after a reset. */
const outputs = [
  [5 ^ 1, 5 ^ 2],
  [1 ^ 3, 2 ^ -4],
  [3 ^ 5, -4 ^ 6],
];
const result = (...output: readonly number[]) =>
  encodeRunResult({ ticks: 0, output: Int8Array.from(output) });
const nothing = new Uint8Array(0);

const request = (type: number, id: number, payload: Uint8Array): Frame => ({ type, status: 0, id, payload });
const answer = ({ type, id, ...rest }: Frame, payload: Uint8Array, status = 0): Frame => {
  const { crc } = encodeWithCrc({ type, id, ...rest });
  return { type: type | 0x80, status, id, payload: encodeAnswer(payload, crc) };
};

const first = request(0x0d, 11, encodeSteps(0, 0, rows.slice(0, 1)));
const sequence = encodeWithCrc(first).crc;
const others = request(0x0d, 12, encodeSteps(1, sequence, rows.slice(1)));
const beyond = request(0x0d, 13, encodeSteps(4, sequence, rows.slice(0, 1)));
const run = request(2, 14, Uint8Array.of(1, 2));
const layer = request(3, 15, encodeRunLayer(0, 0, rows[0], Uint8Array.of(7, 7, 8, 9)));

/** What each example says, as the host's encoders make it. */
const meanings: Readonly<Record<string, Frame>> = {
  "step request 0": first,
  "step answer 0": answer(first, result(...outputs[0]!)),
  "steps request 1 and 2": others,
  "steps answer 1 and 2": answer(
    others,
    new Uint8Array(Buffer.concat(outputs.slice(1).map((values) => result(...values)))),
  ),
  "step request out of order": beyond,
  "step answer out of order": answer(beyond, nothing, -4),
  "run request": run,
  "run answer": answer(run, nothing, -11),
  "run-layer request": layer,
  "run-layer answer": answer(layer, result(8, 9, 1, 2)),
};

describe("the examples of steps in PROTOCOL.md", () => {
  const examples = readExamples("states");

  it("are all known to this test", () => {
    expect([...examples.keys()].sort()).toEqual(Object.keys(meanings).sort());
  });

  it.each(Object.keys(meanings))("are what the host encodes and decodes: %s", (name) => {
    expect(hex(encodeFrame(meanings[name]!))).toBe(hex(examples.get(name)!));
    expect(new FrameDecoder().push(examples.get(name)!)).toEqual([meanings[name]]);
  });

  it("are what the firmware answers, each request asked twice", async () => {
    const names = [...examples.keys()].filter((name) => name.includes("request"));
    const pairs = names.map((name) => [
      examples.get(name)!,
      examples.get(name.replace("request", "answer"))!,
    ]);
    const asked = pairs.flatMap(([frame]) => [frame!, frame!]);
    const expected = pairs.flatMap(([, frame]) => [frame!, frame!]);
    expect((await exchangeFrames(executable, asked)).map(hex)).toEqual(expected.map(hex));
  });
});

describe("the firmware of a network that keeps states", () => {
  const answers = (...frames: readonly Frame[]) =>
    exchangeFrames(executable, frames.map(encodeFrame)).then((all) =>
      all.map((bytes) => {
        const [{ status, payload }] = new FrameDecoder().push(bytes) as [Frame];
        // ticks, output, CRC of the request
        return status === 0 ? [...new Int8Array(payload.slice(4, 6))] : status;
      }),
    );

  it("begins anew with step 0, and takes no step of a sequence before it", async () => {
    const again = request(0x0d, 20, encodeSteps(0, 0, [rows[1]!]));
    const old = request(0x0d, 21, encodeSteps(1, sequence, [rows[0]!]));
    const next = request(0x0d, 22, encodeSteps(1, encodeWithCrc(again).crc, [rows[0]!]));
    expect(await answers(first, again, old, next)).toEqual([
      outputs[0],
      [5 ^ 3, 5 ^ -4],
      -4,
      [3 ^ 1, -4 ^ 2],
    ]);
  });

  it("takes no repeat but of the latest request", async () => {
    const second = request(0x0d, 22, encodeSteps(1, sequence, [rows[1]!]));
    const third = request(0x0d, 23, encodeSteps(2, sequence, [rows[2]!]));
    expect(await answers(first, second, second, third, second, third)).toEqual([
      ...[outputs[0], outputs[1], outputs[1], outputs[2]],
      ...[-4, outputs[2]],
    ]);
  });

  it("takes no step behind single layers, which had states of their own", async () => {
    const second = request(0x0d, 22, encodeSteps(1, sequence, [rows[1]!]));
    expect(await answers(first, layer, second, first, second)).toEqual([
      ...[outputs[0], [8, 9], -4],
      ...[outputs[0], outputs[1]],
    ]);
  });

  it("takes no step of a wrong size, nor a step before any", async () => {
    const sized = (bytes: number) => request(0x0d, 24, new Uint8Array(bytes));
    expect(await answers(sized(8), sized(9), sized(11), sized(8 + 18), others)).toEqual([-2, -2, -2, -2, -4]);
    expect(await answers(request(3, 25, new Uint8Array(10)))).toEqual([-2]);
    expect(await answers(request(6, 26, Uint8Array.of(1, 2)), request(7, 27, Uint8Array.of(1, 2)))).toEqual([
      -11, -11,
    ]);
  });
});

describe("a device whose network keeps states", () => {
  it("runs sequences, and refuses single runs before anything is sent", async () => {
    const device = openProcessDevice(executable);
    const { network } = await device.hello();
    expect([network.stateBytes, device.batchSize]).toEqual([4, 8]);
    const refused = `network "rows" on ${device.name} keeps 4 B from one run to the next: it takes sequences of steps, and no single runs`;
    for (const refuse of [
      () => device.run(rows[0]!),
      () => device.runMany(rows),
      () => device.runTotal(rows),
    ])
      await expect(refuse()).rejects.toThrow(refused);
    const many = Array.from({ length: 19 }, (_, i) => rows[i % 3]!);
    for (const steps of [rows, many, rows]) {
      const { results } = await runSequence(device, steps);
      expect(results.slice(0, 3).map(({ output }) => [...output])).toEqual(outputs);
      expect(results).toHaveLength(steps.length);
    }
    expect((await device.runLayer(0, rows[0], Uint8Array.of(1, 1, 2, 2))).output).toEqual(
      Int8Array.of(2, 2, 1, 2),
    );
    expect([...(await device.runLayer(1)).output]).toEqual([2 ^ 1, 2 ^ 2]);
    await device.close();
  });

  it("is asked for all steps anew when it has lost the sequence, three times at most", async () => {
    let [lost, asked] = [2, 0];
    const device = {
      batchSize: 1,
      runSteps: async (number: number) => {
        asked++;
        if (number === 2 && lost-- > 0) throw new Refusal("it", { what: "step 2", payload: nothing }, -4);
        return { results: [{ output: Int8Array.of(number), ticks: 0 }], lineBytes: 1 };
      },
    } as Partial<Device> as Device;
    expect(await runSequence(device, rows)).toMatchObject({ lineBytes: 3 });
    expect(asked).toBe(9);
    lost = 3;
    await expect(runSequence(device, rows)).rejects.toThrow("layer or step out of order (-4)");
  });
});
