import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import type { Device } from "../../src/link/device.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { runAhead, runAheadTotal } from "../../src/link/runAhead.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import type { ActivationData } from "../../src/network/quantizedNetwork.js";
import { compileNetwork, temporaryDirectory } from "../firmware/images.js";

const directory = temporaryDirectory();
const inputs = Array.from({ length: 3000 }, (_, i) => Int8Array.of(i, -i, 3 * i, i >> 2));
/** What test/firmware/exampleNetwork computes. */
const example = ([a, b, c, d]: Int8Array) => Int8Array.of(~a! ^ ~c!, ~b! ^ ~d!);

async function openOn(boardId: string): Promise<{ device: Device; stop: () => Promise<void> }> {
  const { elf } = await compileNetwork(boardId, "exampleNetwork", `${directory}/${boardId}`);
  if (boardId === "host") return { device: openProcessDevice(elf), stop: async () => undefined };
  const virtual = await startVirtualBoard({ elf, board: findBoard(boardId) });
  return {
    device: await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs }),
    stop: virtual.stop,
  };
}

describe.each(["host", "olimex-stm32-h405"])("batches on %s", (boardId) => {
  let under: Awaited<ReturnType<typeof openOn>>;
  let device: Device;
  beforeAll(async () => {
    under = await openOn(boardId);
    device = under.device;
    await device.hello();
  });
  afterAll(async () => {
    await device?.close();
    await under?.stop();
  });

  it("give the outputs and ticks of single runs, in the order of the inputs", async () => {
    const { results } = await device.runMany(inputs.slice(0, 50));
    expect(results.map(({ output }) => output)).toEqual(inputs.slice(0, 50).map(example));
    const single = await device.run(inputs[7]!);
    expect(results[7]).toEqual({ output: single.output, ticks: single.ticks });
    expect(new Set(results.map(({ ticks }) => ticks))).toEqual(new Set([single.ticks]));
  });

  it("give outputs with the ticks of all", async () => {
    const { outputs, ticks } = await device.runTotal(inputs.slice(0, 50));
    expect(outputs).toEqual(inputs.slice(0, 50).map(example));
    const { ticks: single } = await device.run(inputs[7]!);
    expect(ticks).toEqual({ count: 50, min: single, max: single, sum: 50 * single });
  });

  it("hold as many inputs as fit into 2048 bytes, and no more", async () => {
    expect(device.batchSize).toBe(512);
    expect((await device.runMany(inputs.slice(0, 512))).results.length).toBe(512);
    await expect(device.runMany(inputs.slice(0, 513))).rejects.toThrow("payload of a wrong size (-2); 2052");
    await expect(device.runTotal(inputs.slice(0, 513))).rejects.toThrow("payload of a wrong size (-2); 2052");
    await expect(device.runMany([Int8Array.of(1, 2, 3)])).rejects.toThrow("payload of a wrong size (-2)");
    await expect(device.runMany([])).rejects.toThrow("payload of a wrong size (-2)");
  });

  it("end a sequence of layers, as a run does", async () => {
    await device.runLayer(0, inputs[1]!);
    await device.runMany(inputs.slice(0, 2));
    await expect(device.runLayer(1)).rejects.toThrow("layer or step out of order (-4)");
  });

  it("are what runs ahead are asked in, and leave 4 bytes to each run's ticks and 1 % to all else", async () => {
    const outputs: ActivationData[] = [];
    let bytes = 0;
    for await (const { results, lineBytes } of runAhead(device, inputs)) {
      outputs.push(...results.map(({ output }) => output));
      bytes += lineBytes;
    }
    expect(outputs).toEqual(inputs.map(example));
    const noOverhead = inputs.length * (4 + 2);
    const escapes = noOverhead / 128; // two of 256 values take two bytes
    expect(bytes).toBeGreaterThan(noOverhead + inputs.length * 4);
    expect(bytes).toBeLessThan(1.01 * (noOverhead + inputs.length * 4 + escapes));
  });

  it("take less than 6 % of the bytes for themselves where ticks are told together", async () => {
    const outputs: ActivationData[] = [];
    let runs = 0;
    let bytes = 0;
    for await (const answer of runAheadTotal(device, inputs)) {
      outputs.push(...answer.outputs);
      runs += answer.ticks.count;
      bytes += answer.lineBytes;
    }
    expect(outputs).toEqual(inputs.map(example));
    expect(runs).toBe(inputs.length);
    expect(inputs.length * (4 + 2)).toBeGreaterThan(0.94 * bytes);
  });
});

it("keeps a device from being asked for batches before it has told what it takes", async () => {
  const { device } = await openOn("host");
  expect(device.batchSize).toBe(1);
  await device.close();
});
