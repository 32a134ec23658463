import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import { exportProject } from "../../codegen/formats/exportProject.js";
import { hostModule } from "../../codegen/host/hostKernels.js";
import { systemClock } from "../../src/base/clock.js";
import { UserError } from "../../src/base/errors.js";
import { writeFilesAtomically } from "../../src/base/files.js";
import { findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { InputSource } from "../../src/cli/inputSource.js";
import { readSamplesOf } from "../../src/cli/portInputs.js";
import { readQuantizedModel } from "../../src/cli/readModel.js";
import { predict, predictionToJson, renderPrediction, writePrediction } from "../../src/cli/runPredict.js";
import { compareDevice } from "../../src/compare/compareDevice.js";
import { renderComparison } from "../../src/compare/render.js";
import { readSamples } from "../../src/formats/samples.js";
import { writeNpz } from "../../src/formats/writeNpz.js";
import { describeProgram } from "../../src/link/describeProgram.js";
import type { Device } from "../../src/link/device.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import type { Port, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { generatedRunner, plainRunner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { buildTflite } from "../import/buildTflite.js";
import { severalPorts, severalPortsSpec, severalSamples } from "../support/severalPorts.js";
import { noiseRows, streamNetwork } from "../support/streamNetworks.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const network = severalPorts();
const program = planProgram(network);
const inputs = severalSamples.map(({ input }) => input);
const outputs = severalSamples.map(({ output }) => output);
let device: Device;

/** The host's firmware around a network, compiled and started. */
async function startFirmware(of: QuantizedNetwork, name: string, arena: "own" | "shared"): Promise<Device> {
  const { files } = exportFirmware(of, findBoard("host"), { name, arena });
  for (const file of files) mkdirSync(dirname(path(`${name}/${file.path}`)), { recursive: true });
  writeFilesAtomically(files.map(({ path: file, data }) => ({ path: path(`${name}/${file}`), data })));
  return openProcessDevice((await buildFolder(path(name))).image.elf);
}

beforeAll(async () => {
  device = await startFirmware(network, "pair", "shared");
  writeModel(path("model.json"), { network: undefined, quantized: network });
  const column = (name: string, start: number) => ({
    name,
    data: Int8Array.from(inputs.flatMap((values) => [...values.subarray(start, start + 3)])),
    shape: [2, 3],
  });
  writeNpz(path("samples.npz"), [column("right", 3), column("left", 0)]);
  writeNpz(path("left.npz"), [column("left", 0)]);
  writeNpz(path("uneven.npz"), [
    column("left", 0),
    { ...column("right", 3), data: Int8Array.of(1, 2, 3), shape: [1, 3] },
  ]);
});
afterAll(() => device?.close());

describe("a network with two inputs and two outputs", () => {
  it.each([
    [
      ["serving_default_left:0", "serving_default_right:0", "sum", "product"],
      ["left", "right", "sum", "product"],
    ],
    // they are not told apart without their numbers
    [
      ["a", "b", "StatefulPartitionedCall:0", "StatefulPartitionedCall:1"],
      ["a", "b", "output_0", "output_1"],
    ],
    [
      ["a b", "c", "x", "y"],
      ["input_0", "input_1", "x", "y"],
    ],
  ])("has the names of the file %s", (inFile, names) => {
    const named = severalPorts(inFile);
    expect([...named.inputs, ...named.outputs].map(({ name }) => name)).toEqual(names);
  });

  it("gives the same by every plan, and by generated code", () => {
    for (const optimize of optimizeModes) {
      for (const passes of [true, false]) {
        const plan = planProgram(network, { optimize, passes });
        expect(inputs.map((input) => runProgram(plan, input))).toEqual(outputs);
        const runner = generatedRunner(plan, hostModule(plan));
        expect(inputs.map((input) => runner.run(input))).toEqual(outputs);
        const [sum, product] = plan.outputs.map(({ offset }) => offset);
        expect(Math.abs(sum! - product!)).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it("is the same in a model file, whose ports have to be told apart", () => {
    expect(readModel(path("model.json")).quantized).toEqual(network);
  });

  it("runs on a device: whole, in batches, layer by layer, and tells its latest inference", async () => {
    const { network: told } = await device.hello(describeProgram(program));
    expect([told.inputs, told.outputs].map((ports) => ports.map(({ name }) => name))).toEqual([
      ["left", "right"],
      ["sum", "product"],
    ]);
    expect((await device.run(inputs[0]!)).output).toEqual(outputs[0]);
    expect((await device.runMany(inputs)).results.map(({ output }) => output)).toEqual(outputs);
    expect((await device.runTotal(inputs)).outputs).toEqual(outputs);
    expect((await device.latest(told))?.input).toEqual(inputs[1]);
    expect((await device.latest(told))?.output).toEqual(outputs[1]);
    const report = await compareDevice({
      ...{ program, network: undefined, device, deviceDescription: "here" },
      ...{ inputs, labels: undefined, layers: true },
    });
    expect(report.outputs).toMatchObject({ bytesCompared: 12, bytesDifferent: 0 });
    expect(report.layers?.map(({ bytesDifferent }) => bytesDifferent)).toEqual(program.calls.map(() => 0));
    expect(report.metrics.map(({ predicted }) => predicted)).toEqual(["device, sum", "device, product"]);
  });

  it("has its first difference named by output", async () => {
    const spoiled: Device = Object.assign(Object.create(device) as Device, {
      runTotal: async (samples: readonly Int8Array[]) => {
        const answer = await device.runTotal(samples);
        return { ...answer, outputs: answer.outputs.map((values) => values.with(4, 99)) };
      },
    });
    const report = await compareDevice({
      ...{
        program,
        network: undefined,
        device: spoiled,
        deviceDescription: "here",
        inputs,
        labels: undefined,
      },
    });
    expect(renderComparison(report)).toContain(
      'first difference: sample 0, output "product", index 1: host 9, device 99',
    );
  });

  it("is refused by a host that has one output less", async () => {
    const { outputs: ports, ...expected } = describeProgram(program);
    await expect(device.hello({ ...expected, outputs: ports.slice(1) })).rejects.toThrow(
      'the board says that network "several" has 2 outputs; the host\'s has 1',
    );
  });

  it("has its self test, which fills all inputs, pass in C", async () => {
    writeFileSync(
      path("pair/test.c"),
      '#include "pair.h"\nstatic pair_arena_t arena;\nint main(void) { return pair_self_test(&arena); }\n',
    );
    const { execFileSync } = await import("node:child_process");
    const warnings =
      "-Wall -Wextra -Wpedantic -Wconversion -Wundef -Wshadow -Wc++-compat -Wcast-qual -Werror";
    execFileSync("gcc", ["-std=c99", ...warnings.split(" "), "-o", "test", "test.c", "pair.c"], {
      cwd: path("pair"),
    });
    execFileSync(path("pair/test"));
  });
});

describe("a streaming network that gives what it keeps, and something from its middle, beside its output", () => {
  it("gives the host's bytes in every step and layer", async () => {
    const stream = streamNetwork();
    const more = ["second", "dense"].map((name): Port => {
      const tensor = stream.tensors.findIndex((one) => one.name === name);
      return { tensor, name, border: "int8" };
    });
    const several = { ...stream, outputs: [...stream.outputs, ...more] };
    const streaming = await startFirmware(several, "network", "own");
    const plan = planProgram(several);
    const steps = noiseRows(6, 6);
    const report = await compareDevice({
      ...{ program: plan, network: undefined, device: streaming, deviceDescription: "here" },
      ...{ inputs: steps, steps: 3, labels: undefined, layers: true },
    }).finally(() => streaming.close());
    expect(report.outputs).toMatchObject({ bytesPerSample: 15 + 12 + 15, bytesDifferent: 0 });
    expect(report.firstDifferingLayer).toBeNull();
    const [alone, together] = [stream, several].map((one) => plainRunner(planProgram(one)));
    for (const step of steps) expect(together.run(step).subarray(0, 15)).toEqual(alone.run(step));
  });
});

describe("samples of several inputs", () => {
  it("are a .npz file with an array for each, and outputs another", async () => {
    const prediction = await predict(path("model.json"), { input: path("samples.npz"), float: false });
    await writePrediction(path("outputs.npz"), prediction);
    const written = ["sum", "product"].map((name) => readSamples(path(`outputs.npz:${name}`)));
    expect(written.map(({ shape, data }) => [shape, [...data]])).toEqual([
      [
        [2, 3],
        [3, 9, -11, 9, 5, 100],
      ],
      [
        [2, 3],
        [3, 9, 3, 15, -1, 3],
      ],
    ]);
    expect(predictionToJson(prediction)).toMatchObject({
      outputs: {
        product: {
          shape: [2, 3],
          int8: [
            [3, 9, 3],
            [15, -1, 3],
          ],
          outputs: [
            [0, 3, 0],
            [6, -2, 0],
          ],
        },
      },
    });
    expect(renderPrediction(prediction)).toMatch(/^output sum\n[\s\S]*\n\noutput product\n/);
  });

  it.each([
    ["left.npz", 'has the arrays "left"; the network\'s inputs are "left", "right"'],
    ["uneven.npz", '"right" has 1 samples, "left" has 2 samples'],
    ["model.json", 'the network has the inputs "left", "right"; expected a .npz file with an array for each'],
  ])("are refused of %s", async (file, message) => {
    await expect(readSamplesOf(path(file), program.inputs, {})).rejects.toThrow(message);
  });

  it("are not divided: inputs have units of their own", async () => {
    await expect(readSamplesOf(path("samples.npz"), program.inputs, { divide: 255 })).rejects.toThrow(
      '--divide is for networks with one input; this one has "left", "right"',
    );
  });

  it("give outputs that only a .npz file holds, which is told before the work", async () => {
    const choice = { input: path("samples.npz"), output: "outputs.npy", float: false };
    await expect(predict(path("model.json"), choice)).rejects.toThrow(
      'outputs.npy: the network has the outputs "sum", "product"; they are written as one .npz file',
    );
  });
});

describe("what knows one input and one output refuses several", () => {
  const what = 'network "several" has 2 inputs and 2 outputs; ';
  const pins = { every: 10, inputs: [], outputs: [] } as never;

  it.each<[string, () => unknown]>([
    ["the text protocol of --dut", () => exportFirmware(network, findBoard("host"), { dut: true })],
    ["--slots", () => exportFirmware(network, findBoard("pico"), { slots: true })],
    ["a pin map", () => exportFirmware(network, findBoard("pico"), { pins })],
    ["the link of --link", () => exportProject(network, { format: "plain", name: "pair", link: true })],
    ["the sketch of --format arduino", () => exportProject(network, { format: "arduino", name: "pair" })],
  ])("%s", (part, run) => {
    expect(run).toThrow(`${what}${part} is for networks with one of each`);
  });

  it("every command that does not say otherwise", async () => {
    await expect(readQuantizedModel(path("model.json"))).rejects.toThrow(
      `${what}this command is for networks with one of each`,
    );
    const { quantized } = await readQuantizedModel(path("model.json"), "any");
    expect([quantized.inputs.length, quantized.outputs.length]).toEqual([2, 2]);
  });

  it("record, by what the device tells", async () => {
    const hello = await device.hello();
    expect(() => new InputSource({ device, hello, intervalMs: 10, clock: systemClock })).toThrow(
      `${what}a recording of what a board infers is for networks with one of each`,
    );
  });
});

describe("a file that contradicts itself", () => {
  it("is refused where one tensor is two inputs", async () => {
    const { importTflite } = await import("../../src/import/importTflite.js");
    const file = buildTflite({ ...severalPortsSpec(), inputs: [0, 1, 0] });
    expect(() => importTflite(file, "m.tflite", "m")).toThrow(
      new UserError(
        "m.tflite: tensor 0 is two inputs of the model",
        "the model contradicts itself: convert it again",
      ),
    );
  });
});
