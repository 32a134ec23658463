import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readModel } from "../../src/model/modelFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import { pinfer } from "../cli/pinfer.js";

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
  existsSync(results(output)) ? readFileSync(results(output), "utf8").split("\n").length - 2 : 0;

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
  await vi.waitUntil(() => countResults(output) === resultsBefore, { timeout: 15_000, interval: 5 });
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

  it("stopped by Ctrl-C, killed and cut in a line goes on to the same result, and leaves no process", async () => {
    const { code, stderr } = await cut("cut", "SIGINT", 4, 2);
    expect(code).toBe(130);
    expect(stderr).toContain("stopped; what is done is kept, and the same command goes on (without --fresh)");
    const { child } = await cut("cut", "SIGKILL", 8, 4);
    expect(child.signalCode).toBe("SIGKILL");
    if (process.platform === "linux") {
      await vi.waitUntil(() => processesOf(experiment).length === 0, { timeout: 10_000, interval: 10 });
    }
    writeFileSync(results("cut"), readFileSync(results("cut")).subarray(0, -10));
    const resumed = search("cut");
    expect(tableOf(resumed.stdout, "cut")).toBe(tableOf(whole.stdout, "whole"));
    const model = (output: string) => readFileSync(join(inFolder(output), "model.json"), "utf8");
    expect(model("cut")).toBe(model("whole"));
  }, 60_000);

  it("trains again what lost its model", () => {
    cpSync(inFolder("whole"), inFolder("again"), { recursive: true });
    const [first] = readdirSync(join(inFolder("again"), "candidates")).filter((name) =>
      name.endsWith(".json"),
    );
    rmSync(join(inFolder("again"), "candidates", first));
    expect(tableOf(search("again").stdout, "again")).toBe(tableOf(whole.stdout, "whole"));
    expect(countResults("again")).toBe(9);
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

  it("a folder of another search", () => {
    const other = inFolder("other.ts");
    writeFileSync(other, xor.replace("seed: 1", "seed: 2"));
    const { code, stderr } = pinfer(["search", other, "-o", inFolder("whole")]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("is of another search: the experiment changed"),
    ]);
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
