import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readSamples } from "../../src/formats/samples.js";
import { temporaryDirectory } from "../firmware/images.js";
import { contentsOf, cornersExperiment, streetLight, succeed } from "./projects.js";

const corners = join(temporaryDirectory(), "corners.ts");
writeFileSync(corners, cornersExperiment);

const networks = [
  { name: "street light", experiment: streetLight, samples: 1, outputBytes: 1, layers: 2 },
  { name: "corners", experiment: corners, samples: 200, outputBytes: 4, layers: 3 },
];

describe.each(networks)("$name", ({ experiment, samples, outputBytes, layers }) => {
  const folder = temporaryDirectory();
  const path = (name: string): string => join(folder, name);
  const inputs = path("samples/inputs.npy");

  beforeAll(() => {
    succeed("train", experiment, "-o", path("first/model.json"), "--test-samples", path("samples"));
    succeed("train", experiment, "-o", path("second/model.json"));
    succeed("export-firmware", path("first/model.json"), "-o", path("first/firmware"));
    succeed("export-firmware", path("second/model.json"), "-o", path("second/firmware"));
  });

  it("trains to the same bytes and exports to the same bytes again", () => {
    const first = contentsOf(path("first"));
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining([
        "model.json",
        expect.stringMatching(/^model\.[0-9a-f]{8}\.safetensors$/),
        "firmware/network.c",
        "firmware/Makefile",
      ]),
    );
    expect(contentsOf(path("second"))).toEqual(first);
  });

  it("is built into images, whose sizes are told against the board's", () => {
    const built = JSON.parse(succeed("build", path("second/firmware"), "--json").stdout);
    expect(built.board).toBe("olimex-stm32-h405");
    for (const file of [built.elf, built.bin, built.hex]) expect(existsSync(file), file).toBe(true);
    const { flashBytes, arenaBytes, staticRamBytes, stackBytes } = built.sizes;
    // The .bin is what goes to flash, byte for byte.
    expect(readFileSync(built.bin).length).toBe(flashBytes);
    const planned = JSON.parse(readFileSync(path("second/firmware/pinfer.json"), "utf8")).sizes;
    expect(arenaBytes).toBe(planned.arena);
    expect(flashBytes).toBeGreaterThan(planned.tables);

    const text = succeed("build", path("second/firmware")).stdout.replaceAll(" ", "");
    expect(text).toContain(`flash${flashBytes}`);
    expect(text).toContain(`tablesofthenetwork${planned.tables}\n`);
    expect(text).toContain(`RAM${arenaBytes + staticRamBytes + stackBytes}`);
    expect(text).toContain(`${((100 * flashBytes) / (1024 * 1024)).toFixed(1)}%`);
  });

  it("computes the host's bytes on the emulator, and every time reports the same but for time", () => {
    const compare = () => {
      const { stdout } = succeed(
        "compare",
        path("first/model.json"),
        "--virtual",
        "--input",
        inputs,
        "--json",
      );
      const { time, ...report } = JSON.parse(stdout);
      expect(time.seconds).toBeGreaterThan(0);
      return report;
    };
    const report = compare();
    expect(report).toMatchObject({
      equal: true,
      outputs: { samples, bytesCompared: samples * outputBytes, bytesDifferent: 0, firstDifference: null },
      firstDifferingLayer: null,
      ticks: { unit: "instructions" },
      link: { retries: 0 },
    });
    expect(report.outputs.deviceSha256).toBe(report.outputs.hostSha256);
    expect(compare()).toEqual(report);
  });

  it("computes the host's bytes in C on this computer", () => {
    const { stdout } = succeed("compare", path("first/model.json"), "--host-c", "--input", inputs);
    expect(stdout).toContain(`\n0 of ${samples * outputBytes} bytes differ\n`);
    expect(stdout).toContain("on host, compiled for this computer");
  });

  it("infers what predict predicts", () => {
    const device = ["--virtual", "--firmware", path("first/firmware")];
    const inferred = succeed("infer", ...device, "--input", inputs, "-o", path("device.npy"), "--json");
    const predicted = succeed(
      ...["predict", path("first/model.json"), "--input", inputs, "-o", path("host.npy"), "--json"],
    );
    expect(readSamples(path("device.npy"))).toEqual(readSamples(path("host.npy")));
    const { samples: rows, board, counter } = JSON.parse(inferred.stdout);
    expect([board, counter]).toEqual(["olimex-stm32-h405", "instructions"]);
    expect(rows.map(({ int8 }: { int8: number[] }) => int8)).toEqual(JSON.parse(predicted.stdout).int8);
  });

  it("is summed up layer by layer", () => {
    const { stdout } = succeed("summary", path("first/model.json"), "--json");
    expect(JSON.parse(stdout).layers).toHaveLength(layers);
  });
});

it("compare tells accuracy when it is given labels, and takes the first samples when told how many", () => {
  const folder = temporaryDirectory();
  const samples = join(folder, "samples");
  const model = join(folder, "model.json");
  succeed("train", corners, "-o", model, "--test-samples", samples);
  const [inputs, labels] = [join(samples, "inputs.npy"), join(samples, "labels.npy")];
  const given = ["--input", inputs, "--labels", labels, "--limit", "50", "--json"];
  const { accuracy, outputs } = JSON.parse(succeed("compare", model, "--host-c", ...given).stdout);
  expect([outputs.samples, accuracy.labels]).toEqual([50, 50]);
  expect(accuracy.device).toBe(accuracy.host);
  expect(accuracy.device).toBeGreaterThan(0.9);

  // The same values as IDX, the inputs as images of 3 x 4: the same report.
  const idx = (name: string, type: number, shape: number[], elements: Buffer): string => {
    const header = Buffer.alloc(4 + 4 * shape.length);
    header.set([0, 0, type, shape.length]);
    for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
    writeFileSync(join(folder, name), Buffer.concat([header, elements]));
    return join(folder, name);
  };
  const real = Buffer.from(Float32Array.from(readSamples(inputs).data).buffer).swap32();
  const classes = Buffer.from(Uint8Array.from(readSamples(labels).data));
  const asIdx = [
    ...["--input", idx("t10k-images-idx3-ubyte", 13, [200, 3, 4], real)],
    ...["--labels", idx("t10k-labels-idx1-ubyte", 8, [200], classes)],
  ];
  const again = succeed("compare", model, "--host-c", ...asIdx, "--limit", "50", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ accuracy, outputs });
});
