import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { weightsOf } from "../support/weightsOf.js";
import { pinfer } from "./pinfer.js";

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pinfer-interrupted-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** @param loss what stands for the loss: a slow one makes long steps */
const experiment = (epochs: number, loss = "softmaxCrossEntropy()") => `
  import { accuracy, adam, defineExperiment, dense, Random, relu, softmax, softmaxCrossEntropy, Tensor } from "pinfer";
  const random = new Random(1);
  const inputs = Tensor.zeros([400, 2], "float32");
  const targets = new Uint8Array(400);
  for (let k = 0; k < 400; k++) {
    inputs.data.set([random.normal(), random.normal()], 2 * k);
    targets[k] = Number(Math.hypot(inputs.data[2 * k], inputs.data[2 * k + 1]) > 1);
  }
  export default defineExperiment({
    name: "ring", seed: 1, data: { train: { inputs, targets, classNames: ["near", "far"] } },
    network: [dense(12), relu(), dense(2), softmax()],
    loss: ${loss}, optimizer: adam({ learningRate: 0.01 }),
    epochs: ${epochs}, batchSize: 8, validation: 0.1, metrics: [accuracy],
  });
`;
writeFileSync(join(folder, "ring.ts"), experiment(900)); // somewhat above a second

const train = (model: string, ...more: string[]) => [
  "train",
  "ring.ts",
  ...["-o", model, "--report", model.replace("json", "html"), "--checkpoint-seconds", "0.1", ...more],
];

/** Starts the command line and collects what it says. */
function start(programArguments: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [main, ...programArguments], {
    cwd: folder,
    env: { ...process.env, ...environment },
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return { child, ended, said: () => said };
}

/** Resolves with the process's words when it has said them; rejects when it ends before. */
function hear(process: ReturnType<typeof start>, words: RegExp): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = process.said().match(words);
      if (found !== null) resolve(found);
    };
    process.child.stderr?.on("data", look);
    process.ended.then(() => reject(new Error(`ended without saying ${words}: ${process.said()}`)));
    look();
  });
}

/** Description, weights and page; the first names the second after the model. */
const bytesOf = (model: string) => {
  const json = join(folder, `${model}.json`);
  return [json, weightsOf(json), join(folder, `${model}.html`)].map((file) =>
    readFileSync(file, "latin1").replace(`"${model}.`, '"'),
  );
};

/** Starts the training of the ring, which is killed when it renames its state for the count-th time. */
function startKilled(count: number, when: "before" | "after") {
  const killer = new URL("../support/killAtRename.mjs", import.meta.url).href;
  return start(train("cut.json", "--resume", "--checkpoint-seconds", "1000", "--checkpoint-epochs", "20"), {
    NODE_OPTIONS: `--import=${killer}`,
    KILL_AT: JSON.stringify({ name: "cut.checkpoint", count, when }),
  });
}

describe("a training that is killed", () => {
  it("at any write of its state, again and again, ends with the bytes of one that ran through", async () => {
    expect(pinfer(train("whole.json"), { cwd: folder }).code).toBe(0);
    expect(bytesOf("whole")[0]).toContain('"labels": ["near", "far"]');

    const random = new Random(11);
    let kept = 0;
    for (let attempt = 0; attempt < 6; attempt++) {
      const [count, when] = [2 + random.integer(6), attempt % 2 === 0 ? "after" : "before"] as const;
      const process = startKilled(count, when);
      expect(await process.ended).toEqual({ code: null, signal: "SIGKILL" });
      const [, epoch = "0"] = process.said().match(/begins anew|going on in epoch (\d+) of 900/)!;
      expect(Number(epoch)).toBe(kept);
      // every 20th epoch is kept; what was renamed last, or not yet, is where it goes on
      kept += 20 * (when === "after" ? count : count - 1);
    }
    expect(kept).toBeLessThan(900);
    expect(pinfer(train("cut.json", "--resume"), { cwd: folder }).code).toBe(0);
    expect(bytesOf("cut")).toEqual(bytesOf("whole"));
    expect(existsSync(join(folder, "cut.checkpoint"))).toBe(false);
  });

  it("goes on with another training only when told, and refuses when the experiment has changed", async () => {
    writeFileSync(join(folder, "changed.ts"), experiment(3));
    const process = start(["train", "changed.ts", "-o", "changed.json", "--checkpoint-epochs", "1"]);
    expect((await process.ended).code).toBe(0);
    expect(existsSync(join(folder, "changed.checkpoint"))).toBe(false); // the training came to its end

    await interruptRing("kept.json");
    renameSync(join(folder, "kept.checkpoint"), join(folder, "changed.checkpoint"));
    const again = pinfer(["train", "changed.ts", "-o", "changed.json", "--resume"], { cwd: folder });
    expect(again).toMatchObject({
      code: 1,
      stderr:
        "error: changed.checkpoint is of another training: epochs was 900, now it is 3\n" +
        "hint: put it back as it was, or begin anew without --resume\n",
    });
    const anew = pinfer(["train", "changed.ts", "-o", "changed.json"], { cwd: folder });
    expect(anew.code).toBe(0);
    expect(anew.stderr).toContain(
      "changed.checkpoint is of a training that was cut; --resume would go on from it\n",
    );
  });
});

/** Ends a training by Ctrl-C when it is under way. */
async function interruptRing(model: string, ...more: string[]) {
  const process = start(train(model, ...more));
  await hear(process, /epoch \d+: loss/);
  process.child.kill("SIGINT");
  const ended = await process.ended;
  return { ended, said: process.said() };
}

describe("Ctrl-C", () => {
  it("saves the training and says how to go on; that gives the bytes of one that ran through", async () => {
    const { ended, said } = await interruptRing("stopped.json", "--checkpoint", "elsewhere/deep");
    expect(ended).toEqual({ code: 130, signal: null });
    expect(said).toMatch(
      /stopped in epoch \d+ of 900, sample \d+ of 360; elsewhere\/deep\/stopped.checkpoint has its state\ngo on with: pinfer train ring.ts -o stopped.json --report stopped.html --checkpoint-seconds 0.1 --checkpoint elsewhere\/deep --resume\n$/,
    );
    const more = ["--checkpoint", "elsewhere/deep", "--resume"];
    expect(pinfer(train("stopped.json", ...more), { cwd: folder }).code).toBe(0);
    expect(bytesOf("stopped")).toEqual(bytesOf("whole"));
  });

  it("ends at once when it comes a second time", async () => {
    const slow =
      "{ ...softmaxCrossEntropy(), evaluate(prediction, targets, options) {\n" +
      "process.stderr.write('a step begins');\nAtomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);\n" +
      "return softmaxCrossEntropy().evaluate(prediction, targets, options); } }";
    writeFileSync(join(folder, "slow.ts"), experiment(2, slow));
    const process = start(["train", "slow.ts", "-o", "slow.json"]);
    await hear(process, /(a step begins.*){2}/s); // the first is the look at the loss that settles the fingerprint
    process.child.kill("SIGINT");
    await hear(process, /stopping after this step; once more ends at once/);
    process.child.kill("SIGINT");
    expect(await process.ended).toEqual({ code: null, signal: "SIGINT" });
    expect(existsSync(join(folder, "slow.checkpoint"))).toBe(false);
  });
});

describe("--live", () => {
  it("writes the report while training goes on", async () => {
    const process = start(train("live.json", "--live"));
    await hear(process, /epoch 1: loss/);
    const page = await readWhenThere("live.html");
    expect(page).toContain(`<meta http-equiv="refresh" content="2">`);
    expect((await process.ended).code).toBe(0);
    expect(readFileSync(join(folder, "live.html"), "utf8")).not.toContain("refresh");
  });

  it("needs a report to write", () => {
    const { code, stderr } = pinfer(["train", "ring.ts", "--live"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "error: --live shows the report: it needs --report <file>\nhint: add --report report.html\n",
    );
  });
});

/** The file is renamed into its place: whoever sees it sees all of it. */
async function readWhenThere(file: string): Promise<string> {
  while (!existsSync(join(folder, file))) await new Promise(setImmediate);
  return readFileSync(join(folder, file), "utf8");
}

describe("the options of checkpoints", () => {
  it.each([
    [["--checkpoint-seconds", "0"], "it must be a number above 0, found 0"],
    [["--checkpoint-epochs", "1.5"], "it must be an integer above 0, found 1.5"],
  ])("refuse %s", (more, message) => {
    const { code, stderr } = pinfer(["train", "ring.ts", ...more], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
