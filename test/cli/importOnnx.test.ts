import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { readSamples, writeNpy } from "../../src/formats/samples.js";
import { importOnnx } from "../../src/import/onnx/importOnnx.js";
import { fromUserOrder } from "../../src/network/axisOrder.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { buildOnnx, numbers } from "../import/onnx/buildOnnx.js";
import { integerModel } from "../import/onnx/integerModels.js";
import { smallCnnBytes } from "../import/onnx/smallCnn.js";
import { pinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const samples = 12;

function succeed(...programArguments: string[]): string {
  const { code, stdout, stderr } = pinfer(programArguments);
  expect([programArguments[0], code, stderr]).toEqual([programArguments[0], 0, expect.any(String)]);
  return stdout;
}

let outputs: Float32Array;

beforeAll(() => {
  writeFileSync(path("small.onnx"), smallCnnBytes());
  // [samples, channels, height, width], 10 times as large as the network takes them
  const inputs = numbers(samples * 60, 10);
  writeNpy(path("inputs.npy"), inputs, [samples, 2, 6, 5]);
  const { network, input } = importOnnx(smallCnnBytes(), "small.onnx", "small");
  const ours = fromUserOrder(inputs, network.inputShape, input.axes).map((value) => value / 10);
  outputs = network.forward(new Tensor([samples, 6, 5, 2], ours)).data as Float32Array;
  writeNpy(path("outputs.npy"), outputs, [samples, 4]);
  writeNpy(
    path("wrong.npy"),
    outputs.map((value, k) => (k === 9 ? value + 1 : value)),
    [samples, 4],
  );
  const largest = (row: Float32Array) => row.indexOf(Math.max(...row));
  const labels = Uint8Array.from({ length: samples }, (_, s) => largest(outputs.subarray(4 * s, 4 * s + 4)));
  writeNpy(path("labels.npy"), labels, [samples]);
});

describe("pinfer import of an ONNX model", () => {
  const calibrate = ["--calibrate", path("inputs.npy"), "--divide", "10"];

  it("quantizes it with samples in the file's own order of axes, checks it, and tells what rounding costs", () => {
    const checks = ["--check", path("outputs.npy"), "--labels", path("labels.npy")];
    const text = succeed("import", path("small.onnx"), ...calibrate, ...checks, "-o", path("small.json"));
    expect(text).toMatch(/^"small" from small\.onnx, \d \d{3} B, operator set 13 by a test\n/);
    expect(text).toContain("\ninput   float32 [2, 6, 5]\noutput  float32 [4]\n");
    // 54 weights and 3 biases; 30 positions of 54 products
    expect(text).toMatch(/\nconv_0 +conv2d +Conv +\[6, 5, 3\] +57 +1 620\n/);
    expect(text).toMatch(/\nfloat network against .*outputs\.npy: largest difference 0 of [\d.]+\n/);
    expect(text).toMatch(/\naccuracy of 12 samples: float 1\.0000, int8 [\d.]+\n/);
    expect(text).toMatch(/\nleast signal to noise in int8: \w+ [\d.]+ dB, \w+ [\d.]+ dB, \w+ [\d.]+ dB\n/);

    const compared = ["--host-c", "--input", path("inputs.npy"), "--divide", "10"];
    expect(succeed("compare", path("small.json"), ...compared)).toContain("0 of 48 bytes differ");
    succeed("export-firmware", path("small.json"), "--format", "plain", "--name", "small", "-o", path("c"));
    expect(readFileSync(path("c/small.h"), "utf8")).toContain(
      "The model's own users have the axes in another order: theirs are these, [2, 0, 1].",
    );
  });

  it("without samples writes the float network, which predicts what the model does", () => {
    const text = succeed("import", path("small.onnx"), "-o", path("float.json"));
    expect(text).toContain("float.json is written, with the float network only: there are no samples");
    const options = ["--input", path("inputs.npy"), "--divide", "10", "-o", path("predicted.npy")];
    succeed("predict", path("float.json"), "--float", ...options);
    expect(readSamples(path("predicted.npy")).data).toEqual(outputs);
    expect(JSON.parse(readFileSync(path("float.json"), "utf8")).axes).toEqual({ input: [2, 0, 1] });

    expect(fail(["summary", path("float.json")])).toEqual({
      error: `${path("float.json")} holds no quantized network`,
      hint: "import it again with samples of what the device will see: --calibrate samples.npy",
    });
  });

  it("fails when the network is not the one whose outputs are given", () => {
    const { error, hint } = fail(["import", path("small.onnx"), ...calibrate, "--check", path("wrong.npy")]);
    expect(error).toMatch(
      /^the float network does not give .*wrong\.npy: sample 2 differs by 1, where the largest/,
    );
    expect(hint).toMatch(/^are these the outputs of the same samples, made after model\.eval\(\)/);
  });

  it("knows a model by its bytes, and tells what to do with other files", () => {
    writeFileSync(path("small.bin"), smallCnnBytes());
    const report = JSON.parse(succeed("import", path("small.bin"), "-o", path("bytes.json"), "--json"));
    expect(report).toMatchObject({
      name: "small",
      operatorSet: 13,
      parameters: 57 + 364,
      inputShape: [2, 6, 5],
    });

    writeFileSync(path("net.pth"), Uint8Array.of(0x80, 2, 0x63));
    expect(fail(["import", path("net.pth")])).toEqual({
      error: `${path("net.pth")}: models of ONNX, Keras, TensorFlow.js and .tflite are imported; this ".pth" file is none by its bytes`,
      hint: 'a PyTorch checkpoint needs its Python class: torch.onnx.export(model.eval(), example_input, "model.onnx")',
    });
    expect(fail(["import", path("small.onnx"), "--labels", path("labels.npy")])).toEqual({
      error: "--labels is about samples, and there are none",
      hint: "give them: --calibrate samples.npy",
    });
  });
});

describe("pinfer import of a quantized ONNX model", () => {
  beforeAll(() => writeFileSync(path("integers.onnx"), buildOnnx(integerModel("QDQ"))));

  it("tells operators and nodes, and writes a model that needs no samples", () => {
    const report = JSON.parse(
      succeed("import", path("integers.onnx"), "-o", path("integers.json"), "--json"),
    );
    expect(report.layers.slice(0, 2).map(({ name, type }: Record<string, string>) => [name, type])).toEqual([
      ["qlinearconv_3", "Conv"],
      ["qlinearconv_8", "Conv"],
    ]);
    expect(report.notes).toEqual(["the model takes uint8; the device takes int8: each value less 128"]);
  });

  it("has no use for samples", () => {
    const more = ["--calibrate", path("inputs.npy"), "-o", path("integers.json")];
    expect(fail(["import", path("integers.onnx"), ...more])).toEqual({
      error:
        "--calibrate is for float models; a model with QuantizeLinear or QLinear operators is quantized already",
      hint: "leave out --calibrate",
    });
  });
});
