import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import { writeFilesAtomically } from "../../src/base/files.js";
import { findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { readInputs } from "../../src/cli/inputs.js";
import { readQuantizedModel } from "../../src/cli/readModel.js";
import { predict, predictionToJson, renderPrediction } from "../../src/cli/runPredict.js";
import { compareDevice } from "../../src/compare/compareDevice.js";
import { renderComparison } from "../../src/compare/render.js";
import { readSamples, writeNpy } from "../../src/formats/samples.js";
import type { Device, RunAnswer } from "../../src/link/device.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { onlyInput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { plainRunner } from "../../src/program/runner.js";
import { pinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { noiseRows, streamNetwork } from "../support/streamNetworks.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const inputs = noiseRows(10, 6);
const rows = Int8Array.from(inputs.flatMap((row) => [...row]));
let program: Program;
let device: Device;

beforeAll(async () => {
  writeModel(path("model.json"), { network: undefined, quantized: streamNetwork() });
  program = planProgram(readModel(path("model.json")).quantized!);
  const { files } = exportFirmware(streamNetwork(), findBoard("host"), { name: "eye" });
  for (const file of files) mkdirSync(dirname(path(`firmware/${file.path}`)), { recursive: true });
  writeFilesAtomically(files.map(({ path: file, data }) => ({ path: path(`firmware/${file}`), data })));
  device = openProcessDevice((await buildFolder(path("firmware"))).image.elf);
  writeNpy(path("two.npy"), rows, [2, 5, 2, 1, 3]);
  writeNpy(path("flat.npy"), rows, [2, 5, 6]);
  writeNpy(path("one.npy"), rows, [10, 2, 1, 3]);
  writeNpy(path("batch.npy"), rows, [10, 1, 2, 1, 3]);
});
afterAll(() => device?.close());

const compare = (on: Device, layers: boolean) =>
  compareDevice({
    ...{ program, network: undefined, device: on, deviceDescription: "here" },
    ...{ inputs, steps: 5, labels: undefined, layers },
  });

/** What the host gives, with the states reset before every sequence. */
function outputsOf(steps: number): number[][] {
  const runner = plainRunner(program);
  return inputs.map((row, index) => {
    if (index % steps === 0) runner.reset();
    return [...runner.run(row)];
  });
}

describe("a comparison of sequences", () => {
  it("finds C equal, of all steps and of every layer", async () => {
    for (const layers of [false, true]) {
      const report = await compare(device, layers);
      expect(report.outputs).toMatchObject({ samples: 10, steps: 5, bytesCompared: 150, bytesDifferent: 0 });
      expect(report.firstDifferingLayer).toBeNull();
      expect(
        report.layers?.map(({ bytesCompared, bytesDifferent }) => [bytesCompared, bytesDifferent]),
      ).toEqual(layers ? program.calls.map(({ output }) => [10 * output.bytes, 0]) : undefined);
      expect(renderComparison(report)).toContain(
        "2 sequences × 5 steps × 15 bytes of output\n0 of 150 bytes differ",
      );
    }
  });

  it("names sequence, step, layer and index of the first difference", async () => {
    /** The device, with one bit of step 7, and of the fourth layer there, turned over. */
    const dense = program.calls.findIndex(({ name }) => name === "dense");
    let asked = -1;
    const spoil = (answer: RunAnswer): RunAnswer => ({
      ...answer,
      output: answer.output.map((value, index) => (index === 4 ? value ^ 1 : value)),
    });
    let sequences = 0;
    const spoiled: Device = Object.assign(Object.create(device) as Device, {
      runSteps: async (number: number, steps: readonly Int8Array[]) => {
        const answer = await device.runSteps(number, steps);
        if (number === 0) sequences++;
        const results = answer.results.map((result, i) =>
          sequences === 2 && number + i === 2 ? spoil({ ...result, lineBytes: 0 }) : result,
        );
        return { ...answer, results };
      },
      runLayer: async (index: number, input?: Int8Array, states?: Uint8Array) => {
        if (index === 0) asked = inputs.findIndex((row) => row.every((value, i) => value === input![i]));
        const answer = await device.runLayer(index, input, states);
        return asked === 7 && index === dense ? spoil(answer) : answer;
      },
    });
    const { outputs, firstDifferingLayer, ...rest } = await compare(spoiled, false);
    const place = { sample: 7, sequence: 1, step: 2, index: 4 };
    expect([outputs.bytesDifferent, outputs.samplesDifferent]).toEqual([1, 1]);
    expect(outputs.firstDifference).toMatchObject(place);
    expect(firstDifferingLayer).toMatchObject({ ...place, layer: dense, name: "dense" });
    expect(renderComparison({ outputs, firstDifferingLayer, ...rest })).toMatch(
      /1 of 150 bytes differ, in 1 of 10 steps\nfirst difference: sequence 1, step 2, output 4: .*\nfirst layer that differs in sequence 1, step 2: "dense" \(layer \d\), index 4/,
    );
  });

  it("refuses a device that says that it keeps another number of bytes", async () => {
    const fewer = { ...program, states: program.states.slice(0, 1) };
    await expect(
      compareDevice({
        ...{
          program: fewer,
          network: undefined,
          device,
          deviceDescription: "here",
          inputs,
          labels: undefined,
        },
      }),
    ).rejects.toThrow(
      'the board says that network "stream" keeps 28 B from one run to the next; the host\'s keeps 16 B',
    );
  });
});

describe("sequences in a file", () => {
  it.each([
    ["two.npy", 10, 5],
    ["flat.npy", 10, 5],
    ["one.npy", 10, 10],
    ["batch.npy", 10, 10],
  ])("%s holds %i steps, %i a sequence", async (name, count, steps) => {
    const read = await readInputs(path(name), onlyInput(program), { sequences: true });
    expect([read.samples.length, read.steps]).toEqual([count, steps]);
    expect(read.samples.map((row) => [...row])).toEqual(inputs.map((row) => [...row]));
    const few = await readInputs(path(name), onlyInput(program), { sequences: true, limit: 1 });
    expect([few.samples.length, few.steps]).toEqual(steps === 5 ? [5, 5] : [1, 1]);
  });

  it("are no samples for a network without states", async () => {
    await expect(readInputs(path("two.npy"), onlyInput(program))).rejects.toThrow(
      "has shape [2, 5, 2, 1, 3]; expected [samples, 2, 1, 3]",
    );
  });
});

describe("predict on a network that keeps states", () => {
  it.each([
    ["two.npy", 5, [2, 5, 15], ["sequence", "step"]],
    ["one.npy", 10, [10, 15], ["step"]],
  ] as const)("resets them before every sequence: %s", async (name, steps, shape, columns) => {
    const prediction = await predict(path("model.json"), { input: path(name), float: false });
    expect(prediction.integers?.integers.map((output) => [...output])).toEqual(outputsOf(steps));
    expect(predictionToJson(prediction)).toMatchObject({ shape });
    expect(renderPrediction(prediction).trim().split(/\s+/).slice(0, columns.length)).toEqual(columns);
  });
});

it("infer runs sequences on a device, without a model too", () => {
  const args = [
    "infer",
    "--host-c",
    "--firmware",
    path("firmware"),
    "--input",
    path("two.npy"),
    "-o",
    path("out.npy"),
  ];
  expect(pinfer(args).code).toBe(0);
  const { shape, data } = readSamples(path("out.npy"));
  expect([shape, [...data]]).toEqual([[2, 5, 15], outputsOf(5).flat()]);
});

it("commands that run each sample for itself refuse such a network", async () => {
  await expect(readQuantizedModel(path("model.json"))).rejects.toThrow(
    'network "stream" keeps 2 tensors from one run to the next; this command runs every sample for itself',
  );
});
