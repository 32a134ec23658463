import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { printableLines } from "../../src/base/printable.js";
import { createProgram } from "../../src/cli/commandLine.js";
import { commands } from "../../src/cli/commands.js";
import { writeModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { temporaryDirectory } from "../firmware/images.js";
import { createModel, quantized } from "../support/smallModel.js";
import { pinfer } from "./pinfer.js";

const name =
  "x\n0 of 99999 bytes differ\nerror: forged\r\u001b[2J\u001b]0;pwned\u0007\u202e\u009b2J\u2028error: forged";
const folder = temporaryDirectory();
const path = (file: string): string => join(folder, file);
const model = path(`model ${name}.json`);
const experiment = path(`experiment ${name}.ts`);
const inputs = path(`inputs ${name}.csv`);
const table = path(`table ${name}.csv`);
const missing = path(`none ${name}`);
const port = `/dev/${name}`;

/** Command lines with forged names of models, classes, columns and files; ports that are not there bear one too. */
const lines: Readonly<Record<string, readonly (readonly string[])[]>> = {
  init: [
    ["init", path(`new ${name}`)],
    ["init", model],
  ],
  train: [
    ["train", experiment, "-o", path(`trained ${name}.json`)],
    ["train", missing],
  ],
  search: [
    ["search", experiment, "-o", path(`found ${name}`), "--jobs", "1"],
    ["search", missing, "-o", path("found")],
    ["search", experiment, "--max-drop", name],
  ],
  import: [
    ["import", model],
    ["import", missing],
    ["import", table, "--name", name],
  ],
  stream: [
    ["stream", model, "-o", path(`stream ${name}.json`)],
    ["stream", missing],
  ],
  "export-firmware": [
    ["export-firmware", model, "--board", "host", "-o", path(`firmware ${name}`)],
    ["export-firmware", model, "--board", name, "-o", path("firmware")],
  ],
  build: [
    ["build", path(`firmware ${name}`)],
    ["build", missing],
  ],
  board: [
    ["board", "--board", name],
    ["board", "--flash", folder, "--control", name],
    ["board", "--board", "host"],
  ],
  flash: [
    ["flash", missing, "--port", port],
    ["flash", path(`firmware ${name}`), "--port", port, "--dry-run"],
    ["flash", inputs, "--with", name],
    ["flash", inputs, "--entry", name, "--port", port],
    ["flash", inputs, "--board", name, "--dry-run"],
  ],
  update: [
    ["update", model, "--port", port],
    ["update", missing, "--port", port],
  ],
  infer: [
    ["infer", "--input", inputs, "--port", port],
    ["infer", "--input", missing, "--port", port],
  ],
  client: [
    ["client", model, "-o", path(`client ${name}.ts`)],
    ["client", missing],
  ],
  compare: [
    ["compare", model, "--input", inputs, "--port", port],
    ["compare", model, "--input", missing],
  ],
  dut: [
    ["dut", model, "--input", missing, "--port", port],
    ["dut", model, "--input", inputs, "--port", port],
  ],
  monitor: [["monitor", model, "--input", inputs, "--port", port, "--count", "1"]],
  record: [
    ["record", "--port", port, "--label", "walk", "-o", path(`recordings ${name}`)],
    ["record", "--port", port, "--label", name],
    ["record", "--port", port, "--label", "walk", "--columns", name],
    ["record", "--port", port, "--label", "walk", "-o", inputs],
  ],
  profile: [
    ["profile", model, "--input", inputs, "--port", port],
    ["profile", missing],
  ],
  pins: [
    ["pins", "--port", port],
    ["pins", model, "--port", port],
    ["pins", "--release", name, "--port", port],
  ],
  predict: [
    ["predict", model, "--input", inputs],
    ["predict", model, "--input", table],
    ["predict", model, "--input", missing],
  ],
  summary: [
    ["summary", model],
    ["summary", table],
  ],
  diff: [
    ["diff", model, model],
    ["diff", model, model, "--markdown", "--max-drop", "0"],
    ["diff", model, missing],
    ["diff", model, inputs],
  ],
  boards: [["boards", name]],
  doctor: [
    ["doctor", name],
    ["doctor", "--strange", name],
  ],
};

beforeAll(() => {
  const network: QuantizedNetwork = {
    ...quantized,
    name,
    layers: quantized.layers.map((layer, i) => ({
      ...layer,
      name: `${i}${name}`,
    })) as QuantizedNetwork["layers"],
  };
  const classNames = [`a${name}`, `b${name}`];
  writeModel(model, { ...createModel(), network: undefined, quantized: network, classNames });
  writeFileSync(inputs, "0.1,0.2,0.3\n0.4,0.5,0.6\n");
  // names of columns, classes, and a cell that is no number
  const column = "a\u001b[2J\u202e\u009b2J\u2028";
  const rows = (label: string, value: number) => `"${label}",${value},2\n`.repeat(8);
  const cells = `label,"${column}",b\n${rows("one\u001b[2J", 1)}${rows("two\u202e", -1)}`;
  writeFileSync(table, `${cells}three,\u001b[2J,2\n`);
  mkdirSync(path(`empty ${name}`));
  writeFileSync(
    experiment,
    `import { accuracy, adam, csv, dense, f1, softmax, softmaxCrossEntropy } from "pinfer";
export default { name: ${JSON.stringify(name)}, seed: 1, data: () => csv(${JSON.stringify(table)}, { label: "label", test: 0.5, onBadRow: "skip", classes: ["one\\u001b[2J", "two\\u202e", ${JSON.stringify(name)}] }),
  network: [dense(3), softmax()], loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }),
  epochs: 1, batchSize: 4, metrics: [accuracy, f1(2)] };
export const search = { vary: { ${JSON.stringify(name)}: [${JSON.stringify(name)}, "bad"] }, maximize: "f1 of 2",
  candidate: (values) => (values[${JSON.stringify(name)}] === "bad" ? { name: 3 } : {}) };\n`,
  );
});

describe("every command, with forged names,", () => {
  it("is here", () => {
    const known = createProgram(commands).commands.map((command) => command.name());
    expect(Object.keys(lines)).toEqual(known);
  });

  it.each(Object.entries(lines))(
    "prints nothing that a terminal acts on, and forges no line: %s",
    (_, runs) => {
      for (const words of runs) {
        const { code, stdout, stderr } = pinfer(words);
        expect([[0, 1, 2].includes(code!), words, stderr]).toEqual([true, words, expect.any(String)]);
        const all = `${stdout}\n${stderr}`;
        expect(all.split("\n").filter((line) => /^(0 of 99999|error: forged)/.test(line))).toEqual([]);
        expect(all).toBe(printableLines(all));
      }
    },
    120_000,
  );
});
