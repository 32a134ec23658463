import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { readSamples, writeNpy } from "../../src/formats/samples.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { WindowNetwork } from "../support/randomWindows.js";
import { pinfer as run } from "./pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-stream-"));
afterAll(() => rmSync(folder, { recursive: true }));
const pinfer = (...words: string[]) => run(words);
const path = (name: string): string => join(folder, name);

/** Rows of a series, and how many a window has. */
const rows = 20;
const windowRows = 9;

describe("pinfer stream", () => {
  const draw = new WindowNetwork(new Random(3));
  const input = draw.put([windowRows, 1, 2]);
  const quantized = draw.finish(
    input,
    draw.dense(draw.lookup(draw.convolution(input, { kernel: 3, stride: 2 })), 3),
  );
  writeModel(path("model.json"), { network: undefined, quantized });
  const random = new Random(8);
  const series = Int8Array.from({ length: rows * 2 }, () => random.integer(256) - 128);

  it("writes a model that takes a sequence, and gives what the windows give", () => {
    const { stdout } = pinfer("stream", path("model.json"));
    expect(stdout).toContain('"windows" takes 2 rows a run; its answers count from run 5 after a reset on');
    expect(stdout).toMatch(/MACs: \d+ a run; a whole window takes \d+/);
    const { quantized: written } = readModel(path("model.stream.json"));
    expect(written?.fillRuns).toBe(4);

    writeNpy(path("sequence.npy"), series, [1, rows / 2, 2, 1, 2]);
    const stream = pinfer(
      "predict",
      path("model.stream.json"),
      "--input",
      path("sequence.npy"),
      "-o",
      path("stream.npy"),
    );
    expect(stream.code).toBe(0);
    // a window takes rows by twos and ends in the middle of a run's: the first begins at row 0, the next at 2, …
    const starts = [0, 2, 4, 6, 8, 10];
    const windows = Int8Array.from(
      starts.flatMap((first) => [...series.subarray(first * 2, (first + windowRows) * 2)]),
    );
    writeNpy(path("windows.npy"), windows, [starts.length, windowRows, 1, 2]);
    pinfer("predict", path("model.json"), "--input", path("windows.npy"), "-o", path("window.npy"));
    const [ofStream, ofWindows] = ["stream.npy", "window.npy"].map((name) => [
      ...readSamples(path(name)).data,
    ]);
    expect(ofStream!.slice(4 * 3)).toEqual(ofWindows);
  });

  it("adds a decision to probabilities, and to nothing else", () => {
    const refused = pinfer("stream", path("model.json"), "--detect", "0.5");
    expect(refused.stderr).toContain("where a detection takes probabilities: 1/256 and -128");
    const { length } = quantized.layers;
    const probabilities = { ...quantized.tensors.at(-1)!, quantization: { scale: 1 / 256, zeroPoint: -128 } };
    const network = { ...quantized, tensors: quantized.tensors.with(-1, probabilities) };
    const labelled = { ...network, outputs: [{ ...network.outputs[0]!, labels: ["a", "b", "c"] }] };
    writeModel(path("classes.json"), { network: undefined, quantized: labelled });
    expect(
      pinfer("stream", path("classes.json"), "--detect", "0.4", "--average", "2", "--hold-off", "1").code,
    ).toBe(0);
    const { quantized: written } = readModel(path("classes.stream.json"));
    expect(written!.layers.length).toBeGreaterThan(length + 1);
    expect(written!.layers.find(({ kind }) => kind === "detection")).toMatchObject({
      ...{ cutoff: 102, window: 2, holdOff: 1, frames: 2 },
    });
    expect(written!.outputs[0]!.labels).toEqual(["a", "b", "c", "a detected", "b detected", "c detected"]);
    const told = pinfer(
      "predict",
      path("classes.stream.json"),
      "--input",
      path("sequence.npy"),
      "-o",
      path("heard.npy"),
    );
    expect(told.code).toBe(0);
    const { data } = readSamples(path("heard.npy"));
    const flags = Array.from({ length: rows / 2 }, (_, run) => [...data.slice(run * 6 + 3, run * 6 + 6)]);
    expect(new Set(flags.flat())).toEqual(new Set([-128, 127]));
  });

  it("says how it goes on, as JSON too, and refuses a stream", () => {
    const { stdout } = pinfer("stream", path("model.json"), "--hop", "4", "-o", path("four.json"), "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      model: path("four.json"),
      hop: 4,
      window: 10,
      fillRuns: 2,
      notes: [],
    });
    const again = pinfer("stream", path("four.json"));
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("keeps states from run to run: it is a stream already");
    const odd = pinfer("stream", path("model.json"), "--hop", "3");
    expect(odd.stderr).toContain(
      "a step of the stream must be a multiple of 2 rows, up to the window's 9, found 3",
    );
  });
});
