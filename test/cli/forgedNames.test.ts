import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { oneLine, printableLines, printableMessage } from "../../src/base/printable.js";
import { renderTable } from "../../src/base/table.js";
import { openPty, type Pty } from "../../src/board/pty.js";
import { reportError } from "../../src/cli/commandLine.js";
import type { Hello } from "../../src/link/messages.js";
import { MessageType } from "../../src/link/messages.js";
import { encodeDevicePins, encodePinReadings } from "../../src/link/pinMessages.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { buildTflite } from "../import/buildTflite.js";
import { everyOperator } from "../import/everyOperator.js";
import { createModel, quantized } from "../support/smallModel.js";
import { strangeDevice } from "../support/strangeDevice.js";
import { pinfer, type Result, startPinfer } from "./pinfer.js";

const forged = "0 of 99999 bytes differ";
const name = `x\n${forged}\nerror: forged\r\n\u001b[2J\u001b]0;pwned\u0007\u202e\u009b2J\u2028${forged}`;

const folder = temporaryDirectory();
const path = (file: string): string => join(folder, file);
const samples = path("samples.csv");
const model = path(`model ${name}.json`);

const network: QuantizedNetwork = {
  ...quantized,
  name,
  layers: quantized.layers.map((layer, i) => ({
    ...layer,
    name: `${i}${name}`,
    ...(layer.kind === "fullyConnected" && { bias: Int32Array.of(100, -100) }),
  })) as QuantizedNetwork["layers"],
};

/** What was printed begins no line with the forged text, and has nothing that a terminal would act on. */
function expectHarmless({ code, stdout, stderr }: Result, codes: readonly number[] = [0]): void {
  expect([codes.includes(code!), stderr]).toEqual([true, expect.any(String)]);
  const all = `${stdout}\n${stderr}`;
  expect(all.split("\n").filter((line) => /^(0 of 99999|error: forged)/.test(line))).toEqual([]);
  expect(all).toBe(printableLines(all));
}

beforeAll(() => {
  writeModel(model, {
    ...createModel(),
    network: undefined,
    quantized: network,
    classNames: [`a${name}`, `b${name}`],
  });
  writeFileSync(samples, "0.1,0.2,0.3\n0.4,0.5,0.6\n");
});

describe("names of a model file and of files", () => {
  it("forge no line of summary, predict and export-firmware", () => {
    const summary = pinfer(["summary", model]);
    expectHarmless(summary);
    expect(summary.stdout).toMatch(/^"x\?0 of 99999 bytes differ\?error: forged/);
    expectHarmless(pinfer(["predict", model, "--input", samples]));
    expectHarmless(pinfer(["export-firmware", model, "--board", "host", "-o", path(`fw ${name}`)]));
  });

  it("stay as they are in JSON", () => {
    const { stdout } = pinfer(["summary", model, "--json"]);
    expect(JSON.parse(stdout).name).toBe(name);
    expect(readModel(model).quantized?.name).toBe(name);
  });

  it("forge no line of import", () => {
    const file = path(`every ${name}.tflite`);
    writeFileSync(file, buildTflite(everyOperator()));
    expectHarmless(pinfer(["import", file, "--name", name, "-o", path(`imported ${name}.json`)]));
  });

  it("forge no line of train, whose classes and files have them", () => {
    const data = path(`data ${name}`);
    mkdirSync(data);
    const rows = (label: string) => `"${label}",1,2\n`.repeat(4);
    writeFileSync(join(data, "rows.csv"), `label,a,b\n${rows("\u001b[2Jx")}${rows("y\u202e")}`);
    const experiment = path("experiment.ts");
    writeFileSync(
      experiment,
      `import { accuracy, adam, csv, dense, softmax, softmaxCrossEntropy } from "pinfer";
export default { name: ${JSON.stringify(name)}, seed: 1, data: csv(${JSON.stringify(join(data, "rows.csv"))}, { label: "label", test: 0.5 }),
  network: [dense(2), softmax()], loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.01 }),
  epochs: 1, batchSize: 4, metrics: [accuracy] };\n`,
    );
    expectHarmless(pinfer(["train", experiment, "-o", path(`trained ${name}.json`)]));
  });

  it.each([
    ["a model that is not there", ["summary", path(`none ${name}`)]],
    ["samples that are not there", ["predict", model, "--input", path(`none ${name}.csv`)]],
    ["a folder that is no firmware", ["build", path(`none ${name}`)]],
    ["a board that is not known", ["export-firmware", model, "--board", name, "-o", path("fw")]],
    ["a port that is not there", ["infer", "--input", samples, "--port", `/dev/${name}`]],
    ["an option's value", ["compare", model, "--input", samples, "--limit", name]],
  ] as const)("forge no line of an error: %s", (_, words) => {
    expectHarmless(pinfer(words), [1, 2]);
  });
});

describe("names of a device", () => {
  const program = planProgram(network);
  const hello = (truth: Hello): Hello => ({ ...truth, boardId: name });
  let pty: Pty;
  let answer: (bytes: Uint8Array) => Uint8Array[];
  beforeAll(async () => {
    pty = await openPty((bytes) => {
      for (const frame of answer(bytes)) pty.write(frame);
    });
  });
  afterAll(() => pty.close());
  const run = async (words: readonly string[]): Promise<Result> => startPinfer(words).ended;

  it("forge no line of compare, infer, monitor, profile and pins", async () => {
    const pin = { pin: 3, isActiveLow: false };
    const pins = {
      everyMs: 5,
      outputs: [],
      timing: undefined,
      inputs: [{ ...pin, kind: "digital" as const }],
    };
    const reading = { level: 1, isSet: false, reading: 1, value: 1 };
    const answers = new Map([
      [MessageType.describePins, encodeDevicePins(pins)],
      [MessageType.readPins, encodePinReadings({ rounds: 1, ticks: 1, pins: [reading] })],
    ]);
    answer = strangeDevice(program, { hello, answers });
    const port = ["--port", pty.path];
    const compared = await run(["compare", model, "--input", samples, "--layers", ...port]);
    expectHarmless(compared);
    expect(compared.stdout).toMatch(/^0 of 4 bytes differ$/m);
    expectHarmless(await run(["infer", "--input", samples, ...port]));
    expectHarmless(await run(["monitor", "--random", "--count", "2", "--every", "1", ...port]));
    expectHarmless(await run(["monitor", model, "--random", "--count", "1", "--every", "1", ...port]));
    expectHarmless(await run(["profile", model, "--input", samples, ...port]));
    expectHarmless(await run(["pins", ...port]));
  });

  it("forge no line where bytes differ, or the network or an answer's size is another", async () => {
    const port = ["--port", pty.path];
    answer = strangeDevice(program, { hello, output: (output) => output.map((value) => ~value) });
    const differing = await run(["compare", model, "--input", samples, ...port]);
    expectHarmless(differing, [1]);
    expect(differing.stdout).toMatch(/^4 of 4 bytes differ, in 2 of 2 samples$/m);
    answer = strangeDevice(program, { hello, output: () => new Int8Array(0) });
    const empty = await run(["infer", "--input", samples, ...port]);
    expectHarmless(empty, [1]);
    expect(empty.stderr).toContain("answered run with an output of 0 B; expected 2 B");
    answer = strangeDevice(
      planProgram({
        ...network,
        name: `other${name}`,
        outputs: [{ ...network.outputs[0]!, tensor: 1 }],
        layers: network.layers.slice(0, 1),
      }),
      { hello },
    );
    expectHarmless(await run(["compare", model, "--input", samples, ...port]), [1]);
  });
});

describe("what keeps a name in its line", () => {
  it("is the tag of a line, for each value in it", () => {
    expect(oneLine`"${"a\nb"}" has ${3} B\tand ${"\u001b"}`).toBe('"a?b" has 3 B\tand ?');
  });

  it("is a table's cell and title", () => {
    expect(renderTable([{ title: "t\nu", align: "left" }], [["a\nb"], ["\u202ec"]])).toBe("t?u\na?b\n?c");
  });

  it("is the margin of an error, whose first line alone begins there", () => {
    expect(printableMessage("error: a\nb\n\nc\n")).toBe("error: a\n  b\n\n  c\n");
    let text = "";
    reportError(new UserError(`no file ${name}`, `try ${name}`), (more) => {
      text += more;
    });
    expect(text.match(/^\S.*/gm)).toEqual(["error: no file x", "hint: try x"]);
  });
});
