import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { boards } from "../../src/board/boards.js";
import { writeNpy } from "../../src/formats/samples.js";
import { writeModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { pinfer } from "../cli/pinfer.js";
import { contentsOf, streetLight, succeed, trainCorners } from "../endToEnd/projects.js";
import { temporaryDirectory } from "../firmware/images.js";
import { ports } from "../support/ports.js";
import { weightsOf } from "../support/weightsOf.js";
import { fail } from "./fail.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const model = path("model.json");
/** No program at all: what fails here fails before anything is compiled. */
const noTools = { env: { PATH: "" } };

beforeAll(() => trainCorners(folder));

describe("samples are refused before anything is compiled:", () => {
  const compare = (input: string, ...more: string[]) =>
    fail(["compare", model, "--virtual", "--input", path(input), ...more], noTools);

  it("of another shape", () => {
    writeNpy(path("wide.npy"), new Float32Array(26), [2, 13]);
    expect(compare("wide.npy")).toEqual({
      error: `${path("wide.npy")}: has shape [2, 13]; expected [samples, 12]`,
      hint: "one sample must have the shape of the network's input",
    });
  });

  it("of a type that holds no numbers", () => {
    const header = "{'descr': '<U4', 'fortran_order': False, 'shape': (1, 12), }".padEnd(117).concat("\n");
    writeFileSync(path("text.npy"), Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}`, "latin1"));
    expect(compare("text.npy")).toEqual({
      error: `${path("text.npy")}: elements of type "U4" are not read`,
      hint: `save them as numbers in this machine's byte order: numpy.save(path, array.astype("float32"))`,
    });
  });

  it("in a file of another kind", () => {
    writeFileSync(path("samples.png"), "\x89PNG");
    expect(compare("samples.png")).toEqual({
      error: `${path("samples.png")}: samples are read from .npy, .npz, .csv, .wav, .pcm and IDX files, not from ".png"`,
      hint: "save them with numpy.save(path, array), or as comma-separated numbers, one sample a line",
    });
  });

  it("with what is no number", () => {
    writeNpy(path("nan.npy"), new Float32Array(24).fill(Number.NaN, 17), [2, 12]);
    expect(compare("nan.npy").error).toBe(
      `${path("nan.npy")}: sample 1, element 5 is NaN; expected a finite number`,
    );
  });

  it("that are not there", () => {
    expect(compare("none.npy")).toEqual({
      error: `cannot read ${path("none.npy")}: there is no such file`,
      hint: "check the path",
    });
  });

  it("with labels of other samples, of no class, or of a network without classes", () => {
    const [inputs, labels] = ["samples/inputs.npy", path("labels.npy")];
    writeNpy(labels, Uint8Array.of(1, 2, 3), [3]);
    expect(compare(inputs, "--labels", labels)).toEqual({
      error: `${labels}: holds labels of shape [3]; expected [200], one for each sample`,
      hint: "give the labels of the same samples as --input; outputs of the network, [200, 4], are labels too",
    });
    writeNpy(labels, new Uint8Array(200).fill(4, 9), [200]);
    expect(compare(inputs, "--labels", labels)).toEqual({
      error: `${labels}: label 9 is 4; expected an integer 0..3`,
      hint: "the network has 4 classes, numbered from 0",
    });
    succeed("train", streetLight, "-o", path("light.json"), "--test-samples", path("light"));
    const light = ["compare", path("light.json"), "--virtual", "--input", path("light/inputs.npy")];
    expect(fail([...light, "--labels", path("light/targets.npy")], noTools)).toEqual({
      error: 'network "street light" has one output and so no classes to label',
      hint: "leave out --labels",
    });
  });

  it("for the device that infers, too", () => {
    succeed("export-firmware", model, "--board", "host", "-o", path("host"));
    writeNpy(path("wide.npy"), new Float32Array(26), [2, 13]);
    const device = ["infer", "--host-c", "--firmware", path("host")];
    expect(fail([...device, "--input", path("wide.npy")]).error).toBe(
      `${path("wide.npy")}: has shape [2, 13]; expected [samples, 12]`,
    );
  });
});

/** One dense layer without any training. */
function layerOf(inputs: number, outputs: number): QuantizedNetwork {
  return {
    ...{ name: "large", ...ports(0, 1) },
    tensors: [
      { elementType: "int8", name: "input", shape: [inputs], quantization: { scale: 1, zeroPoint: 0 } },
      { elementType: "int8", name: "output", shape: [outputs], quantization: { scale: 1, zeroPoint: 0 } },
    ],
    layers: [
      {
        ...{ kind: "fullyConnected", name: "dense_1", inputs: [0], output: 1 },
        ...{ weights: new Int8Array(inputs * outputs), weightScales: [1], bias: new Int32Array(outputs) },
        ...{ activationMin: -128, activationMax: 127 },
      },
    ],
  };
}

describe("a model that is too large for the board is refused before anything is compiled:", () => {
  const refuse = (name: string, network: QuantizedNetwork) => {
    writeModel(path(name), { network: undefined, quantized: network });
    return fail(["export-firmware", path(name), "-o", path("large")], noTools);
  };

  it("more tables than flash", () => {
    const { error, hint } = refuse("flash.json", layerOf(1050, 1000));
    const [, needed, tables, code] =
      /^network "large" needs (\d+) B of flash \(tables (\d+) \+ code (\d+)\); board "olimex-stm32-h405" has 1048576 B$/
        .exec(error)!
        .map(Number);
    expect(tables).toBeGreaterThanOrEqual(1050 * 1000 + 4 * 1000); // weights and biases
    expect(tables).toBeLessThan(1050 * 1000 + 20 * 1000);
    expect(needed).toBe(tables + code);
    expect(hint).toBe("lower the number of weights, or choose a board with more flash (`pinfer boards`)");
  });

  it("a larger arena than RAM", () => {
    // 140000 bytes of input and 4 of output; 2048 of stack and 2048 for the link
    const complaint = {
      error:
        'network "large" needs 144100 B of RAM (arena 140004 + stack 2048 + link 2048); ' +
        'board "olimex-stm32-h405" has 131072 B',
      hint: "lower the size of the largest layers, or choose a board with more RAM (`pinfer boards`)",
    };
    expect(refuse("ram.json", layerOf(140_000, 1))).toEqual(complaint);
    writeNpy(path("one.npy"), new Int8Array(140_000), [1, 140_000]);
    const compare = ["compare", path("ram.json"), "--virtual", "--input", path("one.npy")];
    expect(fail(compare, noTools)).toEqual(complaint);
  });
});

describe("a model is refused that", () => {
  /** A copy of the model with other contents; each file is text of one character a byte. */
  function damaged(name: string, change: (json: string, weights: string) => [json: string, weights: string]) {
    const file = basename(weightsOf(path("model.json")));
    const { "model.json": json, [file]: weights } = contentsOf(folder);
    mkdirSync(path(name));
    const [newJson, newWeights] = change(json, weights);
    writeFileSync(path(`${name}/model.json`), newJson, "latin1");
    writeFileSync(path(`${name}/${file}`), newWeights, "latin1");
    return fail(["export-firmware", path(`${name}/model.json`), "-o", path(`${name}/out`)]);
  }

  it("is not there", () => {
    expect(fail(["export-firmware", path("none.json")])).toEqual({
      error: `there is no model ${path("none.json")}`,
      hint: "`pinfer train experiment.ts` or `pinfer import model.onnx` makes one",
    });
  });

  it("is cut short", () => {
    const { error, hint } = damaged("short", (json, weights) => [json.slice(0, 500), weights]);
    expect(error).toMatch(/^model\.json is not JSON: /);
    expect(hint).toBe("a model is the .json file that `pinfer train` or `pinfer import` wrote");
  });

  it("has weights of another training, changed or cut short", () => {
    const hint = "the file is damaged or of another training: copy both files again, or train again";
    const message =
      /^model\.[0-9a-f]{8}\.safetensors has the SHA-256 [0-9a-f]{64}; model\.json belongs to "[0-9a-f]{60}…"$/;
    const other = readFileSync(weightsOf(path("light.json"))).toString("latin1");
    for (const [name, change] of [
      ["swapped", () => other],
      ["changed", (weights: string) => `${weights.slice(0, -1)}${weights.endsWith("a") ? "b" : "a"}`],
      ["half", (weights: string) => weights.slice(0, weights.length / 2)],
    ] as const) {
      const complaint = damaged(name, (json, weights) => [json, change(weights)]);
      expect([name, complaint]).toEqual([name, { error: expect.stringMatching(message), hint }]);
    }
  });

  it.each<[string, (json: string) => string, RegExp]>([
    [
      "reads files elsewhere",
      (json) => json.replace(/"model\.\w+\.safetensors"/, '"../model.safetensors"'),
      /weights\.file must be the name of a \.safetensors file in the model's folder, found "\.\.\/model\.safetensors"$/,
    ],
    [
      "wants a tensor of terabytes",
      (json) => json.replace('"shape": [16]', '"shape": [4294967296]'),
      /tensors\[1\]\.shape\[0\] must be an integer 1\.\.\d+, found 4294967296$/,
    ],
    [
      "names a layer after Object's own",
      (json) => json.replaceAll('"fullyConnected"', '"__proto__"'),
      /kind must be one of .*, found "__proto__"$/,
    ],
  ])("%s", (name, change, message) => {
    const { error } = damaged(name, (json, weights) => {
      expect(change(json)).not.toBe(json);
      return [change(json), weights];
    });
    expect(error).toMatch(message);
  });
});

describe("a folder", () => {
  it("with other files is not written into, but with --force", () => {
    mkdirSync(path("mine"));
    writeFileSync(path("mine/thesis.txt"), "mine");
    expect(fail(["export-firmware", model, "-o", path("mine")])).toEqual({
      error: `${path("mine")} holds 1 files and no pinfer.json: it is no exported firmware`,
      hint: "choose another folder with -o, or write into this one with --force",
    });
    expect(Object.keys(contentsOf(path("mine")))).toEqual(["thesis.txt"]);
    writeFileSync(path("mine/README.md"), "mine");
    expect(fail(["export-firmware", model, "-o", path("mine"), "--force"])).toEqual({
      error: `${path("mine")} has README.md, which the export would replace; pinfer did not write it, or it was changed since`,
      hint: "move or delete it, or choose another folder with -o",
    });
    expect(contentsOf(path("mine"))).toEqual({ "thesis.txt": "mine", "README.md": "mine" });
    rmSync(path("mine/README.md"));
    succeed("export-firmware", model, "-o", path("mine"), "--force");
    expect(contentsOf(path("mine"))["thesis.txt"]).toBe("mine");
    succeed("export-firmware", model, "-o", path("mine")); // ours now
  });

  it("cannot be where a file is", () => {
    expect(fail(["export-firmware", model, "-o", model])).toEqual({
      error: `${model} is a file; firmware is written into a folder`,
      hint: "choose another name with -o",
    });
    expect(fail(["export-firmware", model, "-o", join(model, "below")])).toEqual({
      error: `cannot make the folder ${join(model, "below")}: ENOTDIR: not a directory, mkdir '${join(model, "below")}'`,
      hint: "check that no file has that name, and that you may write there",
    });
  });

  it("that export-firmware did not write is not built", () => {
    mkdirSync(path("empty"));
    expect(fail(["build", path("empty")])).toEqual({
      error: `${path("empty")} is no exported firmware: it has no pinfer.json`,
      hint: "make one with `pinfer export-firmware model.json --board olimex-stm32-h405 -o firmware`",
    });
    for (const text of [
      "{",
      "[]",
      '{"format": "pinfer-firmware", "version": 2}',
      '{"format": "pinfer-firmware", "version": 1}',
    ]) {
      writeFileSync(path("empty/pinfer.json"), text);
      expect(fail(["build", path("empty")])).toEqual({
        error: `${path("empty/pinfer.json")} is damaged, or of another version of pinfer`,
        hint: "export the firmware again",
      });
    }
  });

  it("is not made for a board that nobody knows", () => {
    expect(fail(["export-firmware", model, "--board", "blue-pill", "-o", path("blue")])).toEqual({
      error: 'no board is called "blue-pill"',
      hint: `known boards: ${boards.map(({ id }) => id).join(", ")}`,
    });
  });
});

describe("an experiment", () => {
  const train = (text: string, ...more: string[]) => {
    writeFileSync(path("experiment.ts"), text);
    return fail(["train", path("experiment.ts"), "-o", path("new/model.json"), ...more]);
  };

  it("that throws is told with its line", () => {
    const text = 'import { relu } from "pinfer";\n\nrelu();\nthrow new Error("no samples today");\n';
    expect(train(text)).toEqual({ error: `${path("experiment.ts")}:4: no samples today`, hint: "" });
  });

  it("that exports nothing", () => {
    expect(train("const a = 1;\nvoid a;\n")).toEqual({
      error: `${path("experiment.ts")} has no default export`,
      hint: "write `export default defineExperiment({ … })`",
    });
  });

  it("that lacks a field", () => {
    expect(train('export default { name: "a" };\n').error).toBe(
      `${path("experiment.ts")}: experiment.seed must be an integer 0..4294967295, found nothing`,
    );
  });

  it("that is not there", () => {
    expect(fail(["train", path("none.ts")])).toEqual({
      error: `there is no experiment ${path("none.ts")}`,
      hint: "give the path of an experiment.ts",
    });
  });

  it("trains only when its results can be written", () => {
    const { code, stderr } = pinfer(["train", streetLight, "-o", path("model.txt")]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("Expected a name that ends in .json.")]);
    expect(fail(["train", streetLight, "-o", path("t/model.json"), "--test-samples", model])).toEqual({
      error: `cannot make the folder ${model}: EEXIST: file already exists, mkdir '${model}'`,
      hint: "check that no file has that name, and that you may write there",
    });
    expect(contentsOf(folder)).not.toHaveProperty("t/model.json");
  });
});

it("an argument that is wrong ends with 2 and points to the help", () => {
  for (const wrong of [
    ["compare", model, "--input", "x.npy", "--virtuel"],
    ["compare", model, "--input", "x.npy", "--virtual", "--limit", "0"],
    ["compare", model, "--input", "x.npy", "--port", "/dev/ttyACM0", "--baud", "fast"],
    ["compare", "--virtual", "--input", "x.npy"],
    ["infer", "--virtual"],
    ["train"],
    ["export", model],
  ]) {
    const { code, stderr } = pinfer(wrong);
    expect([wrong.join(" "), code]).toEqual([wrong.join(" "), 2]);
    expect(stderr).toMatch(/^error: [\s\S]*\nhint: `pinfer --help` lists the commands/);
  }
});
