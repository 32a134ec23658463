import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { pinfer } from "./pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-skipped-"));
afterAll(() => rmSync(folder, { recursive: true }));
const experiment = join(folder, "experiment.ts");

function train(options: string, ...more: string[]) {
  writeFileSync(join(folder, "x.csv"), "x,class\n0,a\noops,a\n1,b\n?,b\n");
  writeFileSync(
    experiment,
    `import { csv, dense, sgd, softmax, softmaxCrossEntropy } from "pinfer";
export default {
  name: "x", seed: 1, epochs: 1, batchSize: 2, network: [dense(2), softmax()], loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  data: () => csv("x.csv", { label: "class"${options} }),
};`,
  );
  const { code, stdout, stderr } = pinfer(["train", experiment, "-o", join(folder, "model.json"), ...more]);
  return { code, stdout, stderr: stderr.replaceAll(`${folder}/`, "") };
}

it("train names the first bad row, and goes on without them when the experiment says so", () => {
  expect(train("")).toEqual({
    code: 1,
    stdout: "",
    stderr:
      'error: experiment.ts:5: x.csv:3: column 1 ("x") is "oops"; expected a number\n' +
      'hint: mend it, or leave such out and count them with onBadRow: "skip"\n',
  });
  const { code, stderr } = train(', onBadRow: "skip"');
  expect(code).toBe(0);
  expect(stderr).toContain(
    "data: each sample [1], of 2 classes\n" +
      "            samples  a  b\n" +
      "  training        2  1  1\n" +
      'left out 2 that cannot be read, the first: x.csv:3: column 1 ("x") is "oops"; expected a number\n',
  );
});

it("train --json has the same in its result", () => {
  const { code, stdout } = train(', onBadRow: "skip"', "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).data).toEqual({
    inputShape: [1],
    classes: ["a", "b"],
    parts: [{ part: "training", samples: 2, ofClasses: [1, 1] }],
    skipped: { count: 2, first: expect.any(Array) },
  });
});

it("train warns of columns that it left out, on the terminal and in its JSON", () => {
  writeFileSync(join(folder, "t.csv"), "time,x,class\n0,0,a\n1,1,b\n2,0,a\n");
  const text = readFileSync(experiment, "utf8").replace(/csv\(.*\)/, 'csv("t.csv", { label: "class" })');
  writeFileSync(join(folder, "timed.ts"), text);
  const model = join(folder, "model.json");
  const { code, stdout, stderr } = pinfer(["train", join(folder, "timed.ts"), "-o", model, "--json"]);
  expect(code).toBe(0);
  const message = 't.csv: column 1 ("time") is taken for the time, and is left out';
  expect(stderr.replaceAll(`${folder}/`, "")).toContain(
    `warning: ${message}\nhint: name it in columns to take it as an input, or in ignore to say that it is none\n`,
  );
  expect(JSON.parse(stdout).warnings).toEqual([expect.stringContaining(message)]);
});
