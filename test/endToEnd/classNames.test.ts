import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readModel } from "../../src/model/modelFile.js";
import { pinfer } from "../cli/pinfer.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { contentsOf, succeed, trainCorners } from "./projects.js";
import { startBoard } from "./startBoard.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const model = path("model.json");
const samples = ["--input", path("samples/inputs.npy")];
const labels = ["--labels", path("samples/labels.npy")];

/** Would clear the screen, end a comment and a text of C. */
const hostile = '*/"\u001b[2J\u009b2J';
const shown = '*/"?[2J?2J';
const classNames = [hostile, "off", "running"];
const names = (text: string): string => text.replaceAll(path(""), "");

/** A number of 0, 1 and 2 for three classes, as a column of a file. */
const experiment = `import { accuracy, adam, csv, defineSearch, dense, relu, softmax, softmaxCrossEntropy } from "pinfer";
export default {
  name: "levels", seed: 1, epochs: 40, batchSize: 6, network: [dense(8), relu(), dense(3), softmax()],
  loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05 }), metrics: [accuracy],
  data: () => csv("levels.csv", { label: "state", classes: ${JSON.stringify(classNames)}, test: 0.2 }),
};
export const search = defineSearch({
  vary: { units: [4, 8] },
  candidate: ({ units }) => ({ network: [dense(units), relu(), dense(3), softmax()] }),
});
`;
const rows = Array.from(
  { length: 60 },
  (_, i) => `${(i % 3) + (i % 5) / 20},"${classNames[i % 3].replace('"', '""')}"`,
);

const train = (output: string, ...more: string[]) =>
  succeed("train", path("levels.ts"), "-o", path(output), ...more);

/** What a model's file calls its classes. */
const namesIn = (file: string) => JSON.parse(readFileSync(path(file), "utf8")).quantized.outputs[0].labels;

beforeAll(() => {
  writeFileSync(path("levels.csv"), `level,state\n${rows.join("\n")}\n`);
  writeFileSync(path("levels.ts"), experiment);
  train("model.json", "--test-samples", path("samples"));
});

/** Neither controls, but for line feeds, nor what turns the direction. */
function expectPrintable(text: string): void {
  expect(text).not.toMatch(/[^\n\P{C}]|[\p{Zl}\p{Zp}]/u);
}

describe("the names of classes", () => {
  it.each<[string, () => string]>([
    ["training", () => "model.json"],
    [
      "training with rounding",
      () => {
        train("aware.json", "--qat", "2");
        return "aware.json";
      },
    ],
    [
      "training that takes channels out",
      () => {
        writeFileSync(path("pruned.ts"), experiment.replace("seed: 1,", "seed: 1, prune: { share: 0.25 },"));
        succeed("train", path("pruned.ts"), "-o", path("pruned.json"));
        return "pruned.json";
      },
    ],
    [
      "the best of a search",
      () => {
        succeed("search", path("levels.ts"), "-o", path("search"), "--jobs", "1");
        return "search/model.json";
      },
    ],
  ])("come with the model of %s", (_, make) => {
    const file = make();
    expect(namesIn(file)).toEqual(classNames);
    expect(readModel(path(file)).classNames).toEqual(classNames);
  });

  it("head the confusion matrix of compare, and stand in its JSON", () => {
    const compare = ["compare", model, "--host-c", ...samples, ...labels];
    const { stdout } = succeed(...compare);
    expectPrintable(stdout);
    expect(stdout).toMatch(/\n {14}\*\/"\?\[2J\?2J {2}off {2}running\n {2}\*\/"\?\[2J\?2J +\d/);
    const { stdout: json } = succeed(...compare, "--json");
    expectPrintable(json);
    expect(JSON.parse(json).accuracy.classNames).toEqual(classNames);
  });

  it.each([[[]], [["--float"]]])("stand in what predict prints: %j", (more) => {
    const { stdout } = succeed("predict", model, ...samples, ...more);
    expectPrintable(stdout);
    const { stdout: json } = succeed("predict", model, ...samples, ...more, "--json");
    expectPrintable(json);
    const prediction = JSON.parse(json);
    expect(prediction.classNames).toEqual(classNames);
    const column = stdout
      .split("\n")
      .slice(1, -1)
      .map((line) => /^ *\d+ +(\S+) /.exec(line)?.[1]);
    const expected = prediction.classes.map((index: number) => [shown, "off", "running"][index]);
    expect(column).toEqual(expected);
    expect(new Set(expected).size).toBe(3);
  });

  it("are the monitor's, where none are typed", () => {
    const monitor = ["monitor", model, "--host-c", ...samples, "--count", "12", "--every", "1"];
    const { stdout } = succeed(...monitor);
    expectPrintable(stdout);
    for (const name of [shown, "off", "running"]) expect(stdout).toContain(`  ${name} (`);
    const { stdout: json } = succeed(...monitor, "--json");
    expectPrintable(json);
    const summary = JSON.parse(json.trimEnd().split("\n").at(-1)!);
    expect(Object.keys(summary.classes)).toEqual(classNames);
    const typed = succeed(...monitor, "--classes", "x,y,z", "--json").stdout;
    expect(typed).toContain('"class":"y"');
    expect(typed).not.toContain("running");
  });

  it("are no names of another network's outputs", () => {
    const other = temporaryDirectory();
    trainCorners(other);
    succeed("export-firmware", join(other, "model.json"), "--board", "host", "-o", join(other, "firmware"));
    const { error } = fail([
      "monitor",
      model,
      "--host-c",
      "--count",
      "1",
      "--firmware",
      join(other, "firmware"),
    ]);
    expect(error).toMatch(/^the board runs network "corners" [0-9a-f]{8}, the host expects [0-9a-f]{8}$/);
  });

  it("reach the header and the README alone, harmlessly, and no image", () => {
    const { classNames: _, ...nameless } = JSON.parse(readFileSync(model, "utf8"));
    writeFileSync(path("nameless.json"), JSON.stringify(nameless));
    const [named, other] = [model, path("nameless.json")].map((file, index) => {
      const exported = path(`export-${index}`);
      succeed("export-firmware", file, "-o", exported);
      const {
        "network.h": header,
        "README.md": page,
        "pinfer.json": _hashes,
        ...rest
      } = contentsOf(exported);
      succeed("build", exported);
      return { header, page, rest, image: readFileSync(join(exported, "build", "firmware.bin")) };
    });
    expect(named!.rest).toEqual(other!.rest);
    expect(named!.header).toMatch(/^[\n -~]*$/);
    expect(named!.header).toContain("#define NETWORK_CLASS_COUNT 3");
    expectPrintable(Buffer.from(named!.page!, "latin1").toString("utf8"));
    expect(named!.image.equals(other!.image)).toBe(true);
  });

  it("are printable where data has one that is not wanted", () => {
    writeFileSync(path("few.ts"), experiment.replace(JSON.stringify(classNames), '["off", "running"]'));
    const { error } = fail(["train", path("few.ts"), "-o", path("few.json")]);
    expectPrintable(error);
    expect(names(error)).toContain('has the class "*/\\"\\u001b[2J?2J", which is none of off, running');
  });
});

describe.runIf(process.platform === "linux")("a board on a port", () => {
  it("is watched with the names of the model that is on it", async () => {
    const sameFolder = { env: { ...process.env, TMPDIR: folder } };
    const board = await startBoard(["--flash", path("kept.bin")], sameFolder);
    try {
      succeed("export-firmware", model, "-o", path("firmware"));
      succeed("build", path("firmware"));
      const flashed = pinfer(["flash", path("firmware"), "--port", board.port], sameFolder);
      expect([flashed.code, flashed.code === 0 ? "" : flashed.stderr]).toEqual([0, ""]);
      const monitor = ["monitor", "--port", board.port, ...samples, "--count", "9", "--every", "1"];
      expect(succeed(...monitor).stdout).toMatch(/ {2}2 \(/);
      expect(succeed(...monitor, model).stdout).toContain("  running (");
    } finally {
      board.child.stdin!.end();
      await board.ended;
    }
  });
});
