import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { pinfer } from "./pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-drop-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = join(folder, "model.json");
beforeEach(() => rmSync(model, { force: true }));

/** Pressure beside acceleration, in one int8 scale: the class is the sign of the acceleration. */
function run(command: string, network: string, ...more: string[]) {
  const experiment = join(folder, "experiment.ts");
  writeFileSync(
    experiment,
    `import { accuracy, adam, add, binaryCrossEntropy, dense, fixedWeights, Random, sigmoid, standardize, Tensor } from "pinfer";
const random = new Random(1);
const inputs = Tensor.from([200, 2], Array.from({ length: 200 }, () => [300 * random.normal(), random.normal() / 2]).flat());
const targets = Uint8Array.from({ length: 200 }, (_, b) => Number(inputs.data[2 * b + 1] > 0));
const train = { inputs, targets, inputNames: ["pressure", "g"], classNames: ["down", "up"] };
const ofG = () => dense(1, { weights: fixedWeights([[0, 8]]) });
void [add, standardize, sigmoid, ofG];
export default {
  name: "drop", seed: 1, epochs: 1, batchSize: 100, data: { train, test: train }, loss: binaryCrossEntropy(),
  optimizer: adam({ learningRate: 1e-6 }), metrics: [accuracy], network: ${network},
};
export const search = { vary: { seed: [1, 2] }, candidate: ({ seed }: { seed: number }) => ({ seed }) };`,
  );
  const output = command === "search" ? join(folder, "found") : model;
  return pinfer([command, experiment, "-o", output, ...more]);
}

const told =
  /the int8 network falls behind the float one by 0\.\d{4} on the test data \(accuracy 1\.0000 float, 0\.\d{4} int8, 200 samples\): input "g" has 0\.\d+ steps for a standard deviation/;

describe("an int8 network that falls behind", () => {
  const network = "[ofG(), sigmoid()]";

  it("is a warning, in JSON too, and in the model file", () => {
    const { code, stdout, stderr } = run("train", network, "--json");
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^warning: ${told.source}$`, "m"));
    const result = JSON.parse(stdout);
    expect(result.warnings).toEqual([expect.stringMatching(told)]);
    expect(result.quantization).toMatchObject({ metric: "accuracy", float: 1, samples: 200 });
    expect(JSON.parse(readFileSync(model, "utf8")).training.quantization).toEqual(result.quantization);
  });

  it("is an error with --max-drop, and the model is written", () => {
    const { code, stderr } = run("train", network, "--max-drop", "0.1");
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error: ${told.source}; --max-drop is 0\\.1$`, "m"));
    expect(existsSync(model)).toBe(true);
    expect(run("train", network, "--max-drop", "0.9").code).toBe(0);
  });

  it("is told of a search's best, and an error with --max-drop", () => {
    const { code, stdout, stderr } = run("search", network, "--json", "--max-drop", "0.1", "--fresh");
    expect(code).toBe(1);
    expect(JSON.parse(stdout).warnings).toEqual([expect.stringMatching(told)]);
    expect(stderr).toMatch(
      /^error: the int8 network of candidate 1 falls behind its float one by 0\.\d{4}; --max-drop is 0\.1$/m,
    );
  });
});

it("a network in floating point only is an error, the model is written, and --float-only lets it pass", () => {
  const network = "(x) => sigmoid()(add(ofG()(standardize()(x)), ofG()(x)))";
  const { code, stderr } = run("train", network);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `error: ${model} has no integer network: layer "normalization_1" takes the raw input, and so does another layer that cannot\n` +
      "hint: the float network is written; mend the cause for a device, or ask for no more with --float-only\n",
  );
  expect(existsSync(model)).toBe(true);
  expect(run("train", network, "--float-only").code).toBe(0);
});
