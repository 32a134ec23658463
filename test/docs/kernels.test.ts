import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { hostModule } from "../../codegen/host/hostKernels.js";
import { printNetworkFiles } from "../../codegen/networkFiles.js";
import type { UserError } from "../../src/base/errors.js";
import { loadExperiment } from "../../src/experiment/experiment.js";
import { type TrainedModel, trainModel } from "../../src/experiment/trainModel.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { readOwnKernels } from "../../src/program/ownKernels.js";
import type { Program } from "../../src/program/program.js";
import { generatedRunner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { testInputs } from "../codegen/runNetwork.js";
import { temporaryDirectory } from "../firmware/images.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { blocksOf, readPage } from "./pages.js";

const blocks = blocksOf(readPage("docs/kernels.md"));
const [refused, outside] = blocks.filter(({ title }) => title === "").map(({ text }) => text);
const folder = temporaryDirectory();
const path = (file: string): string => join(folder, file);

/** Writes the page's files, with a change to the kernel. */
function writeFiles(from = "", to = ""): void {
  for (const { title, text } of blocks.filter(({ title }) => title.startsWith("ts ")))
    writeFileSync(path(title.slice("ts ".length)), text.replace(from, to));
}

/** What the user reads, with the file by its name alone. */
const told = ({ message, hint }: UserError): string =>
  `${message.replaceAll(`${folder}/`, "")}\nhint: ${hint}\n`;

let trained: TrainedModel;
let program: Program;

beforeAll(async () => {
  writeFiles();
  trained = await trainModel(await loadExperiment(path("experiment.ts")));
  writeModel(path("model.json"), trained.model);
  const { quantized } = readModel(path("model.json"));
  await readOwnKernels(quantized!);
  program = planProgram(quantized!);
});

describe("docs/kernels.md", () => {
  it("has a layer and a function that train, and lose nothing as integers", () => {
    expect(trained.notQuantized).toBeUndefined();
    expect([trained.test?.metrics, trained.testInt8]).toEqual([{ accuracy: 1 }, { accuracy: 1 }]);
    expect(program.calls.map(({ name, kernel }) => [name, kernel])).toEqual([
      ["variation_1", "variation"],
      ["dense_1", "fullyConnectedBlocked"],
      ["softplus_1", "lookup"],
      ["dense_2", "fullyConnectedBlocked"],
      ["softmax_1", "softmax"],
    ]);
  });

  it("gives C with the host's bytes, and generated kernels beside it too", () => {
    const inputs = testInputs(48);
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    const { run } = generatedRunner(program, hostModule(program));
    expect(inputs.map((input) => run(input))).toEqual(inputs.map((input) => runProgram(program, input)));
  });

  it("shows the C that is printed", () => {
    const [, source] = printNetworkFiles(program, {}).files;
    expect(source.data).toContain(blocks.find(({ title }) => title === "c")!.text);
  });

  it("writes the same model again from what it read, float network too", () => {
    const [before, again] = [path("model.json"), path("again.json")];
    writeModel(again, readModel(before));
    const text = (file: string) => readFileSync(file, "utf8").replaceAll(/(model|again)\.(?=\w{8}\.)/g, "");
    expect(text(again)).toBe(text(before));
    expect(readModel(before).network?.canRun).toBe(false);
  });

  it("tells what is outside the subset as the page says, when the experiment is loaded", async () => {
    writeFiles(
      /rescale\(shifted.*/.exec(blocks.find(({ title }) => title === "ts variation.ts")!.text)![0],
      "Math.random();",
    );
    const found = await loadExperiment(path("experiment.ts")).catch((error) => error);
    expect(told(found)).toBe(refused);
  });

  it("tells an index that is outside as the page says, and keeps the float network", async () => {
    writeFiles("input[i - layer.channels]);\n    }", "input[i - 3]);\n    }");
    const { notQuantized, model } = await trainModel({
      ...(await loadExperiment(path("experiment.ts"))),
      epochs: 1,
    });
    expect(notQuantized).toBe(outside.split("\n")[0]);
    expect(model.network?.layers.map(({ kind }) => kind)).toContain("ownKernel");
  });
});
