import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import { exportProject } from "../../codegen/formats/exportProject.js";
import { writeFilesAtomically } from "../../src/base/files.js";
import { findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { predict, predictionToJson, writePrediction } from "../../src/cli/runPredict.js";
import { compareDevice } from "../../src/compare/compareDevice.js";
import { decodeState, emptyState, encodeState } from "../../src/compare/compareState.js";
import { LayerDump } from "../../src/compare/dumpLayers.js";
import { compareOutputs } from "../../src/compare/outputs.js";
import { readSamples, writeNpy } from "../../src/formats/samples.js";
import { describeProgram } from "../../src/link/describeProgram.js";
import type { Device } from "../../src/link/device.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { joinValues } from "../../src/network/elementTypes.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { wideNetwork, widened } from "../support/wideNetworks.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const program = planProgram(wideNetwork);
const inputs = [
  Int16Array.of(-32768, 32767, 0, 100, 101, -101),
  Int16Array.of(20000, 19000, 18000, -5, 3000, 31000),
];

/** TFLM's MultiplyByQuantizedMultiplier for a factor below 1, in exact integers, with the zero points around it. */
function reference(value: number, [scale, zero]: [number, number], [toScale, toZero]: [number, number]) {
  let [factor, exponent] = [scale / toScale, 0];
  for (; factor >= 1; exponent++) factor /= 2;
  for (; factor < 0.5; exponent--) factor *= 2;
  const multiplier = BigInt(Math.round(factor * 2 ** 31));
  const product = BigInt(value - zero) * 2n ** BigInt(Math.max(0, exponent)) * multiplier;
  const whole = Number((product + 2n ** 30n) >> 31n);
  const divisor = 2 ** Math.max(0, -exponent);
  return toZero + Math.sign(whole) * Math.floor(Math.abs(whole) / divisor + (divisor > 1 ? 0.5 : 0));
}

let device: Device;
beforeAll(async () => {
  const { files } = exportFirmware(wideNetwork, findBoard("host"), { name: "wide" });
  for (const file of files) mkdirSync(dirname(path(`firmware/${file.path}`)), { recursive: true });
  writeFilesAtomically(files.map(({ path: file, data }) => ({ path: path(`firmware/${file}`), data })));
  device = await openProcessDevice((await buildFolder(path("firmware"))).image.elf);
  writeModel(path("model.json"), { network: undefined, quantized: wideNetwork });
});
afterAll(() => device?.close());

describe("a change of element type", () => {
  const layersOf = (input: Int16Array): number[][] => {
    const layers: number[][] = [];
    runProgram(planProgram(wideNetwork, { passes: false }), input, (_, output) => layers.push([...output]));
    return layers;
  };

  it.each(inputs.map((input) => [input]))(
    "rescales int16 to int16, int8 and int32 as TFLM does: %o",
    (input) => {
      const [finer, narrow, scores, output] = layersOf(input) as [number[], number[], number[], number[]];
      const clamp = (value: number, most: number) => Math.min(most, Math.max(-most - 1, value));
      expect(finer).toEqual(
        [...input].map((value) => clamp(reference(value, [0.25, 100], [0.1875, -300]), 32767)),
      );
      expect(narrow).toEqual(finer.map((value) => clamp(reference(value, [0.1875, -300], [40, 5]), 127)));
      const [from, to] = [Math.fround(1 / 65535), Math.fround(2 / 65535)];
      expect(output).toEqual(scores.map((value) => reference(value, [from, -32768], [to, 1000])));
      for (const row of [scores.slice(0, 3), scores.slice(3)]) {
        const sum = row.reduce((total, value) => total + value + 32768, 0);
        expect(Math.abs(sum - 65536)).toBeLessThanOrEqual(3);
      }
    },
  );

  it("widens int8, clamped", () => {
    const output = runProgram(planProgram(widened), Int8Array.of(-128, -3, 0, 7, 8, 127));
    expect(output).toBeInstanceOf(Int16Array);
    // 0.5 / 0.003 = 166.67 steps for one
    expect([...output]).toEqual([-22512, -1679, -1179, -12, 155, 19988]);
  });

  it("is the same in C under the sanitizers, in every layer", () => {
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    const narrow = [Int8Array.of(-128, -3, 0, 7, 8, 127)];
    expect(runGenerated(planProgram(widened), narrow)).toEqual(runOracle(planProgram(widened), narrow));
  });
});

describe("a network with int16 inputs and int32 outputs", () => {
  const outputs = inputs.map((input) => runProgram(program, input));

  it("is the same in a model file", () => {
    expect(readModel(path("model.json")).quantized).toEqual(wideNetwork);
  });

  it("runs on a device: whole, in batches, layer by layer, and tells its latest inference", async () => {
    const { network: told } = await device.hello(describeProgram(program));
    expect(told.outputs[0]).toMatchObject({ elementType: "int32", shape: [2, 3] });
    expect((await device.run(inputs[0]!)).output).toEqual(outputs[0]);
    expect((await device.runMany(inputs)).results.map(({ output }) => output)).toEqual(outputs);
    expect((await device.runTotal(inputs)).outputs).toEqual(outputs);
    expect(await device.latest(told)).toMatchObject({ input: inputs[1], output: outputs[1] });
    const dump = new LayerDump(program);
    const report = await compareDevice({
      ...{ program, network: undefined, device, deviceDescription: "here" },
      ...{ inputs, labels: undefined, layers: true, onLayer: dump.add },
    });
    expect(report.outputs).toMatchObject({ bytesPerSample: 24, bytesCompared: 48, bytesDifferent: 0 });
    expect(report.layers?.map(({ bytesCompared }) => bytesCompared)).toEqual([24, 12, 24, 48]);
    dump.write(folder);
    expect(readSamples(path("3-quantize_3.npy")).data).toEqual(joinValues(outputs, "int32"));
  });

  it("is predicted as the integers it gives", async () => {
    writeNpy(path("inputs.npy"), joinValues(inputs, "int16"), [2, 2, 3]);
    const prediction = await predict(path("model.json"), { input: path("inputs.npy"), float: false });
    expect(predictionToJson(prediction)).toMatchObject({ int32: outputs.map((output) => [...output]) });
    await writePrediction(path("outputs.npy"), prediction);
    expect(readSamples(path("outputs.npy"))).toMatchObject({
      ...{ type: "i4", shape: [2, 2, 3], data: joinValues(outputs, "int32") },
    });
  });

  it("names the value that differs, and goes on where a comparison was cut", () => {
    const wrong = outputs.map((output) => output.slice());
    wrong[1]![4]! += 2 ** 16;
    expect(compareOutputs(outputs, wrong)).toMatchObject({
      ...{ bytesDifferent: 1, samplesDifferent: 1 },
      firstDifference: { sample: 1, index: 4, host: outputs[1]![4], device: wrong[1]![4] },
    });
    const key = { pinfer: "", model: "", optimize: "", device: "", image: 0, firmware: "", inputs: "" };
    const ofTwo = { ...key, samples: 2, layers: false };
    const ticks = { count: 2, min: 0, max: 0, sum: 0 };
    const bytes = encodeState(ofTwo, { ...emptyState(), host: outputs, device: wrong, ticks });
    expect(decodeState("kept", bytes, ofTwo, program)).toMatchObject({ host: outputs, device: wrong });
  });

  it("has a C interface of its types, but no pins, which read int8", () => {
    const { files } = exportProject(wideNetwork, { format: "plain", name: "wide" });
    const header = files.find(({ path: file }) => file.endsWith("wide.h"))!.data.toString();
    expect(header).toContain("typedef int16_t wide_input_t;");
    expect(header).toContain("typedef int32_t wide_output_t;");
    expect(() => exportFirmware(wideNetwork, findBoard("host"), { dut: true })).toThrow(
      'network "wide": outputs of zero point 1000 cannot be printed as text; 0 can',
    );
  });
});
