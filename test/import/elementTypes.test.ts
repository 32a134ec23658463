import { describe, expect, it } from "vitest";
import { importTflite } from "../../src/import/importTflite.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { buildTflite, ModelBuilder } from "./buildTflite.js";

type Type = "int8" | "int16" | "int32" | "float32";

const read = (model: ModelBuilder) => importTflite(buildTflite(model.spec()), "model.tflite", "model");

function activation(model: ModelBuilder, type: Type, scale: number, zeroPoint: number): number {
  return model.tensor({ shape: [1, 3], type, scales: [scale], zeroPoints: [zeroPoint] });
}

/** QUANTIZE, SOFTMAX, QUANTIZE: int16 → int8 → int16 → int32. */
function softmaxModel(scale = Math.fround(1 / 65535), zeroPoint = -32768): ModelBuilder {
  const model = new ModelBuilder();
  const input = activation(model, "int16", 0.25, 4);
  const narrow = activation(model, "int8", 0.5, -1);
  const scores = activation(model, "int16", scale, zeroPoint);
  const output = activation(model, "int32", Math.fround(2 / 65535), 0);
  model.add({ type: "QUANTIZE", inputs: [input], outputs: [narrow] });
  model.add({
    ...{ type: "SOFTMAX", inputs: [narrow], outputs: [scores], optionsType: 9 },
    options: [[0, "float32", 1]],
  });
  model.add({ type: "QUANTIZE", inputs: [scores], outputs: [output] });
  return model;
}

describe("a model of int16 and int32 at its borders", () => {
  it("keeps the file's own numbers", () => {
    const { network, notes } = read(softmaxModel());
    expect(network.tensors.map(({ elementType }) => elementType)).toEqual([
      "int16",
      "int8",
      "int16",
      "int32",
    ]);
    expect([...network.inputs, ...network.outputs].map(({ border }) => border)).toEqual(["int16", "int32"]);
    expect(notes).toEqual([]);
    // −25, 0 and 0: e^−25 is nothing beside two halves
    const output = runProgram(planProgram(network), Int16Array.of(-96, 4, 4));
    expect(output).toEqual(Int32Array.of(0, 16384, 16384));
  });

  it("casts to more bits, where the real values stay, and refuses what else CAST does", () => {
    const cast = (scale: number, types: readonly Type[]) => {
      const model = new ModelBuilder();
      const tensors = types.map((type, i) => activation(model, type, i === 2 ? scale : 0.25, 3));
      tensors.slice(1).forEach((output, i) => {
        model.add({ type: "CAST", inputs: [tensors[i]!], outputs: [output] });
      });
      return model;
    };
    const { network } = read(cast(0.25, ["int8", "int16", "int32"]));
    const ends = Int8Array.of(-128, 127, 3);
    expect(runProgram(planProgram(network), ends)).toEqual(Int32Array.from(ends));
    expect(() => read(cast(0.5, ["int8", "int16", "int32"]))).toThrow("operator 1 (CAST)");
    expect(() => read(cast(0.25, ["int16", "int8"]))).toThrow("operator 0 (CAST) takes int16 and gives int8");
  });

  it("refuses a softmax of another scale, and operators that take no int16, by name", () => {
    expect(() => read(softmaxModel(1 / 256))).toThrow(
      "operator 1 (SOFTMAX) should give scale 1/65536 and zero point -32768, found 0.00390625 and -32768",
    );
    const model = new ModelBuilder();
    const [input, output] = [activation(model, "int16", 1, 0), activation(model, "int8", 1, 0)];
    model.add({ type: "RELU", inputs: [input], outputs: [output] });
    expect(() => read(model)).toThrow("operator 0 (RELU) takes int16 and gives int8; int8 is supported");
  });

  /** FULLY_CONNECTED of two features to one, with a RELU. */
  function dense(bias: bigint, zeroPoint = 0, type: "int64" | "int32" = "int64"): ModelBuilder {
    const model = new ModelBuilder();
    const input = model.tensor({ shape: [1, 2], type: "int16", scales: [0.5], zeroPoints: [zeroPoint] });
    const data = Int8Array.of(3, -127);
    const weights = model.tensor({ shape: [1, 2], data, scales: [1], zeroPoints: [0] });
    const values = type === "int64" ? BigInt64Array.of(bias) : Int32Array.of(Number(bias));
    const biases = model.tensor({ shape: [1], type, data: values });
    const output = model.tensor({ shape: [1, 1], type: "int16", scales: [0.25], zeroPoints: [0] });
    model.add({
      ...{ type: "FULLY_CONNECTED", inputs: [input, weights, biases], outputs: [output], optionsType: 8 },
      options: [[0, "int8", 1]],
    });
    return model;
  }

  it("has biases of int64 beside int16, and clamps to int16", () => {
    const { network } = read(dense(-5n));
    expect(network.layers[0]).toMatchObject({
      bias: Int32Array.of(-5),
      activationMin: 0,
      activationMax: 32767,
    });
    // 2 · (−5 + 3 · 9 − 127 · 0) = 44; below 0; beyond int16
    const program = planProgram(network);
    const outputs = [
      [9, 0],
      [0, 1],
      [0, -32768],
    ].map((values) => runProgram(program, Int16Array.from(values))[0]);
    expect(outputs).toEqual([44, 0, 32767]);
  });

  it("refuses biases of int32 beside int16, those beyond int32, and zero points", () => {
    expect(() => read(dense(1n, 0, "int32"))).toThrow("has biases of type int32; int64 is supported");
    expect(() => read(dense(2n ** 31n))).toThrow(
      "has a bias of 2147483648 for output channel 0; -2147483648 to 2147483647 are supported",
    );
    expect(() => read(dense(1n, 7))).toThrow("of int16 has zero point 7; 0 is expected");
  });

  it("takes float32 where a QUANTIZE makes int16 of it", () => {
    const model = new ModelBuilder();
    const real = model.tensor({ shape: [1, 3], type: "float32" });
    const [wide, narrow] = [activation(model, "int16", 0.25, 0), activation(model, "int8", 0.5, 1)];
    model.add({ type: "QUANTIZE", inputs: [real], outputs: [wide] });
    model.add({ type: "QUANTIZE", inputs: [wide], outputs: [narrow] });
    const { network, notes } = read(model);
    expect(network.inputs).toEqual([{ tensor: 0, name: "input", border: "float32" }]);
    expect(network.tensors[0]).toMatchObject({ elementType: "int16" });
    expect(notes).toEqual([
      "the model takes float32; the device takes the int16 values beside operator 0 (QUANTIZE)",
    ]);
  });
});
