import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LayerDump } from "../../src/compare/dumpLayers.js";
import { LayerComparer } from "../../src/compare/layers.js";
import { readSamples } from "../../src/formats/samples.js";
import type { Hello } from "../../src/link/messages.js";
import { expectLayers } from "../../src/link/runLayers.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { ports } from "../support/ports.js";

const quantization = { scale: 0.5, zeroPoint: -3 };
const shape = [2];
const lookup = { kind: "lookup", activation: "turn", table: new Int8Array(256) } as const;
const network: QuantizedNetwork = {
  name: "two tables",
  tensors: ["input", "first", "second"].map((name) => ({ name, shape, elementType: "int8", quantization })),
  ...ports(0, 2),
  layers: [
    { ...lookup, name: "turn/it around", inputs: [0], output: 1 },
    { ...lookup, name: "and back", inputs: [1], output: 2 },
  ],
};
const program = planProgram(network, { passes: false });
const bytes = (...values: number[]): Int8Array => Int8Array.of(...values);

describe("LayerComparer", () => {
  it("names the first layer, in the order of running, of the first sample that differs", () => {
    const comparer = new LayerComparer(program);
    comparer.add(0, [bytes(1, 2), bytes(3, 4)], [bytes(1, 2), bytes(3, 4)]);
    expect(comparer.firstDifference).toBeNull();
    comparer.add(1, [bytes(1, 2), bytes(3, 4)], [bytes(1, 2), bytes(3, -4)]);
    comparer.add(2, [bytes(1, 2), bytes(3, 4)], [bytes(0, 0), bytes(5, 4)]);
    expect(comparer.firstDifference).toEqual({
      ...{ layer: 1, name: "and back", sample: 1, index: 1 },
      ...{ host: 4, device: -4 },
    });
  });

  it("counts bytes and samples that differ for every layer", () => {
    const comparer = new LayerComparer(program);
    comparer.add(0, [bytes(1, 2), bytes(3, 4)], [bytes(1, 2), bytes(3, -4)]);
    comparer.add(1, [bytes(1, 2), bytes(3, 4)], [bytes(0, 0), bytes(5, 4)]);
    expect(comparer.comparisons).toMatchObject([
      { name: "turn/it around", shape, bytesCompared: 4, bytesDifferent: 2, samplesDifferent: 1 },
      { name: "and back", kind: "lookup", bytesDifferent: 2, samplesDifferent: 2 },
    ]);
    const firsts = comparer.comparisons.map(({ firstDifference }) => firstDifference);
    expect(firsts).toEqual([
      { sample: 1, index: 0, host: 1, device: 0 },
      { sample: 0, index: 1, host: 4, device: -4 },
    ]);
  });
});

describe("LayerDump", () => {
  it("writes each layer's samples, the host's beside them where they differ, and an index", () => {
    const folder = temporaryDirectory();
    const dump = new LayerDump(program);
    const comparer = new LayerComparer(program, dump.add);
    comparer.add(0, [bytes(1, 2), bytes(3, 4)], [bytes(1, 2), bytes(3, -4)]);
    comparer.add(1, [bytes(5, 6), bytes(7, 8)], [bytes(5, 6), bytes(7, 8)]);
    dump.write(folder);
    const read = (file: string) => {
      const { shape: found, data, type } = readSamples(join(folder, file));
      return [type, found, [...data]];
    };
    expect(readdirSync(folder).sort()).toEqual([
      ...["0-turn_it_around.npy", "1-and_back.host.npy", "1-and_back.npy", "layers.json"],
    ]);
    expect(read("0-turn_it_around.npy")).toEqual(["i1", [2, 2], [1, 2, 5, 6]]);
    expect(read("1-and_back.npy")).toEqual(["i1", [2, 2], [3, -4, 7, 8]]);
    expect(read("1-and_back.host.npy")).toEqual(["i1", [2, 2], [3, 4, 7, 8]]);
    expect(JSON.parse(readFileSync(join(folder, "layers.json"), "utf8")).layers[1]).toEqual({
      ...{ layer: 1, name: "and back", kind: "lookup", shape: [2], ...quantization },
      ...{ file: "1-and_back.npy", hostFile: "1-and_back.host.npy" },
    });
  });
});

describe("expectLayers", () => {
  const board = (layerNames: string[]) => ({ network: { layerNames } }) as unknown as Hello;

  it("refuses a board on which the same network has other layers", () => {
    expect(() => expectLayers(board(["turn/it around", "and back"]), program)).not.toThrow();
    expect(() => expectLayers(board(["turn/it around"]), program)).toThrow(
      'layer 1 is no layer on the board and "and back" here: the board has 1 layers, the host 2',
    );
    expect(() => expectLayers(board(["turn/it around", "other", "and back"]), program)).toThrow(
      'layer 1 is "other" on the board and "and back" here: the board has 3 layers, the host 2',
    );
  });
});
