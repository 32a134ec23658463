import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOMParser, type Element } from "@xmldom/xmldom";
import { beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { printableLines } from "../../src/base/printable.js";
import { Checks } from "../../src/cli/checks.js";
import { renderJunit } from "../../src/cli/junit.js";
import { copyChanged, succeed, trainCorners } from "../endToEnd/projects.js";
import { temporaryDirectory } from "../firmware/images.js";
import { pinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const model = path("model.json");
const samples = ["--input", path("samples/inputs.npy"), "--labels", path("samples/labels.npy")];

/** Two columns of one scale, and the class is the sign of the far smaller one. */
const coarseExperiment = `
import { adam, binaryCrossEntropy, dense, fixedWeights, Random, sigmoid, Tensor } from "pinfer";
const random = new Random(1);
const values = Float32Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 300 : 0.5) * random.normal());
const data = { inputs: Tensor.from([200, 2], values), targets: Uint8Array.from({ length: 200 }, (_, b) => Number(values[2 * b + 1] > 0)) };
export default {
  name: "coarse", seed: 1, data: { train: data, test: data }, epochs: 1, batchSize: 200,
  network: [dense(1, { weights: fixedWeights([[0, 8]]) }), sigmoid()],
  loss: binaryCrossEntropy(), optimizer: adam({ learningRate: 1e-9 }),
};
`;

/** Parses strictly: whatever the parser complains of is thrown. */
function parse(text: string) {
  const throwIt = (level: string, message: string) => {
    throw new Error(`${level}: ${message}`);
  };
  const root = new DOMParser({ onError: throwIt }).parseFromString(text, "text/xml").documentElement!;
  const elements = (parent: Element, name: string) => [...parent.getElementsByTagName(name)] as Element[];
  const attributes = (element: Element) =>
    Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
  const [suite, ...more] = elements(root, "testsuite");
  expect([root.tagName, more.length]).toEqual(["testsuites", 0]);
  return {
    suite: attributes(suite),
    properties: Object.fromEntries(
      elements(suite, "property")
        .map(attributes)
        .map(({ name, value }) => [name, value]),
    ),
    cases: elements(suite, "testcase").map((found) => ({
      name: attributes(found).name,
      classname: attributes(found).classname,
      found: [...elements(found, "failure"), ...elements(found, "error")].map((element) => ({
        kind: element.tagName,
        message: attributes(element).message,
        text: element.textContent,
      })),
    })),
  };
}

const read = (name: string) => parse(readFileSync(path(name), "utf8"));

/** Of the cases only what is wrong: by name. */
const wrongIn = ({ cases }: ReturnType<typeof parse>) =>
  Object.fromEntries(cases.filter(({ found }) => found.length > 0).map(({ name, found }) => [name, found]));

beforeAll(() => trainCorners(folder));

describe("--junit of compare", () => {
  it("has a case for the outputs, and facts, when every byte is equal; the same bytes every time", () => {
    const run = (file: string) =>
      succeed("compare", model, "--host-c", ...samples, "--limit", "20", "--junit", path(file));
    run("equal.xml");
    run("again.xml");
    expect(readFileSync(path("again.xml"), "utf8")).toBe(readFileSync(path("equal.xml"), "utf8"));
    const { suite, properties, cases } = read("equal.xml");
    expect(suite).toEqual({ name: "pinfer compare", tests: "2", failures: "0", errors: "0", skipped: "0" });
    expect(properties).toMatchObject({
      network: "corners",
      samples: "20",
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(cases.map(({ name, classname }) => [classname, name])).toEqual([
      ["pinfer.compare", "ends without an error"],
      ["pinfer.compare", "outputs: every byte is the host's"],
    ]);
  });

  it("fails with the sentences of the terminal, for the outputs and for each layer that differs", () => {
    const export_ = path("firmware");
    succeed("export-firmware", model, "--board", "host", "-o", export_);
    copyChanged(
      export_,
      path("changed"),
      "network.c",
      "dense_1_bias[16] = {",
      "dense_1_bias[16] = { 9999, (int32_t)",
    );
    const { code, stdout, stderr } = pinfer([
      ...["compare", model, "--host-c", ...samples, "--limit", "20", "--layers"],
      ...["--firmware", path("changed"), "--junit", path("differs.xml")],
    ]);
    expect([code, /^error/m.test(stderr)]).toEqual([1, false]); // the report says it
    const junit = read("differs.xml");
    expect(junit.suite).toMatchObject({ tests: "5", errors: "0" });
    const wrong = wrongIn(junit);
    const [outputs] = wrong["outputs: every byte is the host's"];
    expect(outputs.kind).toBe("failure");
    expect(outputs.message).toMatch(
      /^\d+ of 80 bytes differ, in \d+ of 20 samples\nfirst difference: sample /,
    );
    expect(stdout).toContain(`\n${outputs.message}\n`);
    expect(outputs.text).toBe(`error: ${outputs.message}`);
    const [layer] = wrong["layer 0 dense_1: every byte is the host's"];
    expect(layer.message).toMatch(
      /^\d+ of 320 bytes differ, first at sample 0, index 0: host -?\d+, device -?\d+$/,
    );
    expect(stdout).toContain(layer.message.slice(layer.message.indexOf("sample 0")));
  });

  it("is written when the command fails: an error with its message and hint", () => {
    const { code, stderr } = pinfer([
      "compare",
      path("none.json"),
      ...samples,
      "--junit",
      path("failed.xml"),
    ]);
    expect(code).toBe(1);
    const junit = read("failed.xml");
    expect(junit.suite).toMatchObject({ tests: "1", failures: "0", errors: "1" });
    const [error] = wrongIn(junit)["ends without an error"];
    expect(`${error.text}\n`).toBe(stderr);
    expect(stderr).toMatch(/^error: there is no model .*none\.json\nhint: `pinfer train/);
    expect(error).toMatchObject({ kind: "error", message: `there is no model ${path("none.json")}` });
  });

  it("that cannot be written is told before the work", () => {
    expect(pinfer(["compare", path("none.json"), ...samples, "--junit", folder])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`error: cannot write ${folder}: `),
    });
  });
});

describe("--junit of train", () => {
  it("has a case for the integer network and for each limit, with the terminal's sentence where it does not hold", () => {
    writeFileSync(path("coarse.ts"), coarseExperiment);
    const { code, stderr } = pinfer([
      ...["train", path("coarse.ts"), "-o", path("coarse.json"), "--max-drop", "0.01"],
      ...["--junit", path("train.xml")],
    ]);
    expect([code, existsSync(path("coarse.json"))]).toEqual([1, true]);
    const junit = read("train.xml");
    expect(junit.suite).toMatchObject({ name: "pinfer train", tests: "3", failures: "1" });
    const [failure] = wrongIn(junit)["--max-drop 0.01"];
    expect(failure.message).toMatch(
      /^the int8 network falls behind the float one by 0\.\d+ .*; --max-drop is 0\.01$/,
    );
    expect(stderr.endsWith(`${failure.text}\n`)).toBe(true);
  });
});

describe("--junit of build and profile", () => {
  it("has the board and the network as facts, and an error where the compiler refuses", () => {
    const firmware = path("board");
    succeed("export-firmware", model, "-o", firmware);
    succeed("build", firmware, "--junit", path("build.xml"));
    expect(read("build.xml")).toMatchObject({
      suite: { name: "pinfer build", tests: "1", errors: "0" },
      properties: { board: "olimex-stm32-h405" },
    });
    copyChanged(firmware, path("broken"), "network.c", '#include "network.h"', "#error <&]]> no such thing");
    const { code } = pinfer(["build", path("broken"), "--junit", path("broken.xml")]);
    expect(code).toBe(1);
    const [error] = wrongIn(read("broken.xml"))["ends without an error"];
    expect(error.message).toMatch(/^arm-none-eabi-gcc refused .*network\.c:/);
    expect(error.message).toContain("#error <&]]> no such thing");
  });

  it("has what was counted", () => {
    succeed("profile", model, "--virtual", "--junit", path("profile.xml"));
    const { suite, properties } = read("profile.xml");
    expect(suite).toMatchObject({ name: "pinfer profile", tests: "1", errors: "0" });
    expect(Number(properties.instructions)).toBeGreaterThan(256);
  });
});

it("JUnit holds nothing that is no XML or that a terminal acts on, whatever a layer is called", () => {
  const name = `<&"'>]]>\u0000\u001b[2J\ufffe\uffff\ud800\u202e\n`;
  const checks = new Checks();
  checks.tell("network", name);
  checks.add(name, { message: name, hint: name });
  const text = renderJunit("compare", checks, { error: new UserError(name, name) });
  expect(text).toBe(printableLines(text));
  const { cases, properties } = parse(text);
  const shown = `<&"'>]]>??[2J????`;
  expect(properties.network).toBe(`${shown}?`);
  expect(cases[1].name).toBe(`${shown}?`);
  expect(cases[1].found[0].text).toBe(
    `error: ${shown.replace("]]>", "]] >")}\n\nhint: ${shown.replace("]]>", "]] >")}\n`,
  );
});
