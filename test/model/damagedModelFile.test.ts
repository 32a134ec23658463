import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { createModel } from "../support/smallModel.js";
import { weightsOf } from "../support/weightsOf.js";
import { userError } from "../train/userError.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-model-"));
  path = join(folder, "model.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: tests break the description in ways that no type has
type Damage = (description: any) => void;

function damage(change: Damage): void {
  const description = JSON.parse(readFileSync(path, "utf8"));
  change(description);
  writeFileSync(path, JSON.stringify(description));
}

describe("a damaged model file is refused:", () => {
  beforeEach(() => writeModel(path, createModel()));

  it("no file", () => {
    expect(() => readModel(join(folder, "other.json"))).toThrow(
      /^cannot read the model .*other.json: there is no such file$/,
    );
  });

  it("files that are none: a reader of a pipe waits, of a device takes all memory", () => {
    expect(() => readModel(folder)).toThrow(userError(`${folder} is a folder`));
    const weights = weightsOf(path);
    rmSync(weights);
    symlinkSync("/dev/null", weights);
    expect(() => readModel(path)).toThrow(userError(`${weights} is no ordinary file`));
  });

  it("a truncated description", () => {
    writeFileSync(path, readFileSync(path).subarray(0, 100));
    expect(() => readModel(path)).toThrow(/^model.json is not JSON: /);
  });

  it("no weights", () => {
    rmSync(weightsOf(path));
    expect(() => readModel(path)).toThrow(
      /^cannot read the model's weights .*model\.[0-9a-f]{8}\.safetensors: there is no such file$/,
    );
  });

  it("weights of another training", () => {
    const hash = JSON.parse(readFileSync(path, "utf8")).weights.sha256;
    const other = { ...createModel(), network: undefined };
    writeModel(join(folder, "other.json"), other);
    const otherHash = JSON.parse(readFileSync(join(folder, "other.json"), "utf8")).weights.sha256;
    writeFileSync(weightsOf(path), readFileSync(weightsOf(join(folder, "other.json"))));
    expect(() => readModel(path)).toThrow(
      userError(
        `${basename(weightsOf(path))} has the SHA-256 ${otherHash}; model.json belongs to ${JSON.stringify(`${hash.slice(0, 60)}…`)}`,
      ),
    );
  });

  it.each<[Damage, string]>([
    [(d) => (d.format = "keras"), 'model.json.format must be "pinfer model", found "keras"'],
    [(d) => (d.version = 3), "model.json is of version 3; this pinfer reads versions 1 and 2"],
    [
      (d) => (d.weights.file = "../other.safetensors"),
      "model.json.weights.file must be the name of a .safetensors file in the model's folder, " +
        'found "../other.safetensors"',
    ],
    [(d) => (d.classNames = "ab"), 'model.json.classNames must be an array, found "ab"'],
    [
      (d) => (d.classNames = ["off"]),
      "model.json.classNames must be 2 names, one for each output, found an array of 1",
    ],
    [(d) => (d.classNames = ["off", 1]), "model.json.classNames[1] must be text, found 1"],
    [
      (d) => (d.classNames = ["", "on"]),
      "model.json.classNames[0] must be a name of 1 to 200 characters, found 0",
    ],
    [
      (d) => (d.classNames = ["off", "n".repeat(201)]),
      "model.json.classNames[1] must be a name of 1 to 200 characters, found 201",
    ],
    [
      (d) => (d.classNames = ["\u009b2J", "\u009b2J"]),
      'model.json.classNames[1] must be a name of its own, found "?2J" again',
    ],
    [(d) => (d.training = 3), "model.json.training must be an object, found 3"],
    [
      (d) => (d.network.dtype = "bf16"),
      'model.json.network.dtype must be one of "float32", "float64", found "bf16"',
    ],
    [
      (d) => (d.network.inputShape = [0]),
      "model.json.network.inputShape[0] must be an integer 1..134217728, found 0",
    ],
    [
      (d) => (d.network.inputShape = [2 ** 27, 2]),
      "model.json.network.inputShape must be 1 to 8 sizes of 134217728 elements at most, found an array of 2",
    ],
    [
      (d) => (d.network.layers[0].kind = "constructor"),
      'model.json.network.layers[0].kind must be a kind of layer that this pinfer knows, found "constructor"',
    ],
    [
      (d) => (d.network.layers[0].bias = "yes"),
      'model.json.network.layers[0].bias must be true or false, found "yes"',
    ],
    [
      (d) => (d.network.layers[0].name = "x"),
      'WEIGHTS has no tensor "network/x/weights" of [2, 3] Float32Array',
    ],
    [
      (d) => (d.network.layers[0].units = 2 ** 31 - 1),
      'WEIGHTS should have a tensor "network/dense_1/weights" of [2147483647, 3] Float32Array, ' +
        "found [2, 3] F32",
    ],
    [
      (d) => (d.network.dtype = "float64"),
      'WEIGHTS should have a tensor "network/dense_1/weights" of [2, 3] Float64Array, found [2, 3] F32',
    ],
    [(d) => (d.network.layers[1].name = "dense_1"), 'two layers are named "dense_1"'],
    [
      (d) => (d.quantized.tensors[1].scale = 0),
      "model.json.quantized.tensors[1].scale must be a float32 number above 0, found 0",
    ],
    [
      (d) => (d.quantized.tensors[1].scale = 0.1),
      "model.json.quantized.tensors[1].scale must be a float32 number above 0, found 0.1",
    ],
    [
      (d) => (d.quantized.tensors[0].zeroPoint = 128),
      'network "small": tensor "input" has zero point 128; -128 to 127 is expected, but of what a last fully connected layer or trees give',
    ],
    [
      (d) => (d.quantized.inputs[0].tensor = 3),
      "model.json.quantized.inputs[0].tensor must be an integer 0..2, found 3",
    ],
    [
      (d) => (d.quantized.tensors = []),
      "model.json.quantized.inputs[0].tensor must be an integer 0..-1, found 0",
    ],
    [
      (d) => d.quantized.inputs.push(d.quantized.inputs[0]),
      'network "small" has inputs of equal names; this pinfer runs networks with a name for each',
    ],
    [
      (d) => (d.quantized.states = [{ tensor: 0, reset: 0 }]),
      "model.json.quantized.states[0].tensor must be one of its own that a layer of kind audioStream, detection, lstm, streamWindow or svdfFeatures writes, found 0",
    ],
    [
      (d) => (d.quantized.inputs[0].border = "float16"),
      'model.json.quantized.inputs[0].border must be one of "int8", "uint8", "int16", "int32", "float32", found "float16"',
    ],
    [
      (d) => (d.quantized.inputs[0].labels = ["left"]),
      "model.json.quantized.inputs[0].labels must be 3 names, one for each column, found an array of 1",
    ],
    [
      (d) => (d.quantized.outputs[0].labels = ["off", "off"]),
      'model.json.quantized.outputs[0].labels[1] must be a name of its own, found "off" again',
    ],
    [
      (d) => (d.quantized.layers[0].inputs = []),
      "model.json.quantized.layers[0].inputs must be an array of 1, found an array of 0",
    ],
    [
      (d) => (d.quantized.layers[0].inputs = [7]),
      "model.json.quantized.layers[0].inputs[0] must be an integer 0..2, found 7",
    ],
    [
      (d) => d.quantized.layers.reverse(),
      "model.json.quantized.layers[0].inputs must be tensors that are filled before; 1 is not, found an array of 1",
    ],
    [
      (d) => (d.quantized.layers[1].output = 1),
      "model.json.quantized.layers[1].output must be a tensor of scale 1/256 and zero point -128, found 1",
    ],
    [
      (d) => d.quantized.layers.push({ ...d.quantized.layers[1], name: "again" }),
      "model.json.quantized.layers[2].output must be a tensor that is not filled before, found 2",
    ],
    [
      (d) => d.quantized.layers.push(d.quantized.layers[1]),
      'model.json.quantized.layers[2].name must be a name of its own, found "softmax_1"',
    ],
    [
      (d) => d.quantized.layers.pop(),
      "model.json.quantized.outputs[0].tensor must be a tensor that a layer fills, found 2",
    ],
    [
      (d) => (d.quantized.layers[0].weightScales = [1, 2, 3]),
      "model.json.quantized.layers[0].weightScales must be 1 or 2 float32 numbers above 0, found an array of 3",
    ],
    [
      (d) => (d.quantized.layers[0].weightScales = [-1]),
      "model.json.quantized.layers[0].weightScales must be 1 or 2 float32 numbers above 0, found an array of 1",
    ],
    [
      (d) => (d.quantized.layers[0].activationMax = -129),
      "model.json.quantized.layers[0].activationMax must be an integer -128..127, found -129",
    ],
    [
      (d) => Object.assign(d.quantized.layers[0], { activationMin: 5, activationMax: 4 }),
      "model.json.quantized.layers[0].activationMax must be an integer 5..127, found 4",
    ],
    [
      (d) => (d.quantized.layers[1].beta = 0),
      "model.json.quantized.layers[1].beta must be a number above 0, found 0",
    ],
    [
      (d) => {
        d.quantized.tensors[2].shape = [3];
        delete d.quantized.outputs[0].labels;
      },
      "model.json.quantized.layers[1].output must be a tensor of the input's shape, found 2",
    ],
    [
      (d) => {
        d.quantized.tensors[0].shape = [4];
        delete d.quantized.inputs[0].labels;
      },
      'WEIGHTS should have a tensor "quantized/dense_1/weights" of [2, 4] Int8Array, found [2, 3] I8',
    ],
    [(d) => (d.quantized.name = 5), "model.json.quantized.name must be text, found 5"],
  ])("case %#", (change, message) => {
    const weights = basename(weightsOf(path));
    damage(change);
    expect(() => readModel(path)).toThrow(userError(message.replace("WEIGHTS", weights)));
  });

  it("flipped bytes and cuts give a model or a UserError, never anything else", () => {
    const whole = readFileSync(path);
    const flips = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 })), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(flips, fc.nat({ max: whole.length }), fc.boolean(), (changes, length, cut) => {
        const bytes = Uint8Array.from(whole);
        for (const [position, bits] of changes) bytes[position] ^= bits;
        writeFileSync(path, cut ? bytes.subarray(0, length) : bytes);
        expectModelOrUserError();
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it("any value in any place gives a model or a UserError, never anything else", () => {
    const whole = JSON.parse(readFileSync(path, "utf8"));
    const places = [...listPlaces(whole)];
    const values = fc.oneof(
      fc.jsonValue(),
      fc.integer(),
      fc.constantFrom(-1, 0, 1, 0.5, 2 ** 31, 2 ** 53, 1e308, "__proto__", null, [], {}, [[]]),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), values, (place, value) => {
        const description = structuredClone(whole);
        const parent = place.slice(0, -1).reduce((at, key) => at[key], description);
        parent[place.at(-1)!] = value;
        writeFileSync(path, JSON.stringify(description));
        expectModelOrUserError();
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});

function expectModelOrUserError(): void {
  try {
    expect(readModel(path)).toHaveProperty("quantized");
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
  }
}

/** The path of every value in the description. */
function* listPlaces(value: object, above: readonly string[] = []): Generator<readonly string[]> {
  for (const [key, child] of Object.entries(value)) {
    yield [...above, key];
    if (typeof child === "object" && child !== null) yield* listPlaces(child, [...above, key]);
  }
}
