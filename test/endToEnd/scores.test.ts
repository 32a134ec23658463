import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../src/formats/samples.js";
import { writeModel } from "../../src/model/modelFile.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { squaredDistanceNetwork } from "../support/distanceNetworks.js";
import { succeed } from "./projects.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const scale = Math.fround(0.0625 / 6);

/** A network with the benchmark's name for its autoencoder, and inputs around a threshold. */
const network = {
  ...squaredDistanceNetwork(Int8Array.from({ length: 256 }, (_, i) => 127 - i)),
  name: "ad01",
};
const inputs = [0, 1, 2, 3, 4].map((k) => Int8Array.of(k, -k, 3 * k, 0, 0, k - 128 * Number(k > 3)));
const scores = inputs.map((input) => runProgram(planProgram(network), input)[0]!);
const [, , threshold] = scores as [number, number, number];
const reals = inputs.flatMap((input) => Array.from(input, (value) => 0.25 * (value + 7)));

beforeAll(() => {
  const outputs = network.outputs.map((port) => ({ ...port, threshold }));
  writeModel(path("ad01.json"), { network: undefined, quantized: { ...network, outputs } });
  writeNpy(path("inputs.npy"), Float32Array.from(reals), [5, 6]);
});

describe("a network whose output is an error", () => {
  it("answers MLPerf Tiny's runner with it, to the last bit", () => {
    const { stdout } = succeed(
      ...["dut", path("ad01.json"), "--host-c", "--input", path("inputs.npy"), "--runs", "1", "--json"],
    );
    const { samples, ...rest } = JSON.parse(stdout) as { samples: { results: number[]; int32: number[] }[] };
    expect(samples.map(({ int32 }) => int32)).toEqual(scores.map((score) => [score]));
    expect(samples.map(({ results }) => results)).toEqual(scores.map((score) => [score * scale]));
    expect(rest).toMatchObject({ input: "f32", result: "outputs", valuesCompared: 5, valuesDiffering: 0 });
  });

  it("is told by monitor: at the threshold it is normal, above it an anomaly", () => {
    const { stdout } = succeed(
      ...["monitor", path("ad01.json"), "--host-c", "--input", path("inputs.npy")],
      ...["--count", "5", "--every", "1", "--json"],
    );
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const shown = lines.filter(({ event }) => event === "inference");
    expect(shown.map(({ output }) => output)).toEqual(scores.map((score) => [score]));
    expect(shown.map(({ anomaly }) => anomaly)).toEqual(scores.map((score) => score > threshold));
    expect(new Set(shown.map(({ anomaly }) => anomaly)).size).toBe(2);
    expect(lines.at(-1)).toMatchObject({
      event: "summary",
      anomalies: scores.filter((score) => score > threshold).length,
    });
  });
});
