import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readModel } from "../../src/model/modelFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import { pinfer } from "../cli/pinfer.js";
import { until } from "../support/until.js";

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pinfer-search-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string) => join(folder, name);

/** XOR of two real inputs. From the width in STALL on, candidates wait for data that never comes: there it is cut. */
const xor = `import { accuracy, adam, defineExperiment, defineSearch, dense, Random, relu, softmax, softmaxCrossEntropy, Tensor } from "pinfer";
const random = new Random(7);
const points = (count) => {
  const inputs = Tensor.from([count, 2], Array.from({ length: 2 * count }, () => 2 * random.uniform() - 1));
  const targets = Uint8Array.from({ length: count }, (_, i) => Number(inputs.data[2 * i] > 0 !== inputs.data[2 * i + 1] > 0));
  return { inputs, targets };
};
export default defineExperiment({
  name: "xor", seed: 1, data: { train: points(400), test: points(200) }, validation: 0.25,
  network: [dense(8), relu(), dense(2), softmax()],
  loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.02 }), epochs: 12, batchSize: 8, metrics: [accuracy],
});
export const search = defineSearch({
  vary: { width: [2, 4, 8, 0], rate: [0.01, 0.03] },
  candidate: ({ width, rate }) => ({
    ...(width >= Number(process.env.STALL ?? 99) && { data: () => new Promise(() => {}) }),
    network: [dense(width), relu(), dense(2), softmax()],
    optimizer: adam({ learningRate: rate }),
  }),
});
`;
const experiment = inFolder("xor.ts");

function search(output: string, ...more: string[]) {
  return pinfer(["search", experiment, "-o", inFolder(output), "--jobs", "2", ...more]);
}

/** What is printed, without the folder's name. */
const tableOf = (stdout: string, output: string) => stdout.replaceAll(inFolder(output), "FOLDER");
const results = (output: string) => join(inFolder(output), "results.jsonl");
const countResults = (output: string) =>
  existsSync(results(output)) ? readFileSync(results(output), "utf8").split("\n").length - 3 : 0;

/** Starts a search and ends it when only candidates from a width on are left. */
async function cut(output: string, signal: NodeJS.Signals, fromWidth: number, resultsBefore: number) {
  const child = spawn(process.execPath, [main, "search", experiment, "-o", inFolder(output), "--jobs", "2"], {
    env: { ...process.env, STALL: String(fromWidth) },
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.on("close", (code) => resolve({ code, stderr }));
  });
  await until(() => countResults(output) === resultsBefore);
  child.kill(signal);
  const { code, stderr } = await ended;
  return { code, stderr, child };
}

let whole: ReturnType<typeof pinfer>;
let json: {
  readonly best: number;
  readonly unbeaten: readonly number[];
  readonly candidates: readonly { readonly number: number; readonly hash: string; readonly int8: number }[];
};
beforeAll(() => {
  writeFileSync(experiment, xor);
  whole = search("whole");
  json = JSON.parse(search("whole", "--json").stdout);
});

describe("pinfer search", () => {
  it("prints a table of all candidates, and keeps the best as a model", () => {
    expect(whole.code).toBe(0);
    const lines = whole.stdout.split("\n");
    expect(lines[0]).toMatch(/^#\s+width\s+rate\s+accuracy float\s+int8\s+MACs\s+flash B\s+RAM B$/);
    expect(lines.slice(1, 9).map((line) => line.trim().split(/\s+/).slice(0, 3).join(" "))).toEqual([
      ...["1 2 0.01", "2 2 0.03", "3 4 0.01", "4 4 0.03", "5 8 0.01", "6 8 0.03", "7 0 0.01", "8 0 0.03"],
    ]);
    expect(lines[7]).toContain("failed: dense(units): units must be an integer above 0, found 0");
    const { quantized, training } = readModel(join(inFolder("whole"), "model.json"));
    const best = json.candidates.find(({ number }) => number === json.best);
    expect(networkHash(quantized!)).toBe(best?.hash);
    expect(best?.int8).toBeGreaterThan(0.9);
    expect(training).toMatchObject({ samples: { train: 300, validation: 100, test: 200 } });
  });

  it("keeps the models of what no other beats, and no others", () => {
    const models = readdirSync(join(inFolder("whole"), "candidates")).filter((name) =>
      name.endsWith(".json"),
    );
    expect(models.sort()).toEqual(json.unbeaten.map((number) => `${number}.json`).sort());
  });

  it("prints the same table for the same seed, whatever the number of processes", () => {
    const alone = pinfer(["search", experiment, "-o", inFolder("alone"), "--jobs", "1"]);
    expect(tableOf(alone.stdout, "alone")).toBe(tableOf(whole.stdout, "whole"));
    const page = (output: string) => readFileSync(join(inFolder(output), "search.html"), "utf8");
    expect(page("alone")).toBe(page("whole"));
  });

  it("stopped by Ctrl-C and killed goes on to the same result, and leaves no process", async () => {
    const { code, stderr } = await cut("cut", "SIGINT", 4, 2);
    expect(code).toBe(130);
    expect(stderr).toContain("stopped; what is done is kept, and the same command goes on (without --fresh)");
    const { child } = await cut("cut", "SIGKILL", 8, 4);
    expect(child.signalCode).toBe("SIGKILL");
    if (process.platform === "linux") {
      await until(() => processesOf(experiment).length === 0);
    }
    const resumed = search("cut");
    expect(tableOf(resumed.stdout, "cut")).toBe(tableOf(whole.stdout, "whole"));
    const model = (output: string) => readFileSync(join(inFolder(output), "model.json"), "utf8");
    expect(model("cut")).toBe(model("whole"));
  });

  it("trains again what lost its model", () => {
    cpSync(inFolder("whole"), inFolder("again"), { recursive: true });
    const [first] = readdirSync(join(inFolder("again"), "candidates")).filter((name) =>
      name.endsWith(".json"),
    );
    rmSync(join(inFolder("again"), "candidates", first));
    expect(tableOf(search("again").stdout, "again")).toBe(tableOf(whole.stdout, "whole"));
    expect(countResults("again")).toBe(8);
  });
});

describe("pinfer search refuses", () => {
  const refuse = (name: string, text: string) => {
    writeFileSync(inFolder(name), text);
    const { code, stderr } = pinfer(["search", inFolder(name), "-o", inFolder("refused"), "--fresh"]);
    return { code, stderr: stderr.replaceAll(`${folder}/`, "") };
  };

  it("an experiment without a search, or with data that cannot be read", () => {
    expect(refuse("plain.ts", xor.replace("export const search", "const search"))).toEqual({
      code: 1,
      stderr:
        "error: plain.ts exports no search\n" +
        "hint: write `export const search = defineSearch({ vary: { … }, candidate: (values) => ({ … }) })`\n",
    });
    const noData = xor.replace(/data: \{.*\}, val/, 'data: () => { throw new Error("no data today"); }, val');
    expect(refuse("nodata.ts", noData).stderr).toContain("error: nodata.ts:9: no data today");
  });

  it("to judge by what the experiment does not measure, or by no data", () => {
    expect(refuse("metric.ts", xor.replace("metrics: [accuracy]", "metrics: []")).stderr).toContain(
      'error: search: the experiment does not measure "accuracy"; its metrics are none\n',
    );
    const blind = xor.replace(", test: points(200) }, validation: 0.25", " }");
    expect(refuse("blind.ts", blind).stderr).toContain(
      'error: experiment "xor" has no data to judge candidates by\n',
    );
  });
});

describe("pinfer search trains again", () => {
  /** Labels and a candidate's own data from files, a layer from a file that is imported. */
  const fromFiles = `import { accuracy, csv, defineExperiment, defineSearch, dense, adam, relu, softmax, softmaxCrossEntropy } from "pinfer";
import { hidden } from "./hidden.js";
const data = (file) => csv(file, { label: "c", test: 0.5, seed: 1 });
export default defineExperiment({
  name: "sides", seed: 1, data: () => data("sides.csv"), network: [dense(hidden), relu(), dense(2), softmax()],
  loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05 }), epochs: 2, batchSize: 8, metrics: [accuracy],
});
export const search = defineSearch({ vary: { own: [false, true] }, candidate: ({ own }) => (own ? { data: () => data("own.csv") } : {}) });
`;
  const rows = (left: string, right: string) =>
    `a,c\n${Array.from({ length: 40 }, (_, i) => `${i - 20}.5,${i < 20 ? left : right}`).join("\n")}\n`;
  const run = () => {
    const { code, stdout, stderr } = searchFiles("files");
    const said = stderr.replaceAll(/search \d.*\n/g, "").replace(/^data: (.*\n){4}/, "");
    return { code, said, ...(JSON.parse(stdout) as { candidates: { int8: number; hash: string }[] }) };
  };
  const searchFiles = (output: string) =>
    pinfer(["search", inFolder("sides.ts"), "-o", inFolder(output), "--jobs", "1", "--json"]);

  it("what was of other data, of other imports, of another experiment; and keeps what was", () => {
    writeFileSync(inFolder("sides.ts"), fromFiles);
    writeFileSync(inFolder("hidden.ts"), "export const hidden = 4;\n");
    writeFileSync(inFolder("sides.csv"), rows("x", "y"));
    writeFileSync(inFolder("own.csv"), rows("x", "y"));
    const first = run();
    expect(first).toMatchObject({ code: 0, said: "" });
    expect(run()).toEqual(first);
    // the labels, swapped in the middle of the line
    writeFileSync(inFolder("sides.csv"), rows("y", "x"));
    const second = run();
    expect(second.said).toContain("has results of another search: the data changed since it began");
    expect(second).toMatchObject({ warnings: [expect.stringContaining("the data changed")] });
    expect(second.candidates[0].hash).not.toBe(first.candidates[0].hash);
    expect(second.candidates[1]).toEqual(first.candidates[1]);
    // a candidate's own data: that one only
    writeFileSync(inFolder("own.csv"), rows("y", "x"));
    const third = run();
    expect(third.candidates[0]).toEqual(second.candidates[0]);
    expect(third.candidates[1].hash).not.toBe(second.candidates[1].hash);
    writeFileSync(inFolder("hidden.ts"), "export const hidden = 5;\n");
    const fourth = run();
    expect(fourth.said).toContain("the experiment, or a file that it imports, changed since it began");
    expect(fourth.candidates[0].hash).not.toBe(third.candidates[0].hash);
    expect(readdirSync(inFolder("files")).filter((name) => name.startsWith("before"))).toEqual([
      "before-1",
      "before-2",
    ]);
  }, 120_000);

  it("and warns of what the data's reader left out", () => {
    const timed = fromFiles.replace('"sides.csv"', '"timed.csv"').replace("[false, true]", "[false]");
    writeFileSync(inFolder("hidden.ts"), "export const hidden = 4;\n");
    writeFileSync(inFolder("sides.ts"), timed);
    writeFileSync(
      inFolder("timed.csv"),
      rows("x", "y")
        .replaceAll(/^(?=.)/gm, "7,")
        .replace("7,a", "time,a"),
    );
    const { code, stdout, stderr } = searchFiles("timed");
    const message = 'timed.csv: column 1 ("time") is taken for the time, and is left out';
    expect([code, stderr]).toEqual([0, expect.stringContaining(message)]);
    expect(JSON.parse(stdout).warnings).toEqual([expect.stringContaining(message)]);
  });
});

describe("pinfer search tells of its data, before it starts,", () => {
  const fruit = `import { accuracy, adam, csv, defineExperiment, defineSearch, dense, f1, Random, relu, softmax, softmaxCrossEntropy, Tensor } from "pinfer";
const data = (options) => csv("fruit.csv", { label: "kind", test: 0.5, seed: 1, onBadRow: "skip", ...options });
export default defineExperiment({
  name: "fruit", seed: 1, data: () => data({ classes: ["apple", "pear", "plum"] }), network: [dense(3), softmax()],
  loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.05 }), epochs: 1, batchSize: 8, metrics: [accuracy, f1(0)],
});
export const search = defineSearch({
  vary: { kind: ["impossible", "small", "large", "own"] }, maximize: "f1 of 0",
  candidate: ({ kind }) => ({
    network: [dense(kind === "impossible" ? 0 : kind === "large" ? 8 : 2), relu(), dense(kind === "large" ? 4 : 3), softmax()],
    ...(kind === "own" && { data: () => data({ classes: ["apple", "pear", "kiwi"] }) }),
  }),
});
`;
  const rows = Array.from({ length: 20 }, (_, i) => `apple,${i}.5\npear,-${i}.5\n`).join("");
  const plum = 'class "plum" has no training sample, and none to judge by';
  const kiwi = 'class "kiwi" has no training sample, and none to judge by';
  const fourth = "the network has 4 outputs for 3 classes: 1 will never be right";
  const run = (...more: string[]) =>
    pinfer(["search", inFolder("fruit.ts"), "-o", inFolder("fruit"), ...more]);

  it("what training would tell once, and at the end what single candidates' trainings told", () => {
    writeFileSync(inFolder("fruit.ts"), fruit);
    writeFileSync(inFolder("fruit.csv"), `kind,a\n${rows}pear,broken\n`);
    const { code, stdout, stderr } = run("--jobs", "1");
    const told = stderr.split(/\n|\r/).filter((line) => !/^search (0|1|2|3)/.test(line));
    expect(code).toBe(0);
    expect(told.slice(0, 7)).toEqual([
      "data: each sample [1], of 3 classes",
      "            samples  apple  pear  plum",
      "  training       20     10    10     0",
      "  test           20     10    10     0",
      `left out 1 that cannot be read, the first: ${inFolder("fruit.csv")}:42: column 2 ("a") is "broken"; expected a number`,
      `warning: ${plum}`,
      "hint: give more samples of it, or hold back others",
    ]);
    expect(told.filter((line) => line.startsWith("warning: "))).toEqual([
      `warning: ${plum}`,
      `warning: candidate 3: ${fourth}`,
      `warning: candidate 4: ${kiwi}`,
    ]);
    expect(stdout).toMatch(/^#\s+kind\s+f1 of apple float\s+int8/);
    expect(`${stdout}${stderr}`).not.toContain("f1 of 0");
    expect(readFileSync(join(inFolder("fruit"), "search.html"), "utf8")).not.toContain("f1 of 0");
  }, 60_000);

  it("in JSON too, and when all candidates were done before", () => {
    expect(JSON.parse(run("--json").stdout)).toMatchObject({
      metric: "f1 of 0",
      data: { classes: ["apple", "pear", "plum"], skipped: { count: 1 } },
      warnings: [plum, `candidate 3: ${fourth}`, `candidate 4: ${kiwi}`],
    });
  });
});

/** Processes whose command line has the text. */
function processesOf(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}
