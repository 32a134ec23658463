import { type ChildProcess, spawn } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import type { NetworkDescription } from "../../src/link/description.js";
import { encodeFrame, encodeWithCrc, type Frame, FrameDecoder } from "../../src/link/frame.js";
import { decodeHealth, encodeBaud, encodeHealth, type Health } from "../../src/link/healthMessages.js";
import {
  bytesOf,
  decodeAnswer,
  decodeChecksum,
  decodeFault,
  decodeHello,
  decodeLatest,
  decodeRunResult,
  decodeRunResults,
  decodeRunTotal,
  encodeAnswer,
  encodeChecksum,
  encodeFault,
  encodeHello,
  encodeLatest,
  encodeRunResult,
  encodeRunTotal,
  type Fault,
  type Hello,
} from "../../src/link/messages.js";
import { encodeRunLayer } from "../../src/link/stepMessages.js";
import { compileNetwork, temporaryDirectory } from "../firmware/images.js";
import { hex, readExamples } from "./protocolExamples.js";

const examples = readExamples("hex");

const network: NetworkDescription = {
  hash: "0123456789abcdef".repeat(4),
  name: "example",
  inputs: [
    {
      name: "input",
      border: "float32",
      elementType: "int8",
      shape: [4],
      quantization: { scale: 0.5, zeroPoint: 0 },
    },
  ],
  outputs: [
    {
      name: "output",
      border: "float32",
      elementType: "int8",
      shape: [2],
      quantization: { scale: 0.25, zeroPoint: -1 },
    },
  ],
  stateBytes: 0,
  arenaBytes: 10,
  macs: 0,
  layerNames: ["flip", "pair"],
};
const hello: Hello = {
  protocolVersion: 4,
  boardId: "host",
  counterKind: "none",
  counterHz: 0,
  coreHz: 0,
  imageAddress: 0,
  imageBytes: 0,
  staticRamBytes: 0,
  stackBytes: 0,
  stackUsedBytes: 0,
  receiveOverruns: 0,
  brokenFrames: 0,
  aheadBytes: 4096,
  batchBytes: 2048,
  features: [],
  network,
};
const health: Health = {
  ...{ resetReason: "unknown", hasWatchdog: false, analogFaults: 0, framingErrors: 0, baud: 0 },
};
const fault: Fault = {
  exception: 6,
  pc: 0x08000be0,
  lr: 0x080000e7,
  xpsr: 0x61000000,
  cfsr: 0x00010000,
  hfsr: 0,
  bfar: 0xe000ed38,
  mmfar: 0xe000ed34,
};
const input = Int8Array.of(-64, -37, 1, 127);
const nothing = new Uint8Array(0);
const layer0 = { ticks: 0, output: Int8Array.of(63, 36, -2, -128) };
/** -1 - 1 ^ -1 - 3, -1 - 2 ^ -1 - 4 */
const many = { ticks: 0, output: Int8Array.of(-2 ^ -4, -3 ^ -5) };
const output = { ticks: 0, output: Int8Array.of(-63, -92) };
const total = { outputs: [output.output, many.output], ticks: { count: 2, min: 0, max: 0, sum: 0 } };
/** Single layers are no inference: of the requests before it only the run counts. */
const latest = { count: 1, input, ...output };

const requests = {
  "hello request": { type: 1, status: 0, id: 1, payload: nothing },
  "run request": { type: 2, status: 0, id: 2, payload: bytesOf(input) },
  "run-layer request 0": { type: 3, status: 0, id: 3, payload: encodeRunLayer(0, 0, input) },
  "checksum request": { type: 4, status: 0, id: 5, payload: encodeChecksum(0, 32) },
  "health request": { type: 0x0b, status: 0, id: 9, payload: nothing },
  "baud request": { type: 0x0c, status: 0, id: 10, payload: encodeBaud(921_600) },
  "unknown request": { type: 0x2a, status: 0, id: 7, payload: nothing },
  "latest request": { type: 0x10, status: 0, id: 8, payload: nothing },
  "run-many request": {
    ...{ type: 6, status: 0, id: 8 },
    payload: Uint8Array.of(0xc0, 0xdb, 1, 0x7f, 1, 2, 3, 4),
  },
  "run-total request": {
    ...{ type: 7, status: 0, id: 9 },
    payload: Uint8Array.of(0xc0, 0xdb, 1, 0x7f, 1, 2, 3, 4),
  },
  "reset request": { type: 5, status: 0, id: 255, payload: nothing },
} as const satisfies Record<string, Frame>;
const sequence = encodeWithCrc(requests["run-layer request 0"]).crc;
const laterRequests = {
  "run-layer request 1": { type: 3, status: 0, id: 4, payload: encodeRunLayer(1, sequence) },
  "run-layer request to error": { type: 3, status: 0, id: 6, payload: encodeRunLayer(2, sequence) },
} as const satisfies Record<string, Frame>;

function answer(request: Frame, payload: Uint8Array, { status = 0, type = request.type | 0x80 } = {}): Frame {
  const { crc } = encodeWithCrc(request);
  return { type, status, id: request.id, payload: encodeAnswer(payload, crc) };
}

const checksum = Uint8Array.of(0xf0, 0xb1, 0x77, 0x2c);
/** What each example says, as the host's encoders make it. */
const meanings: Readonly<Record<string, Frame>> = {
  ...requests,
  ...laterRequests,
  "hello answer": answer(requests["hello request"], encodeHello(hello)),
  "run answer": answer(requests["run request"], encodeRunResult(output)),
  "run-layer answer 0": answer(requests["run-layer request 0"], encodeRunResult(layer0)),
  "run-layer answer 1": answer(laterRequests["run-layer request 1"], encodeRunResult(output)),
  "checksum answer": answer(requests["checksum request"], checksum),
  "run-layer answer with error": answer(laterRequests["run-layer request to error"], nothing, { status: -3 }),
  "health answer": answer(requests["health request"], encodeHealth(health)),
  "baud answer with error": answer(requests["baud request"], nothing, { status: -10 }),
  "unknown answer": answer(requests["unknown request"], nothing, { status: -1 }),
  "latest answer": answer(requests["latest request"], encodeLatest(latest)),
  "run-many answer": answer(
    requests["run-many request"],
    new Uint8Array(Buffer.concat([output, many].map(encodeRunResult))),
  ),
  "run-total answer": answer(requests["run-total request"], encodeRunTotal(total)),
  "reset answer": answer(requests["reset request"], nothing),
  fault: answer(requests["run request"], encodeFault(fault), { type: 0xf0 }),
};

describe("the examples of PROTOCOL.md", () => {
  it("are all known to this test", () => {
    expect([...examples.keys()].sort()).toEqual(Object.keys(meanings).sort());
  });

  it.each(Object.keys(meanings))("are what the host encodes: %s", (name) => {
    expect(hex(encodeFrame(meanings[name]!))).toBe(hex(examples.get(name)!));
  });

  it.each(Object.keys(meanings))("are what the host decodes: %s", (name) => {
    expect(new FrameDecoder().push(examples.get(name)!)).toEqual([meanings[name]]);
  });

  it("mean the same after decoding", () => {
    const payloadOf = (name: string) => decodeAnswer(meanings[name]!.payload).payload;
    expect(decodeHello(payloadOf("hello answer"))).toEqual(hello);
    expect(decodeRunResult(payloadOf("run answer"))).toEqual(output);
    expect(decodeLatest(payloadOf("latest answer"), network)).toEqual(latest);
    expect(decodeRunResults(payloadOf("run-many answer"), 2)).toEqual([output, many]);
    expect(decodeRunTotal(payloadOf("run-total answer"), 2)).toEqual(total);
    expect(decodeHealth(payloadOf("health answer"))).toEqual(health);
    expect(decodeFault(payloadOf("fault"))).toEqual(fault);
    expect(decodeChecksum(payloadOf("checksum answer"))).toBe(0x2c77b1f0);
  });
});

describe("the firmware", () => {
  const directory = temporaryDirectory();
  let executable: string;

  beforeAll(async () => {
    executable = (await compileNetwork("host", "exampleNetwork", directory)).elf;
  });

  it("answers every request of PROTOCOL.md with the answer that follows it, byte for byte", async () => {
    const pairs = pairExamples();
    expect(pairs.length).toBe(13);
    const firmware = spawn(executable, { stdio: ["pipe", "pipe", "inherit"] });
    // Hello first: its answer counts nothing but itself; reset last.
    pairs.sort((a, b) => a.request[3]! - b.request[3]!);
    for (const { request, answer } of pairs) {
      firmware.stdin.write(request);
      expect(hex(await readBytes(firmware, answer.length))).toBe(hex(answer));
    }
    firmware.stdin.end();
  });
});

/** Each request with the example that follows it in the file. */
function pairExamples(): { request: Uint8Array; answer: Uint8Array }[] {
  const names = [...examples.keys()];
  return names
    .map((name, index) => ({ name, next: names[index + 1]! }))
    .filter(({ name }) => name.includes("request"))
    .map(({ name, next }) => ({ request: examples.get(name)!, answer: examples.get(next)! }));
}

function readBytes(firmware: ChildProcess, count: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const end = (code: number | null) => reject(new Error(`the firmware ended with code ${code}`));
    firmware.once("close", end);
    firmware.stdout!.on("data", function take(chunk: Buffer) {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < count) return;
      firmware.stdout!.off("data", take);
      firmware.off("close", end);
      resolve(bytes);
    });
  });
}
