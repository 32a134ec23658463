import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { predict } from "../../src/cli/runPredict.js";
import { succeed } from "../endToEnd/projects.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { pinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const names = (text: string): string => text.replaceAll(`${folder}/`, "");
const write = (name: string, ...lines: string[]): string => {
  writeFileSync(path(name), `${lines.join("\n")}\n`);
  return path(name);
};

/** Three classes by which of three colours is strong; the classes are called as other classes' numbers. */
const kinds = ["1", "2", "3"];
const experiment = `import { accuracy, adam, csv, dense, relu, softmax, softmaxCrossEntropy } from "pinfer";
export default {
  name: "fruit", seed: 1, epochs: 30, batchSize: 6, network: [dense(8), relu(), dense(3), softmax()],
  loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05 }), metrics: [accuracy],
  data: () => csv("fruit.csv", { label: "kind" }),
};
`;
const rows = Array.from({ length: 60 }, (_, i) =>
  [0, 1, 2].map((k) => (i % 3 === k ? 0.5 : 0.1) + (i % 7) / 100).concat(Number(kinds[i % 3])),
);
const model = path("fruit.json");

beforeAll(() => {
  write("fruit.csv", "Red,Green,Blue,kind", ...rows.map((row) => row.join(",")));
  write("fruit.ts", experiment);
  succeed("train", path("fruit.ts"), "-o", model);
});

const predicted = async (file: string) => predict(model, { input: file, float: false });

describe("columns of --input", () => {
  it("are taken by their names, so that their order changes nothing", async () => {
    const { outputs } = await predicted(write("straight.csv", "Red,Green,Blue", "0.16,0.30,0.54"));
    for (const header of ["Blue,Green,Red", "Blue,Green,kind,Red"]) {
      const cells = header.includes("kind") ? "0.54,0.30,3,0.16" : "0.54,0.30,0.16";
      const turned = await predicted(write("turned.csv", header, cells));
      expect(turned).toMatchObject({ outputs, warnings: [] });
      const floats = await predict(model, { input: path("turned.csv"), float: true });
      expect(floats).toMatchObject({ warnings: [], outputs: [expect.any(Float32Array)] });
      expect(floats.outputs[0]![2]).toBeCloseTo(outputs[0]![2]!, 1);
    }
  });

  it("that the network does not know are told, in JSON too", () => {
    const file = write("time.csv", "timestamp,Blue,Green,Red", "17,0.54,0.30,0.16");
    const { code, stdout, stderr } = pinfer(["predict", model, "--input", file, "--json"]);
    const warning = 'time.csv: left out "timestamp", which the network does not take';
    expect([code, names(stderr)]).toEqual([0, `warning: ${warning}\n`]);
    expect(JSON.parse(stdout).warnings.map(names)).toEqual([warning]);
  });

  it("that are missing are named", () => {
    const { error } = fail(["predict", model, "--input", write("few.csv", "Red,Blue", "1,2")]);
    expect(names(error)).toBe('few.csv: has no column "Green"; its columns are "Red", "Blue"');
  });
});

describe("values beyond the input's range", () => {
  it("are counted, with the farthest and its column, and what the column reaches", async () => {
    const { warnings } = await predicted(write("far.csv", "Green,Red,Blue", "0.2,540,0.1"));
    expect(warnings).toEqual([
      {
        message: expect.stringMatching(
          /far\.csv: 1 of 3 values is beyond the input's range \(540 in sample 0 at "Red"; 0 to 0\.56\)$/,
        ),
        hint: "the network takes the nearest it knows: scale them as for training",
      },
    ]);
  });

  it("that are whole numbers may be the network's own", async () => {
    const { warnings } = await predicted(write("whole.csv", "3,-20,100", "127,-128,0"));
    expect(warnings[0]).toMatchObject({
      message: expect.stringContaining("5 of 6 values are beyond"),
      hint: expect.stringMatching(/, or save them as int8 if they are its own integers$/),
    });
  });

  it("are told by compare, infer and monitor", () => {
    const file = write("far.csv", "Red,Green,Blue,kind", "540,0.2,0.1,1", "0.1,0.2,0.5,3");
    const firmware = ["--firmware", path("firmware")];
    succeed("export-firmware", model, "--board", "host", "-o", path("firmware"));
    const message =
      /far\.csv: 1 of 6 values is beyond the input's range \(540 in sample 0 at "Red"; 0 to 0\.56\)/;
    const common = ["--host-c", ...firmware, "--input", file, "--json"];
    const compared = pinfer(["compare", model, ...common]);
    expect(compared.stderr).toMatch(message);
    expect(JSON.parse(compared.stdout)).toMatchObject({
      warnings: [expect.stringMatching(message)],
      accuracy: { labels: 2, hostCorrect: 2, deviceCorrect: 2 },
    });
    const inferred = pinfer(["infer", model, ...common]);
    expect(JSON.parse(inferred.stdout)).toMatchObject({
      classNames: kinds,
      samples: [{ argmax: 0 }, { argmax: 2 }],
      warnings: [expect.stringMatching(message)],
    });
    const monitored = pinfer(["monitor", model, ...common, "--count", "1"]);
    expect(monitored.stderr).toMatch(message);
    expect(JSON.parse(monitored.stdout.trimEnd().split("\n").at(-1)!)).toMatchObject({
      ...{ event: "summary", inferences: 1, warnings: [expect.stringMatching(message)] },
    });
  });

  it("stand in columns by position, which is told, where a device is asked without its model", () => {
    const file = write("turned.csv", "Blue,Green,Red", "0.1,0.2,0.5");
    const options = ["--host-c", "--firmware", path("firmware"), "--input", file, "--json"];
    const { stderr, stdout } = pinfer(["infer", ...options]);
    const warning =
      'turned.csv: columns are taken by their position, whatever their names: "Blue", "Green", "Red"';
    expect(names(stderr)).toContain(
      `warning: ${warning}\nhint: give the model too: it knows the names of its inputs\n`,
    );
    expect(JSON.parse(stdout)).toMatchObject({ samples: [{ argmax: 2 }] });
  });
});
