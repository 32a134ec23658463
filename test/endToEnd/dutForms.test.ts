import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readSamples } from "../../src/formats/samples.js";
import { pinfer } from "../cli/pinfer.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { goldenFolder, goldenVectorsAreMissing, hasGoldenVectors } from "../golden/models.js";
import { BenchmarkRunner } from "./benchmarkRunner.js";
import { copyChanged, cornersExperiment, succeed } from "./projects.js";

const folder = temporaryDirectory();
const path = (...names: string[]): string => join(folder, ...names);

/** 12 numbers in, the same 12 out. */
const autoencoder = `
import { adam, dense, meanSquaredError, Random, relu, Tensor } from "pinfer";

const random = new Random(5);

function points(count: number) {
  const values = Float32Array.from({ length: 12 * count }, () => 2 * random.normal());
  const inputs = Tensor.from([count, 12], values);
  return { inputs, targets: inputs };
}

export default {
  name: "ad01",
  seed: 3,
  data: { train: points(200), test: points(20) },
  network: [dense(6), relu(), dense(12)],
  loss: meanSquaredError(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 3,
  batchSize: 16,
  metrics: [],
};
`;

function train(name: string, text: string): void {
  writeFileSync(path(`${name}.ts`), text);
  succeed("train", path(`${name}.ts`), "-o", path(`${name}.json`), "--test-samples", path(`${name}-samples`));
}

/** Firmware of this computer, with what is printed. */
function build(model: string, output: string, ...options: string[]): string {
  const { stdout } = succeed("export-firmware", model, "--board", "host", "-o", output, ...options);
  succeed("build", output);
  return stdout;
}

const vectors = (file: string, count: number): Int8Array[] => {
  const { data, shape } = readSamples(file);
  const size = data.length / shape[0]!;
  return Array.from({ length: count }, (_, i) => Int8Array.from(data.subarray(i * size, (i + 1) * size)));
};

interface Tensor {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The error in double precision, from the bytes. */
function errorOf(input: Int8Array, output: Int8Array, ends: readonly [Tensor, Tensor]): number {
  const real = (value: number, { scale, zeroPoint }: Tensor): number => scale * (value - zeroPoint);
  const sum = input.reduce(
    (total, value, i) => total + (real(value, ends[0]) - real(output[i]!, ends[1])) ** 2,
    0,
  );
  return sum / input.length;
}

function floats(input: Int8Array, { scale, zeroPoint }: Tensor): Uint8Array {
  const bytes = Buffer.alloc(4 * input.length);
  for (const [i, value] of input.entries())
    bytes.writeFloatLE(Math.fround(scale * (value - zeroPoint)), 4 * i);
  return bytes;
}

async function use(executable: string, work: (runner: BenchmarkRunner) => Promise<void>): Promise<void> {
  const runner = new BenchmarkRunner(executable);
  try {
    await runner.start();
    await work(runner);
  } finally {
    await runner.close();
  }
}

/** Of a model file: what goes in and comes out. */
function endsOf(model: string): readonly [Tensor, Tensor] {
  const { input, output } = JSON.parse(succeed("summary", model, "--json").stdout);
  return [input.quantization, output.quantization];
}

describe("texts of the benchmark", { timeout: 300_000 }, () => {
  beforeAll(() => {
    train("ic", cornersExperiment.replace('name: "corners"', 'name: "ic01"'));
    train("ad", autoencoder);
  }, 300_000);

  it("bring bytes from 0 for a network called ic01, and the host compares them", async () => {
    const told = build(path("ic.json"), path("ic"), "--dut");
    expect(told).toContain("texts of MLPerf Tiny's protocol bring u8 and get outputs\n");
    const samples = ["--input", path("ic-samples", "inputs.npy"), "--limit", "3"];
    const { int8 } = JSON.parse(succeed("predict", path("ic.json"), ...samples.slice(0, 2), "--json").stdout);
    const dut = ["dut", path("ic.json"), "--host-c", "--firmware", path("ic"), ...samples];
    const { samples: answered, ...rest } = JSON.parse(succeed(...dut, "--json").stdout);
    expect(rest).toMatchObject({
      model: "ic01",
      input: "u8",
      result: "outputs",
      bytesCompared: 12,
      bytesDiffering: 0,
    });
    expect(answered.map((sample: { int8: number[] }) => sample.int8)).toEqual(int8.slice(0, 3));
  });

  it("bring real values and get one error for a network called ad01", async () => {
    const told = build(path("ad.json"), path("ad"), "--dut");
    expect(told).toContain("texts of MLPerf Tiny's protocol bring f32 and get mse\n");
    const samples = ["--input", path("ad-samples", "inputs.npy"), "--limit", "4"];
    const dut = ["dut", path("ad.json"), "--host-c", "--firmware", path("ad"), ...samples];
    const { samples: answered, ...rest } = JSON.parse(succeed(...dut, "--json").stdout);
    expect(rest).toMatchObject({ input: "f32", result: "mse", errorsCompared: 4, errorsDiffering: 0 });
    const { stdout } = succeed(...dut);
    expect(stdout).toContain("0 of 4 mean squared errors differ");
    const { int8 } = JSON.parse(succeed("predict", path("ad.json"), ...samples.slice(0, 2), "--json").stdout);
    const ends = endsOf(path("ad.json"));
    const real = readSamples(path("ad-samples", "inputs.npy"));
    for (const [i, { results }] of answered.entries()) {
      const values = Array.from(real.data.subarray(12 * i, 12 * i + 12), Number);
      const input = Int8Array.from(values, (value) =>
        Math.max(-128, Math.min(127, Math.round(value / ends[0].scale) + ends[0].zeroPoint)),
      );
      const right = errorOf(input, Int8Array.from(int8[i]), ends);
      expect(results.length).toBe(1);
      expect(Math.abs(results[0] - right)).toBeLessThan(1e-4 * right);
    }
  });

  it("differ from the host's when the firmware computes something else", () => {
    const run = "void network_run(void)\n{\n";
    const changed = `${run}    network_input()[0] ^= 0x40;\n`;
    copyChanged(path("ad"), path("changed"), "network.c", run, changed);
    const samples = ["--input", path("ad-samples", "inputs.npy"), "--limit", "4"];
    const { code, stdout } = pinfer([
      "dut",
      path("ad.json"),
      "--host-c",
      "--firmware",
      path("changed"),
      ...samples,
      "--json",
    ]);
    expect([code, JSON.parse(stdout).errorsDiffering]).toEqual([1, 4]);
  });

  it("are refused when their size or a value is none", async () => {
    await use(path("ad", "build", "firmware"), async (runner) => {
      expect((await runner.command("profile")).slice(2, 4)).toEqual(["m-input-[f32]", "m-output-[mse]"]);
      expect(await runner.load(new Uint8Array(49))).toContain(
        "e-[Supplied buffer size 49 exceeds maximum of 48]",
      );
      expect(await runner.load(new Uint8Array(12))).toEqual([]);
      expect((await runner.command("infer 1 0"))[0]).toBe("e-[Input db has 12 bytes, expected 48]");
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -3e38]) {
        const bytes = Buffer.alloc(48);
        bytes.writeFloatLE(value, 28);
        expect(await runner.load(bytes)).toEqual([]);
        expect((await runner.command("infer 1 0"))[0]).toBe("e-[Input value 7 is too large or no number]");
      }
      expect(await runner.load(new Uint8Array(48))).toEqual([]);
      expect((await runner.infer())?.length).toBe(1);
      expect(await runner.load(new Uint8Array(48))).toEqual([]);
      expect((await runner.command("results"))[0]).toBe("e-[No results: nothing was inferred]");
    });
  });

  it("are as they are asked for, whatever the network is called", () => {
    const told = build(path("ad.json"), path("plain"), "--dut-input", "int8", "--dut-result", "outputs");
    expect(told).not.toContain("texts");
    const samples = ["--input", path("ad-samples", "inputs.npy"), "--limit", "2"];
    const dut = ["dut", path("ad.json"), "--host-c", "--firmware", path("plain"), ...samples];
    expect(JSON.parse(succeed(...dut, "--json").stdout)).toMatchObject({ input: "int8", bytesCompared: 24 });
    expect(build(path("ic.json"), path("reals"), "--dut-input", "f32")).toContain(
      "bring f32 and get outputs",
    );
    const real = ["dut", path("ic.json"), "--host-c", "--firmware", path("reals")];
    expect(
      JSON.parse(
        succeed(...real, "--input", path("ic-samples", "inputs.npy"), "--limit", "5", "--json").stdout,
      ),
    ).toMatchObject({ input: "f32", bytesCompared: 20, bytesDiffering: 0 });
    expect(fail(["export-firmware", path("ic.json"), "--dut-result", "mse", "-o", path("none")])).toEqual({
      error:
        'a mean squared error needs as many outputs as int8 inputs, at most 65535; network "ic01" has 12 B of int8 inputs and 4 outputs',
      hint: "leave out --dut-input and --dut-result: then texts bring and give what the network does",
    });
  });
});

describe("the benchmark's networks, by the commands of its runner", { timeout: 600_000 }, () => {
  if (!hasGoldenVectors) it.skip(goldenVectorsAreMissing, () => undefined);
  for (const [id, name, count] of hasGoldenVectors
    ? ([
        ["kws", "kws01", 10],
        ["ic", "ic01", 4],
        ["vww", "vww01", 2],
        ["ad", "ad01", 10],
      ] as const)
    : []) {
    it(`${name} answers what the reference kernels gave, on data as the benchmark's`, async () => {
      const model = path(`${name}.json`);
      succeed("import", join(goldenFolder, id, "model.tflite"), "--name", name, "-o", model);
      build(model, path(name), "--dut");
      const inputs = vectors(join(goldenFolder, id, "inputs.npy"), count);
      const outputs = vectors(join(goldenFolder, id, "outputs.npy"), count);
      const ends = endsOf(model);
      await use(path(name, "build", "firmware"), async (runner) => {
        expect([await runner.name(), await runner.model()]).toEqual(["pinfer", name]);
        for (const [i, input] of inputs.entries()) {
          const data =
            name === "ad01"
              ? floats(input, ends[0])
              : name === "kws01"
                ? new Uint8Array(input.buffer)
                : Uint8Array.from(input, (value) => value + 128);
          expect(await runner.load(data)).toEqual([]);
          const results = (await runner.infer())!;
          if (name === "ad01") {
            const right = errorOf(input, outputs[i]!, ends);
            expect(results.length).toBe(1);
            expect(Math.abs(results[0]! - right)).toBeLessThan(1e-5 * right);
          } else {
            const { scale, zeroPoint } = ends[1];
            expect(results).toEqual(Array.from(outputs[i]!, (value) => scale * (value - zeroPoint)));
          }
        }
      });
    });
  }
});
