import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commentText } from "../../codegen/names.js";
import { Tensor } from "../../src/base/tensor.js";
import { writeNpy } from "../../src/formats/samples.js";
import { importFloatTflite } from "../../src/import/floatTflite/importFloatTflite.js";
import { readTflite } from "../../src/import/readTflite.js";
import { fail } from "../errors/fail.js";
import { buildTflite } from "../import/buildTflite.js";
import { everyOperator } from "../import/everyOperator.js";
import { asFloats } from "../import/floatTflite/asFloats.js";
import { operatorModels } from "../import/operatorModels.js";
import { weightsOf } from "../support/weightsOf.js";
import { pinfer } from "./pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-import-"));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

function succeed(...programArguments: string[]): string {
  const { code, stdout, stderr } = pinfer(programArguments);
  expect([programArguments[0], code, stderr]).toEqual([programArguments[0], 0, expect.any(String)]);
  return stdout;
}

const samples = 8;

beforeAll(() => {
  writeFileSync(path("every.tflite"), buildTflite(everyOperator()));
  const inputs = Int8Array.from({ length: samples * 96 }, (_, i) => i * 37 + (i >> 5));
  writeNpy(path("inputs.npy"), inputs, [samples, 8, 6, 2]);
  writeNpy(path("labels.npy"), new Uint8Array(samples), [samples]);
  succeed("import", path("every.tflite"), "-o", path("every.json"));
});

describe("pinfer import", () => {
  it("prints what was imported, what was left out, and the next step", () => {
    const text = succeed("import", path("every.tflite"), "-o", path("new/model.json"));
    expect(text).toMatch(/^"every" \([0-9a-f]{8}\) from every\.tflite, \d \d{3} B\n/);
    expect(text).toContain("input   int8 [8, 6, 2], real = 0.5 · (q + 3)\n");
    expect(text).toContain(
      "note: the model takes float32; the device takes the int8 values beside operator 0",
    );
    // 12 positions · 4 filters · 3 · 3 · 2 weights; 4 · 18 weights and 4 biases
    expect(text).toMatch(/\nconv2d_1 +CONV_2D v3 +\[4, 3, 4\] +76 +864\n/);
    expect(text).toMatch(/\ntables [\d ]+ B of flash, arena [\d ]+ B of RAM\n/);
    expect(text).toMatch(/model\.json is written\nnext: pinfer summary .*model\.json\n$/);
    expect(existsSync(weightsOf(path("new/model.json")))).toBe(true);
  });

  it("prints the same as JSON, and gives the same bytes every time", () => {
    const report = JSON.parse(succeed("import", path("every.tflite"), "-o", path("again.json"), "--json"));
    expect(report).toMatchObject({
      ...{
        name: "every",
        file: { name: "every.tflite" },
        input: { shape: [8, 6, 2] },
        output: { shape: [3] },
      },
      // 864, 12 · 8 · 3, and 16 · 3
      ...{ macs: 864 + 288 + 48, parameters: 76 + 32 + 51 },
    });
    expect(report.layers[0]).toMatchObject({ name: "conv2d_1", operator: 1, type: "CONV_2D", version: 3 });
    expect(readFileSync(weightsOf(path("again.json")))).toEqual(readFileSync(weightsOf(path("every.json"))));
  });

  it.each([
    ["keywords.tflite", "named/other.json", [], "keywords"],
    ["keywords.tflite", "named/other.json", ["--name", "spotted [1]"], "spotted [1]"],
    ["model.tflite", "named/spotted.json", [], "spotted"],
    ["Model.tflite", "named/model.json", [], "model"],
  ])("calls %s as %s with %j %s", (file, output, options, name) => {
    writeFileSync(path(file), buildTflite(everyOperator()));
    const report = JSON.parse(succeed("import", path(file), "-o", path(output), ...options, "--json"));
    expect(report.name).toBe(name);
    expect(JSON.parse(succeed("summary", path(output), "--json")).name).toBe(name);
  });

  it("takes a model by its bytes, whatever the file is called", () => {
    for (const file of ["ei-int8-quantized-model.lite", "every"]) {
      writeFileSync(path(file), buildTflite(everyOperator()));
      const report = JSON.parse(succeed("import", path(file), "-o", path("by-bytes.json"), "--json"));
      expect(report).toMatchObject({ name: file.replace(".lite", ""), file: { name: file } });
    }
  });

  it("refuses --audio for models that take no features", () => {
    expect(fail(["import", path("every.tflite"), "-o", path("x.json"), "--audio", "wakeWord"])).toEqual({
      error:
        'network "every" takes int8 [8, 6, 2] of scale 0.5 and zero point -3; features are int8 [… rows, 40] of scale 26/255 = 0.10196078568696976 and zero point -128',
      hint: "put the front-end that it was trained with in front of it: channels must agree",
    });
  });

  it("makes a float network of a float model, quantized with samples that --check compares", () => {
    const floats = asFloats(operatorModels["a transposed convolution"]!());
    writeFileSync(path("floats.tflite"), buildTflite(floats));
    const samples = Float32Array.from({ length: 4 * 60 }, (_, i) => Math.sin(i));
    writeNpy(path("samples.npy"), samples, [4, 4, 3, 5]);
    const read = readTflite(buildTflite(floats), "floats.tflite");
    const { network } = importFloatTflite(read, "floats");
    const outputs = network.forward(new Tensor([4, 4, 3, 5], samples)).data as Float32Array;
    writeNpy(path("outputs.npy"), outputs, [4, 8, 6, 3]);
    const checks = ["--calibrate", path("samples.npy"), "--check", path("outputs.npy")];
    const report = JSON.parse(
      succeed("import", path("floats.tflite"), ...checks, "-o", path("floats.json"), "--json"),
    );
    expect(report).toMatchObject({
      ...{ inputShape: [4, 3, 5], outputShape: [8, 6, 3], producer: "built by a test" },
      ...{ check: { largestDifference: 0 }, int8: { samples: 4 } },
    });
    expect(report.layers.map(({ operator }: { operator: string }) => operator)).toContain("TRANSPOSE_CONV");
    expect(fail(["import", path("floats.tflite"), "--shape", "input=1,4,3,5"]).error).toBe(
      "--shape is for the free axes of .onnx models",
    );
  });

  it("gives a name that the DUT protocol tells, but for what ends it there", () => {
    succeed("import", path("every.tflite"), "-o", path("dut.json"), "--name", "spotted [1]");
    const inputs = ["--input", path("inputs.npy"), "--limit", "1"];
    const { model } = JSON.parse(succeed("dut", path("dut.json"), "--host-c", ...inputs, "--json"));
    expect(model).toBe("spotted [1?"); // in m-model-[…]
  });

  it.each([
    ["", 0],
    ["é".repeat(128), 256],
  ])("takes no name that a device cannot tell: %j", (name, bytes) => {
    expect(fail(["import", path("every.tflite"), "-o", path("x.json"), "--name", name])).toEqual({
      error: `the network's name must have 1 to 255 bytes, found ${bytes}`,
      hint: "give another with --name",
    });
  });

  it("keeps in the model where it comes from", () => {
    const { imported } = JSON.parse(readFileSync(path("every.json"), "utf8"));
    expect(imported).toMatchObject({ file: "every.tflite", description: "built by a test" });
    expect(imported.layers[0]).toEqual({
      ...{ layer: "conv2d_1", operator: 1, type: "CONV_2D", version: 3, tensor: "t2" },
    });
  });

  it("takes no other kind of file, none that is not there, and writes nothing where it fails", () => {
    writeFileSync(path("model.h5"), "\u0089HDF\r\n");
    writeFileSync(path("model.cc"), "const unsigned char model[] = { 0x1c };");
    const noModel = (file: string, extension: string) =>
      `${path(file)}: models of ONNX, Keras, TensorFlow.js and .tflite are imported; this "${extension}" file is none by its bytes`;
    expect(fail(["import", path("model.h5")])).toEqual({
      error: noModel("model.h5", ".h5"),
      hint: "a PyTorch model is exported by torch.onnx.export, a Keras model saved by model.save",
    });
    expect(fail(["import", path("model.cc")])).toEqual({
      error: noModel("model.cc", ".cc"),
      hint: "a C source with a model has its bytes as one array of numbers: import that file, or the .tflite it was made of",
    });
    expect(fail(["import", path("none.tflite")]).error).toBe(
      `cannot read ${path("none.tflite")}: there is no such file`,
    );
    writeFileSync(path("cut.tflite"), buildTflite(everyOperator()).subarray(0, 3000));
    expect(fail(["import", path("cut.tflite"), "-o", path("cut.json")]).hint).toBe(
      "the file is cut short or damaged: fetch or convert it again",
    );
    expect(existsSync(path("cut.json"))).toBe(false);
  });

  it("is what other commands name when they are given a .tflite file", () => {
    expect(fail(["summary", path("every.tflite")])).toEqual({
      error: `${path("every.tflite")} is a model of TensorFlow Lite; the command takes the .json file of one`,
      hint: `\`pinfer import ${path("every.tflite")}\` makes it`,
    });
  });
});

describe("an imported model, which has no float network,", () => {
  it("runs in summary and predict; --float says that it has integers only", () => {
    expect(succeed("summary", path("every.json"))).toContain("conv2d_1");
    const inputs = ["--input", path("inputs.npy")];
    const { shape } = JSON.parse(succeed("predict", path("every.json"), ...inputs, "--json"));
    expect(shape).toEqual([samples, 3]);
    expect(fail(["predict", path("every.json"), ...inputs, "--float"]).hint).toBe(
      "leave out --float: an imported model has integers only",
    );
  });

  it("runs on a device, and with labels has the accuracy of host and device", () => {
    const report = JSON.parse(
      succeed(
        ...["compare", path("every.json"), "--host-c", "--input", path("inputs.npy")],
        ...["--labels", path("labels.npy"), "--json"],
      ),
    );
    expect(report.outputs).toMatchObject({ bytesCompared: samples * 3, bytesDifferent: 0 });
    expect(report.accuracy).toMatchObject({ float: null, floatCorrect: null, labels: samples });
    expect(report.accuracy.deviceCorrect).toBe(report.accuracy.hostCorrect);
    expect(report.metrics.map(({ reference }: { reference: string }) => reference)).toEqual(["host int8"]);
  });

  it("has no name in the generated C that could end a comment or be code", () => {
    const hostile = `*/ int evil(void) { return 0; } /* \\\n??/ "%s" \u202e \u0000`;
    const spec = everyOperator();
    const tensors = spec.tensors.map((tensor) => ({ ...tensor, name: hostile }));
    mkdirSync(path("hostile"));
    const file = path('hostile/*\\ "; int evil2 = 0; ??(.tflite');
    writeFileSync(file, buildTflite({ ...spec, tensors, description: hostile }));
    succeed("import", file, "-o", path("hostile.json"));
    succeed("export-firmware", path("hostile.json"), "--board", "host", "-o", path("firmware"));
    const code = ["network.c", "network.h", "Makefile", "CMakeLists.txt"]
      .map((name) => readFileSync(join(path("firmware"), name), "utf8"))
      .join("\n");
    expect(code).not.toContain("evil(void)");
    // the network's name, from the file's, stands in comments alone, where it can end nothing
    const withoutComments = code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^#.*$/gm, "");
    expect(code).toContain(commentText('*\\ "; int evil2 = 0; ??('));
    expect(withoutComments).not.toContain("evil2");

    const named = JSON.parse(
      succeed("import", file, "-o", path("named.json"), "--json", "--name", hostile.replace("\u0000", "")),
    );
    expect(named.name).toContain("evil");
    const report = succeed("compare", path("named.json"), "--host-c", "--input", path("inputs.npy"));
    expect(report).toContain("0 of 24 bytes differ");
  });
});
