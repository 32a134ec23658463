import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { describeUpdates } from "../../codegen/describeUpdates.js";
import { writeFirmware } from "../../codegen/writeFirmware.js";
import { buildWithSlots, cut, denseNetwork, start, update } from "../../scripts/cutUpdates.mjs";
import { findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { updateDevice } from "../../src/link/updateDevice.js";
import { writeModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { startPinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { hex, readExamples } from "../link/protocolExamples.js";
import { serveFirmware } from "../support/tcpServer.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const INPUTS = 24;
const [builtIn, first, second, third] = [1, 2, 3, 4].map((seed) => denseNetwork(seed, INPUTS)) as [
  QuantizedNetwork,
  QuantizedNetwork,
  QuantizedNetwork,
  QuantizedNetwork,
];
const flash = path("flash");
const inputs = Array.from({ length: 8 }, (_, sample) =>
  Int8Array.from({ length: INPUTS }, (_, i) => Math.imul(i * 31 + sample, 2654435761) >> 24),
);
const input = inputs[0]!;

let executable: string;
let slotBytes: number;

beforeAll(async () => {
  ({ executable, slotBytes } = await buildWithSlots(builtIn, path("firmware")));
});
afterEach(() => rmSync(flash, { force: true }));

/** What the network's device must answer when it starts. */
function expected(network: QuantizedNetwork): { hash: string; output: string } {
  const program = planProgram(network);
  return { hash: program.hash, output: runProgram(program, input).join() };
}

describe("firmware with slots", () => {
  it("runs with the tables that were built in, then with each update, in turn in both slots, and keeps it", async () => {
    process.env.HOST_BOARD_SLOTS = flash;
    const device = openProcessDevice(executable);
    const outputs = async () => (await device.runMany(inputs)).results.map(({ output }) => output);
    const seen: (number | undefined)[] = [];
    for (const network of [builtIn, first, second, third]) {
      if (network !== builtIn) await updateDevice(device, await describeUpdates(network));
      else await device.hello();
      const { running, count, contentBytes } = (await device.describeSlots())!;
      expect([count, contentBytes]).toEqual([seen.length, slotBytes - 32]);
      seen.push(running);
      const program = planProgram(network);
      expect(await outputs()).toEqual(inputs.map((one) => runProgram(program, one)));
    }
    await device.close();
    delete process.env.HOST_BOARD_SLOTS;

    expect(seen).toEqual([undefined, 0, 1, 0]);
    expect(await start(executable, flash, input)).toEqual(expected(third));
  });

  it("has the old network or the new one wherever an update is cut", async () => {
    await update(executable, flash, first);
    await update(executable, flash, second);
    const before = readFileSync(flash);
    const { session } = await update(executable, flash, third);
    const { length } = (await describeUpdates(third))[0]!.content;
    const written = slotBytes + length + (-length & 3);
    // erased, at borders of writes, in the header, whose last 8 bytes are those of an erased page, and behind all
    const places = [0, 1, slotBytes - 1, slotBytes, slotBytes + 257, 2 * slotBytes].concat(
      [-1, 0, 1, 4, 8, 12, 16, 20, 22, 23, 24].map((offset) => written + offset),
    );
    const found = [];
    for (const bytes of places) {
      found.push(await cut({ executable, flash, before, session, input }, bytes));
    }
    const isNew = places.map((bytes) => bytes >= written + 24);
    expect(found).toEqual(isNew.map((isLate) => expected(isLate ? third : second)));
    expect(new Set(isNew).size).toBe(2);
  });

  it("falls back to the slot before where the newest is damaged, and to what was built in", async () => {
    await update(executable, flash, first);
    await update(executable, flash, second);
    const whole = readFileSync(flash);
    const damaged = (...places: number[]) => {
      const bytes = Buffer.from(whole);
      for (const place of places) bytes[place]! ^= 1;
      writeFileSync(flash, bytes);
      return start(executable, flash, input);
    };
    // magic, count, size, CRC, base, CRC, structure, tables; an unused byte of the header says nothing
    for (const place of [0, 4, 8, 12, 16, 20, 32, 64, 300]) {
      expect([place, await damaged(slotBytes + place)]).toEqual([place, expected(first)]);
    }
    expect(await damaged(slotBytes + 24)).toEqual(expected(second));
    expect(await damaged(40, slotBytes + 40)).toEqual(expected(builtIn));

    // of firmware in which another network was built in
    const header = whole.subarray(slotBytes, slotBytes + 32);
    header.writeUInt32LE(header.readUInt32LE(16) + 1, 16);
    header.writeUInt32LE(crc32(header.subarray(0, 20)), 20);
    expect(await damaged()).toEqual(expected(first));
  });

  it("refuses what is out of place or another content, as PROTOCOL.md says", async () => {
    const examples = readExamples("slots");
    const answers = (request: string, file: string) =>
      spawnSync(executable, [], {
        input: examples.get(request)!,
        env: { HOST_BOARD_SLOTS: file },
      }).stdout;
    expect(hex(answers("write request", flash))).toBe(hex(examples.get("write answer")!));
    expect(hex(answers("commit request", flash))).toBe(
      hex(examples.get("commit answer of another content")!),
    );
    process.env.HOST_BOARD_SLOTS = flash;
    const device = openProcessDevice(executable);
    await expect(device.writeSlot(2, new Uint8Array(4))).rejects.toThrow(
      "address outside flash and RAM (-5)",
    );
    await expect(device.writeSlot(slotBytes - 32, new Uint8Array(4))).rejects.toThrow("(-5)");
    await expect(device.writeSlot(0, new Uint8Array(260))).rejects.toThrow("payload of a wrong size (-2)");
    await expect(device.writeSlot(0, new Uint8Array(3))).rejects.toThrow("(-2)");
    await expect(device.commitSlot(100_000, 0)).rejects.toThrow("flash that did not take the bytes (-8)");
    const commitSlot = (size: number, crc: number) => device.commitSlot(size, crc ^ 1);
    const other: typeof device = Object.assign(Object.create(device), { commitSlot });
    await expect(updateDevice(other, await describeUpdates(first))).rejects.toThrow(
      `the flash on ${executable} did not take the update; it runs what it ran before`,
    );
    await device.close();
    delete process.env.HOST_BOARD_SLOTS;
  });

  it("is not updated to another structure, nor without flash", async () => {
    const structure = async (network: QuantizedNetwork) =>
      Buffer.from((await describeUpdates(network))[0]!.content.subarray(0, 4)).toString("hex");
    const other = denseNetwork(5, INPUTS + 1);
    process.env.HOST_BOARD_SLOTS = flash;
    const device = openProcessDevice(executable);
    await expect(updateDevice(device, await describeUpdates(other))).rejects.toThrow(
      `the firmware on ${executable} takes tables of structure ${await structure(first)}; the model's is ${await structure(other)}`,
    );
    await device.close();
    delete process.env.HOST_BOARD_SLOTS;
    const bare = openProcessDevice(executable);
    await expect(updateDevice(bare, await describeUpdates(first))).rejects.toThrow(
      `the firmware on ${executable} has no flash for its slots`,
    );
    await bare.close();
  });
});

describe("pinfer update", () => {
  beforeAll(() => {
    writeModel(path("first.json"), { network: undefined, quantized: first });
  });

  const run = async (executable: string, model: string) => {
    const server = await serveFirmware(executable);
    const { code, stdout, stderr } = await startPinfer(["update", path(model), "--port", server.name], {
      env: { ...process.env, HOST_BOARD_SLOTS: undefined },
    }).ended;
    await server.close();
    return { code, text: `${stdout}${stderr}`.replaceAll(server.name, "PORT") };
  };

  it("brings a model to a device by its port, and says so when it is there", async () => {
    process.env.HOST_BOARD_SLOTS = flash;
    const [old, young] = [builtIn, first].map((network) => planProgram(network).hash.slice(0, 8));
    const { length } = (await describeUpdates(first))[0]!.content;
    const bytes = `${Math.floor(length / 1000)} ${String(length % 1000).padStart(3, "0")}`;
    expect(await run(executable, "first.json")).toMatchObject({
      code: 0,
      text: expect.stringContaining(`PORT: "net 2" ${young} in the place of ${old}, ${bytes} B\n`),
    });
    expect(await run(executable, "first.json")).toEqual({
      code: 0,
      text: `PORT: "net 2" ${young} runs there already\n`,
    });
    expect(existsSync(flash)).toBe(true);

    delete process.env.HOST_BOARD_SLOTS;
  });

  it("is not exported for: boards whose flash pinfer cannot write, or that is too small for two, and texts", async () => {
    const refused = (board: string, network: QuantizedNetwork) =>
      expect(writeFirmware(network, findBoard(board), path("none"), { slots: true })).rejects;
    await refused("mps2-an385", first).toThrow(
      'board "mps2-an385" (AN385) cannot be updated: pinfer has nothing that writes its flash from its own program',
    );
    await refused("microbit", denseNetwork(6, 1300)).toThrow(
      /^network "net 6" needs \d+ B of flash \(tables \d+ \+ code \d+ \+ two slots \d+, of whole pages of 4096 B, so that one is whole while the other is written\); board "microbit" has 262144 B$/,
    );
    await refused("nucleo-f401re", denseNetwork(6, 2300)).toThrow(
      /two slots 524288, of whole pages of 131072 B, .*; board "nucleo-f401re" has 524288 B$/,
    );
    await expect(
      writeFirmware(builtIn, findBoard("host"), path("none"), { slots: true, dut: true }),
    ).rejects.toThrow(
      "--slots and --dut do not go together: texts are converted by scales that are compiled in",
    );
  });
});

describe("an emulated micro:bit", () => {
  it("writes its own flash by its controller, and starts with what is there", async () => {
    await writeFirmware(builtIn, findBoard("microbit"), path("microbit"), { slots: true });
    const { image, board } = await buildFolder(path("microbit"));
    const virtual = await startVirtualBoard({ elf: image.elf, board });
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    try {
      await device.hello();
      for (const [slot, network] of [first, second].entries()) {
        const hello = await updateDevice(device, await describeUpdates(network));
        expect((await device.describeSlots())!.running).toBe(slot);
        expect(hello.features).toEqual(["updates"]);
        const program = planProgram(network);
        for (const one of inputs) expect((await device.run(one)).output).toEqual(runProgram(program, one));
      }
    } finally {
      await device.close();
      await virtual.stop();
    }
  });
});
