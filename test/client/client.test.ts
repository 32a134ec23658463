import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { clientMark, describeClient, printClient } from "../../codegen/printClient.js";
import { packageRoot } from "../../src/base/packageRoot.js";
import { type Classified, openClient } from "../../src/client/client.js";
import type { ClientNetwork } from "../../src/client/clientNetwork.js";
import { processTransport, serialTransport } from "../../src/client/node.js";
import type { Transport } from "../../src/client/transport.js";
import { webSerialTransport } from "../../src/client/webSerial.js";
import { openProcessDevice, openProcessLine } from "../../src/link/processDevice.js";
import { updateDevice } from "../../src/link/updateDevice.js";
import { readModel } from "../../src/model/modelFile.js";
import type {
  QuantizedFullyConnected,
  QuantizedNetwork,
  QuantizedSoftmax,
} from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { pinfer } from "../cli/pinfer.js";
import { blocksOf, readPage } from "../docs/pages.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { FakeSerialPort } from "../support/fakeSerialPort.js";
import { quantized } from "../support/smallModel.js";
import { serveFirmware } from "../support/tcpServer.js";

const page = readPage("docs/client.md");
const block = (title: string): string => blocksOf(page).find((found) => found.title === title)!.text;
const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const firmware = path("xor-host/build/firmware");

const [dense, softmax] = quantized.layers as [QuantizedFullyConnected, QuantizedSoftmax];
const small: QuantizedNetwork = {
  ...quantized,
  layers: [{ ...dense, bias: Int32Array.of(1, 2) }, softmax],
};
/** A network whose names would end a string, a comment and a line of TypeScript. */
const hostileNames = ['*/"\u2028\u009b', "__proto__", "a\nb\\"];
const hostile: QuantizedNetwork = {
  ...small,
  name: hostileNames[0]!,
  inputs: [{ ...small.inputs[0]!, labels: hostileNames }],
};
const unnamed: QuantizedNetwork = {
  ...small,
  inputs: [{ tensor: 0, name: "input", border: "float32" }],
  outputs: [{ tensor: 2, name: "output", border: "float32" }],
};

const textOf = (network: QuantizedNetwork): string =>
  printClient(describeClient(planProgram(network), undefined));

/** Lines of a program, and the error that the compiler finds in each; "" for none. */
const wrongLines: readonly (readonly [line: string, error: string])[] = [
  ["await xor.infer({ left: 0, right: 1 });", ""],
  ["await xor.infer({ left: 0, rihgt: 1 });", "TS2353"],
  ["await xor.infer({ left: 0 });", "TS2345"],
  ['await xor.infer({ left: 0, right: "1" });', "TS2322"],
  ["await xor.infer([0, 1]);", "TS2345"],
  ["await xor.infer(new Uint8Array(2));", "TS2345"],
  ["await xor.infer(new Int16Array(2));", "TS2345"],
  ["await xor.infer(new Int8Array(2));", ""],
  ["await tuple.infer([0, 0.5, 1]);", ""],
  ["await tuple.infer([0, 0.5]);", "TS2345"],
  ["await tuple.infer([0, 0.5, 1, 1]);", "TS2345"],
  ['const name: "equal" | "different" = answer.class;', ""],
  ['if (answer.class === "diferent") throw name;', "TS2367"],
  ["const score: number = answer.scores.equal;", ""],
  ["answer.scores.eqaul;", "TS2551"],
  ["const number: 0 | 1 = (await tuple.infer([0, 0, 0])).class + score;", "TS2322"],
  ["number;", ""],
];
const wrongProgram = [
  'import { connect } from "./xor-client.js";',
  'import { connect as connectTuple } from "./tuple.js";',
  'import { type Transport, type WebSerialPort, webSerialTransport } from "pinfer/client";',
  "declare const transport: Transport;",
  "const xor = await connect(transport), tuple = await connectTuple(transport);",
  "const answer = await xor.infer({ left: 0, right: 1 });",
  "interface SerialPort { readonly readable: ReadableStream<Uint8Array> | null; readonly writable: WritableStream<Uint8Array> | null;",
  "open(options: { baudRate: number; bufferSize?: number; parity?: string }): Promise<void>; close(): Promise<void>; }",
  "export const ofBrowser = (port: SerialPort): WebSerialPort => port;",
  "export const opened = (port: SerialPort) => webSerialTransport(port);",
];

/** What a project of somebody has: strict, and nothing of Node's. */
const compilerOptions = {
  ...{ target: "ES2022", module: "NodeNext", lib: ["ES2022", "DOM"], types: [], outDir: "out" },
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false },
};

/** What a project for Node has besides. */
const ofNode = { types: ["node"], typeRoots: [join(packageRoot, "node_modules/@types")] };

/** "file.ts:3 TS2345" */
function compile(files: readonly string[], more: object = {}): string[] {
  const options = { ...compilerOptions, ...more };
  writeFileSync(path("tsconfig.json"), JSON.stringify({ compilerOptions: options, files }));
  const compiler = join(packageRoot, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", "."], { cwd: folder, encoding: "utf8" });
  return [...stdout.matchAll(/^(\S+?)\((\d+),\d+\): error (TS\d+)/gm)].map(
    ([, file, line, code]) => `${file}:${line} ${code}`,
  );
}

let program: Program;
let network: ClientNetwork;

beforeAll(() => {
  writeFileSync(path("xor.ts"), block("ts experiment"));
  writeFileSync(path("xor-client.ts"), `${clientMark}\nof another network`);
  writeFileSync(path("package.json"), '{ "type": "module" }');
  mkdirSync(path("node_modules"));
  symlinkSync(packageRoot, path("node_modules/pinfer"));
  for (const command of block("sh").trim().split("\n")) {
    const [npx, name, ...programArguments] = command.replace(/#.*/, "").trim().split(" ");
    expect([npx, name]).toEqual(["npx", "pinfer"]);
    expect(pinfer(programArguments, { cwd: folder })).toMatchObject({ code: 0 });
  }
  program = planProgram(readModel(path("xor.json")).quantized!);
  network = describeClient(program, undefined).network;
  writeFileSync(path("program.ts"), block("ts program"));
  writeFileSync(path("way.ts"), block("ts way"));
  writeFileSync(path("flash.ts"), block("ts flash"));
  writeFileSync(path("tuple.ts"), textOf(unnamed));
  writeFileSync(path("hostile.ts"), textOf(hostile));
  writeFileSync(path("wrong.ts"), [...wrongProgram, ...wrongLines.map(([line]) => line)].join("\n"));
});

describe("a client that the command line wrote", () => {
  it("compiles in a browser's project, and its wrong uses do not", () => {
    const expected = wrongLines.flatMap(([, error], i) =>
      error === "" ? [] : [`wrong.ts:${wrongProgram.length + i + 1} ${error}`],
    );
    expect(compile(["xor-client.ts", "tuple.ts", "wrong.ts"])).toEqual(expected);
  });

  it("runs docs/client.md's program, which prints what the page says", () => {
    expect(compile(["program.ts", "hostile.ts", "way.ts", "flash.ts"], ofNode)).toEqual([]);
    const { stdout, stderr } = spawnSync(process.execPath, ["out/program.js"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect([stdout, stderr]).toEqual([block(""), ""]);
  });

  it("is not all there is: docs/client.md's way of export, build and comparison ends with equal bytes", () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["out/way.js"], { cwd: folder, encoding: "utf8" });
    expect([stdout, stderr]).toEqual([expect.stringContaining("\n0 of 8 bytes differ\n"), ""]);
  });

  it("has the names of its model, whatever they are", () => {
    const read = "import('./out/hostile.js').then(({ network }) => console.log(JSON.stringify(network)))";
    const { stdout } = spawnSync(process.execPath, ["-e", read], { cwd: folder, encoding: "utf8" });
    const { name, inputs } = JSON.parse(stdout) as ClientNetwork;
    expect([name, inputs[0].labels]).toEqual([hostileNames[0], hostileNames]);
    expect(readFileSync(path("hostile.ts"), "utf8")).not.toMatch(/[^\n\P{C}]|[\p{Zl}\p{Zp}]/u);
  });

  it("is written anew, and over nothing else", () => {
    expect(readFileSync(path("xor-client.ts"), "utf8")).toMatch(
      /^\/\/ Written by `pinfer client`[\s\S]*"xor"/,
    );
    expect(fail(["client", "xor.json", "-o", "xor.ts"], { cwd: folder })).toEqual({
      error: "xor.ts is there already, and pinfer did not write it",
      hint: "choose another name with -o",
    });
  });
});

/** Real values beyond the input's range, on a tie between two steps, and between. */
const samples: readonly (readonly [left: number, right: number])[] = [
  ...([0, 0.25, 0.5 / 255, 1.5 / 255, 1, 7, -3] as const).flatMap((left) =>
    [0, 0.7, 1].map((right): [number, number] => [left, right]),
  ),
];

async function expectEqual(transport: Transport): Promise<void> {
  const client = await openClient<unknown, Classified<string>>(network, transport);
  const answers = await Promise.all(
    samples.flatMap((sample) => {
      const [left, right] = sample;
      const own = quantizeTensor(sample, network.inputs[0]);
      return [{ left, right }, Float64Array.from(sample), own].map((input) => client.infer(input));
    }),
  );
  const expected = samples.flatMap((sample) => {
    const output = runProgram(program, quantizeTensor(sample, network.inputs[0]));
    return [output, output, output];
  });
  expect(answers.map(({ bytes }) => [...bytes])).toEqual(expected.map((output) => [...output]));
  for (const { class: name, scores, values, bytes } of answers) {
    const [equal, different] = [...values];
    expect(scores).toEqual({ equal, different });
    expect(values).toEqual(Float32Array.from(bytes, (byte) => (byte + 128) / 256));
    expect(name).toBe(different! > equal! ? "different" : "equal");
  }
  expect(new Set(answers.map((answer) => answer.class)).size).toBe(2);
  await client.close();
}

describe("a client gives the host's bytes", () => {
  it("over a process", () => expectEqual(processTransport(firmware)));

  it("over a port, here one of the network", async () => {
    const server = await serveFirmware(firmware);
    await expectEqual(await serialTransport(server.name));
    await server.close();
  });

  it("over Web Serial, whose port it opens and closes", async () => {
    const port = new FakeSerialPort(() => openProcessLine(firmware));
    await expectEqual(await webSerialTransport(port));
    expect(port.options).toEqual({ baudRate: 115_200, bufferSize: 65_536 });
    expect(port.isOpen).toBe(false);
  });
});

describe("another network", () => {
  it("is refused before the first inference, with both hashes; the transport is closed", async () => {
    const other = describeClient(planProgram(small), undefined).network;
    const [onBoard, expected] = [network.hash, other.hash].map((hash) => hash.slice(0, 8));
    const port = new FakeSerialPort(() => openProcessLine(firmware));
    await expect(openClient(other, await webSerialTransport(port))).rejects.toThrow(
      `the board runs network "xor" ${onBoard}, the host expects ${expected}`,
    );
    expect(port.isOpen).toBe(false);
  });

  it("is refused where only a scale is another", async () => {
    const [input] = network.inputs;
    const other = { ...network, inputs: [{ ...input, quantization: { scale: 0.5, zeroPoint: 0 } }] } as const;
    await expect(openClient(other, processTransport(firmware))).rejects.toThrow(
      'the board says that the input of network "xor" is int8 [2] of scale 0.00392',
    );
  });
});

describe("firmware without slots", () => {
  it("is not updated, and hears of --slots", async () => {
    const device = openProcessDevice(firmware);
    await expect(updateDevice(device, [])).rejects.toMatchObject({
      message: `the firmware on ${firmware} has no slots for other weights`,
      hint: "export it with --slots, build and flash it once; or flash the new network as it is",
    });
    await device.close();
  });
});

describe("Web Serial", () => {
  const open = async (port: FakeSerialPort) =>
    openClient<unknown, Classified<string>>(network, await webSerialTransport(port));

  it("goes on behind a framing error: the port has a new stream", async () => {
    const port = new FakeSerialPort(() => openProcessLine(firmware));
    const client = await open(port);
    port.breakFrame();
    port.breakFrame();
    expect((await client.infer({ left: 1, right: 0 })).class).toBe("different");
    await client.close();
  });

  it("tells that the device is gone, and closes nothing twice", async () => {
    const port = new FakeSerialPort(() => openProcessLine(firmware));
    const client = await open(port);
    await port.pull();
    await expect(client.infer({ left: 1, right: 0 })).rejects.toThrow("the serial port went away");
    await client.close();
    await client.close();
  });

  it("takes a port that is open, and says why one does not open", async () => {
    const port = new FakeSerialPort(() => openProcessLine(firmware));
    await port.open({ baudRate: 9600 });
    const client = await open(port);
    expect(port.options).toEqual({ baudRate: 9600 });
    await client.close();
    await port.pull();
    await expect(webSerialTransport(port)).rejects.toThrow(
      "the browser cannot open the serial port: Failed to open serial port.",
    );
  });
});
