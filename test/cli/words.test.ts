import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { generateNetwork, tableBytes } from "../../codegen/generatedNetwork.js";
import { importTflite } from "../../src/import/importTflite.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { summarizeNetwork } from "../../src/program/summarize.js";
import { succeed } from "../endToEnd/projects.js";
import { temporaryDirectory } from "../firmware/images.js";
import { buildTflite } from "../import/buildTflite.js";
import { everyOperator } from "../import/everyOperator.js";
import { packageKernels as kernels } from "../support/packageKernels.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);

/** An input that is standardized is int16; all outputs of a layer have one factor. */
const experiment = `import { accuracy, adam, csv, dense, f1, precision, softmax, softmaxCrossEntropy, standardize } from "pinfer";
export default {
  name: "fruit", seed: 1, epochs: 2, batchSize: 6, network: [standardize(), dense(3), softmax()],
  loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05 }), metrics: [accuracy, f1(0), precision(2)],
  data: () => csv("fruit.csv", { label: "kind", test: 0.5 }),
};
`;

beforeAll(() => {
  const kinds = ["apple", "banana", "orange"];
  const rows = Array.from({ length: 30 }, (_, i) => `${(i % 3) + i / 100},${i / 50},${kinds[i % 3]}`);
  writeFileSync(path("fruit.csv"), `red,green,kind\n${rows.join("\n")}\n`);
  writeFileSync(path("fruit.ts"), experiment);
});

describe("what commands call things", () => {
  it("metrics of a class have its name", () => {
    const { stdout } = succeed(
      "train",
      path("fruit.ts"),
      "-o",
      path("fruit.json"),
      "--report",
      path("fruit.html"),
    );
    expect(stdout.match(/^\S+(?: of \S+)?(?= +[\d.]+ +[\d.]+$)/gm)).toEqual([
      "accuracy",
      "f1 of apple",
      "precision of orange",
    ]);
    const page = readFileSync(path("fruit.html"), "utf8");
    expect(page).toContain("test f1 of apple");
    expect(page).toContain("Precision of orange");
    expect(page).not.toMatch(/(?:f1 of 0|recision of 2)/);
  });

  it("an int16 input is int16", () => {
    expect(succeed("summary", path("fruit.json")).stdout).toMatch(
      /\ninput {3}int16 \[2\], real = .*\noutput {2}int8 \[3\], real = /,
    );
  });

  it.each(["speed", "size", "ram"] as const)(
    "tables are as large in the summary as in the firmware, for %s",
    (optimize) => {
      const { network } = importTflite(buildTflite(everyOperator()), "every.tflite", "every");
      const program = planProgram(network, { optimize });
      const generated = generateNetwork(program, (name) => kernels.get(name));
      expect(summarizeNetwork(program).tableBytes).toBe(tableBytes(generated));
    },
  );
});
