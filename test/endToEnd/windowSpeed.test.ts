import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeFirmware } from "../../codegen/writeFirmware.js";
import { Random } from "../../src/base/random.js";
import { findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { startVirtualBoard, type VirtualBoard } from "../../src/board/virtualBoard.js";
import type { Device } from "../../src/link/device.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import type {
  ActivationData,
  Pair,
  QuantizedDepthwiseConvolution,
  QuantizedNetwork,
} from "../../src/network/quantizedNetwork.js";
import { samePadding } from "../../src/network/windowGeometry.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { ports } from "../support/ports.js";

const random = new Random(8);
const none = { top: 0, bottom: 0, left: 0, right: 0 };

function depthwise(
  index: number,
  channels: number,
  kernelSize: Pair,
  stride: number,
  padding = none,
): QuantizedDepthwiseConvolution {
  return {
    ...{ kind: "depthwiseConvolution", name: `depthwise ${index}`, inputs: [index], output: index + 1 },
    ...{ kernelSize, strides: [stride, stride], padding, dilations: [1, 1] },
    weights: Int8Array.from(
      { length: kernelSize[0] * kernelSize[1] * channels },
      () => random.integer(255) - 127,
    ),
    weightScales: Array.from({ length: channels }, () => Math.fround(0.002 + 0.002 * random.uniform())),
    bias: Int32Array.from({ length: channels }, () => random.integer(4000) - 2000),
    ...{ activationMin: -128, activationMax: 127 },
  };
}

const tensor = (name: string, shape: readonly number[]) => ({
  ...{ name, shape, elementType: "int8" as const },
  quantization: { scale: 1, zeroPoint: -128 },
});

const same = samePadding([24, 24], [3, 3], [1, 1]);
const halved = samePadding([24, 24], [3, 3], [2, 2]);

/** Windows of three by three at stride 1 and 2, a tall one along a signal, and the mean of it all. */
const network: QuantizedNetwork = {
  ...{ name: "windows", ...ports(0, 5) },
  tensors: [
    tensor("image", [24, 24, 8]),
    tensor("stride 1", [24, 24, 8]),
    tensor("stride 2", [12, 12, 8]),
    tensor("signal", [36, 1, 32]),
    tensor("tall", [27, 1, 32]),
    tensor("means", [1, 1, 32]),
  ],
  layers: [
    depthwise(0, 8, [3, 3], 1, same),
    depthwise(1, 8, [3, 3], 2, halved),
    { kind: "reshape", name: "signal", inputs: [2], output: 3 },
    depthwise(3, 32, [10, 1], 1),
    {
      ...{ kind: "averagePool", name: "pool", inputs: [4], output: 5, kernelSize: [27, 1], strides: [1, 1] },
      ...{ padding: none, activationMin: -128, activationMax: 127 },
    },
  ],
};

const folder = temporaryDirectory();
const board = findBoard("olimex-stm32-h405");
let virtual: VirtualBoard;
let device: Device;

beforeAll(async () => {
  await writeFirmware(network, board, join(folder, "firmware"));
  const built = await buildFolder(join(folder, "firmware"));
  virtual = await startVirtualBoard({ elf: built.image.elf, board });
  device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
});
afterAll(async () => {
  await device?.close();
  await virtual?.stop();
});

it("depthwise convolutions and pools take few instructions for a multiply-accumulate or a value", async () => {
  const input = Int8Array.from({ length: 24 * 24 * 8 }, () => random.integer(256) - 128);
  const program = planProgram(network);
  const outputs: ActivationData[] = [];
  runProgram(program, input, (_, output) => outputs.push(output.slice()));
  const perUnit: number[] = [];
  for (const [index, call] of program.calls.entries()) {
    const { output, ticks } = await device.runLayer(index, index === 0 ? input : undefined);
    expect(output).toEqual(outputs[index]);
    perUnit.push(ticks / (call.macs || call.inputs[0].bytes));
  }
  // measured: 2.90, 3.61, 3.61 and 2.95
  expect(perUnit[0]).toBeLessThan(3.1);
  expect(perUnit[1]).toBeLessThan(3.8);
  expect(perUnit[2]).toBeLessThan(3.8);
  expect(perUnit[3]).toBeLessThan(3.2);
  for (const ratio of perUnit) expect(ratio).toBeGreaterThan(1);
});
