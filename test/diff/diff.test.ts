import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { escapeMarkdown } from "../../src/base/markdown.js";
import { diffFacts } from "../../src/diff/diffFacts.js";
import type { Facts, LayerFacts } from "../../src/diff/facts.js";
import { renderDiff, renderDiffMarkdown } from "../../src/diff/renderDiff.js";
import { writeModel } from "../../src/model/modelFile.js";
import { pinfer } from "../cli/pinfer.js";
import { succeed, trainCorners } from "../endToEnd/projects.js";
import { complaintOf, fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { createModel, quantized } from "../support/smallModel.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);

const layer = (name: string, kind: string, shape: string, weights: string): LayerFacts => ({
  ...{ name, kind, shape },
  parts: { weights: weights.repeat(64), parameters: "8" },
});

const old: Facts = {
  ...{ path: "old.json", kind: "model", name: "motor", hash: "a".repeat(64) },
  values: { accuracyFloat: 0.98, accuracyInt8: 0.97, tableBytes: 1000, arenaBytes: 64, macs: 12_345 },
  layers: [
    layer("dense_1", "dense", "[16]", "1"),
    layer("dense_2", "dense", "[4]", "2"),
    layer("gone", "pad", "[4]", "3"),
  ],
};
const next: Facts = {
  ...{ path: "new.json", kind: "model", name: "motor", hash: "b".repeat(64) },
  values: { accuracyFloat: 0.98, accuracyInt8: 0.95, tableBytes: 1500, arenaBytes: 64, parameters: 9 },
  layers: [
    { ...layer("dense_1", "dense", "[32]", "4"), parts: { weights: "4".repeat(64), parameters: "16" } },
    layer("dense_2", "dense", "[4]", "2"),
    layer("softmax_1", "softmax", "[4]", "5"),
  ],
};

describe("the difference of two models", () => {
  it("has values that one side tells at least, and layers by their names", () => {
    const { values, layers } = diffFacts(old, next);
    expect(values.map(({ name, old: before, new: after, change }) => [name, before, after, change])).toEqual([
      ["accuracyFloat", 0.98, 0.98, 0],
      ["accuracyInt8", 0.97, 0.95, 0.95 - 0.97],
      ["tableBytes", 1000, 1500, 500],
      ["arenaBytes", 64, 64, 0],
      ["macs", 12_345, null, null],
      ["parameters", null, 9, null],
    ]);
    expect(layers).toEqual({
      added: [next.layers![2]],
      removed: [old.layers![2]],
      changed: [{ name: "dense_1", what: ["output [16] → [32]", "weights", "parameters 8 → 16"] }],
      unchanged: 1,
    });
  });

  it("has ticks only where both count the same", () => {
    const of = (a: Facts["values"], b: Facts["values"]) =>
      diffFacts({ ...old, values: a }, { ...next, values: b }).values.map(({ name }) => name);
    expect(of({ instructions: 5 }, { instructions: 6 })).toEqual(["instructions"]);
    expect(of({ instructions: 5 }, { cycles: 6 })).toEqual([]);
  });

  it("tells two layers of one name apart by their order", () => {
    const twice = [layer("a", "pad", "[1]", "1"), layer("a", "pad", "[2]", "1")];
    expect(diffFacts({ ...old, layers: twice }, { ...old, layers: twice }).layers).toMatchObject({
      ...{ added: [], removed: [], changed: [], unchanged: 2 },
    });
  });

  it("is a table for a terminal", () => {
    expect(renderDiff(diffFacts(old, next))).toBe(
      [
        'old  old.json: "motor" (aaaaaaaa), model',
        'new  new.json: "motor" (bbbbbbbb), model',
        "",
        "                           old     new          change",
        "accuracy, float         0.9800  0.9800          0.0000",
        "accuracy, int8          0.9700  0.9500         −0.0200",
        "flash of the tables, B   1 000   1 500  +500 (+50.0 %)",
        "arena, B                    64      64               0",
        "MACs                    12 345       –               –",
        "parameters                   –       9               –",
        "",
        "layer               what",
        "softmax_1  added    softmax [4]",
        "gone       removed  pad [4]",
        "dense_1    changed  output [16] → [32]; weights; parameters 8 → 16",
        "",
        "layers: 1 added, 1 removed, 1 changed, 1 as they were",
      ].join("\n"),
    );
  });

  it("is Markdown for a pull request", () => {
    const text = renderDiffMarkdown(diffFacts(old, next));
    expect(text.split("\n").slice(0, 5)).toEqual([
      "|  | old | new | change |",
      "|---|--:|--:|--:|",
      "| network | <code>&#34;motor&#34; (aaaaaaaa), model</code> | <code>&#34;motor&#34; (bbbbbbbb), model</code> |  |",
      "| accuracy, float | 0.9800 | 0.9800 | 0.0000 |",
      "| accuracy, int8 | 0.9700 | 0.9500 | −0.0200 |",
    ]);
    expect(text).toContain("\n| <code>softmax&#95;1</code> | added | <code>softmax &#91;4&#93;</code> |\n");
  });
});

describe("Markdown of names that are markup", () => {
  const name =
    "a|b`c`<img src=x onerror=alert(1)>*d*_e_[f](http://g)@h #1 www.i.com \\ ~~j~~ &lt;\n| k |\u202e";

  it("has no character that begins anything, and means the same text", () => {
    const escaped = escapeMarkdown(name);
    expect(escaped.replace(/&#\d+;/g, "")).not.toMatch(/[|`<>*_[\]@#\\~&!"'=\n]/);
    expect(escaped).not.toMatch(/www\.|:\/\//);
    const read = escaped.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
    expect(read).toBe(name.replace("\n", "?").replace("\u202e", "?"));
  });

  it("keeps every row one row of as many cells", () => {
    const forged = { ...next, name, layers: [layer(name, name, name, "1")] };
    const rows = renderDiffMarkdown(diffFacts(old, forged)).split("\n");
    const cells = rows.filter((row) => row.startsWith("|")).map((row) => row.split("|").length - 2);
    expect(cells).toEqual([...Array(9).fill(4), ...Array(6).fill(3)]);
    const tags = new Set(rows.join("\n").match(/<[^>]*>/g));
    expect([...tags].sort()).toEqual(["</code>", "<code>"]);
  });
});

describe("pinfer diff", () => {
  /** The small network with biases that no accumulator overflows by. */
  const withBias = (...bias: number[]) => ({
    ...quantized,
    layers: [
      { ...quantized.layers[0], bias: Int32Array.from(bias) },
      quantized.layers[1],
    ] as typeof quantized.layers,
  });
  const shares = (test: number, testInt8: number) => ({
    test: { accuracy: test },
    testInt8: { accuracy: testInt8 },
  });

  beforeAll(() => {
    writeModel(path("old.json"), {
      ...createModel(),
      quantized: withBias(3, 4),
      training: shares(0.99, 0.98),
    });
    writeModel(path("new.json"), {
      ...createModel(),
      quantized: withBias(1, 2),
      training: shares(0.99, 0.96),
    });
  });

  it("of two models tells which layer's weights changed, and the accuracy of each", () => {
    const {
      old: before,
      new: after,
      values,
      layers,
      failures,
    } = JSON.parse(succeed("diff", path("old.json"), path("new.json"), "--json").stdout);
    expect(before.hash).not.toBe(after.hash);
    expect(values.slice(0, 2)).toMatchObject([
      { name: "accuracyFloat", old: 0.99, new: 0.99 },
      { name: "accuracyInt8", old: 0.98, new: 0.96 },
    ]);
    expect(layers).toEqual({
      ...{ added: [], removed: [], unchanged: 1 },
      changed: [{ name: "dense_1", what: ["weights"] }],
    });
    expect(failures).toEqual([]);
  });

  it("holds the new one against limits, and prints the difference all the same", () => {
    const run = pinfer([
      "diff",
      path("old.json"),
      path("new.json"),
      "--max-drop",
      "1%",
      "--max-flash",
      "1kB",
      "--markdown",
    ]);
    expect(complaintOf(run)).toEqual({
      error: "the new accuracy is 0.9600, 0.0200 below the old one of 0.9800; --max-drop is 0.01",
      hint: "`pinfer train --qat` trains on with the device's rounding; or raise the limit",
    });
    expect(run.stdout).toContain("| accuracy, int8 | 0.9800 | 0.9600 | −0.0200 |\n");
    expect(pinfer(["diff", path("old.json"), path("new.json"), "--max-drop", "2%"]).code).toBe(0);
    expect(fail(["diff", path("old.json"), path("new.json"), "--max-cycles", "1M"]).error).toBe(
      `--max-cycles 1000000 cannot be judged: ${path("new.json")} tells no cycles`,
    );
  });

  it("reads what compare, profile, summary and build print with --json, and models beside them", () => {
    trainCorners(folder); // model.json
    const write = (name: string, ...words: string[]) =>
      writeFileSync(path(name), succeed(...words, "--json").stdout);
    const samples = [
      "--input",
      path("samples/inputs.npy"),
      "--labels",
      path("samples/labels.npy"),
      "--limit",
      "9",
    ];
    succeed("export-firmware", path("model.json"), "-o", path("firmware"));
    write("build.json", "build", path("firmware"));
    write(
      "compare.json",
      "compare",
      path("model.json"),
      "--virtual",
      "--firmware",
      path("firmware"),
      ...samples,
      "--layers",
    );
    write("profile.json", "profile", path("model.json"), "--virtual", "--firmware", path("firmware"));
    write("summary.json", "summary", path("model.json"));
    const diff = (a: string, b: string) => {
      const { values, layers } = JSON.parse(succeed("diff", path(a), path(b), "--json").stdout);
      const all = Object.fromEntries(
        values.map(({ name, old: before, new: after }: Record<string, unknown>) => [name, [before, after]]),
      );
      return { all, layers };
    };
    const { all, layers } = diff("compare.json", "profile.json");
    expect(layers).toMatchObject({ added: [], removed: [], changed: [], unchanged: 3 });
    for (const name of ["flashBytes", "ramBytes", "arenaBytes"]) {
      expect([name, all[name][0]]).toEqual([name, all[name][1]]);
      expect(diff("compare.json", "build.json").all[name]).toEqual(all[name]);
    }
    expect(all.instructions[1]).toBeGreaterThan(256);
    expect(all).not.toHaveProperty("modelledCycles"); // compare models none
    expect(all.accuracyInt8).toEqual([expect.any(Number), null]);
    expect(diff("model.json", "summary.json").all).toMatchObject({
      macs: [256, 256],
      parameters: [276, 276],
    });
  });

  it.skipIf(process.platform !== "linux")(
    "has the modelled cycles of profiles, and holds them (on Linux, where they are counted)",
    () => {
      const profile = path("profile.json");
      const { values } = JSON.parse(succeed("diff", profile, profile, "--json").stdout);
      const cycles = values.find(({ name }: { name: string }) => name === "modelledCycles");
      expect(cycles).toMatchObject({ title: "modelled cycles an inference", new: cycles.old, change: 0 });
      expect(cycles.new).toBeGreaterThan(256);
      expect(fail(["diff", profile, profile, "--max-cycles", "300"]).error).toMatch(
        /^an inference takes up to \d+ modelled cycles, memory without waiting; --max-cycles is 300$/,
      );
    },
  );

  it.each([
    ["[]", "x.json must be an object, found an array of 0"],
    ["{", /x\.json is not JSON: /],
    ['{"boards": []}', "x.json is no model, and no report of compare, profile, summary or build"],
    ['{"error": {"message": "no"}}', "x.json holds an error of a command, and no report"],
    [
      '{"model": {"name": "a", "hash": "b"}, "run": {}, "layerTicks": 1}',
      /x\.json\.model\.hash must be 64 hexadecimal digits, found "b"$/,
    ],
  ])("refuses %s", (text, error) => {
    writeFileSync(path("x.json"), text);
    const found = fail(["diff", path("old.json"), path("x.json")]).error.replace(`${folder}/`, "");
    expect(found).toEqual(typeof error === "string" ? error : expect.stringMatching(error));
  });
});
