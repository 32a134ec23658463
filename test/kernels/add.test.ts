import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSamples } from "../../src/formats/samples.js";
import type { QuantizedTensor } from "../../src/network/quantizedNetwork.js";
import { runProgram } from "../../src/program/runProgram.js";
import { firstDifference } from "../support/firstDifference.js";
import { chooseKernel, everyInt8, oneCall, tensor } from "../support/oneCall.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

const clamp = { activationMin: -128, activationMax: 127 };

type Clamp = typeof clamp;

function plan(inputs: readonly QuantizedTensor[], output: QuantizedTensor, { ...bounds }: Clamp = clamp) {
  return (optimize: "speed" | "size", place: "behind" | number = "behind") => {
    const choice = chooseKernel({ kind: "add", ...bounds }, inputs, output, optimize);
    return { kernel: choice.kernel, program: oneCall(choice, inputs, output, place) };
  };
}

/** Both kernels' sum of single values. */
function sums(a: number[], b: number[], scales: [number, number, number], zeroPoints = [0, 0, 0]) {
  const inputs = [0, 1].map((i) => tensor([a.length], scales[i], zeroPoints[i]));
  const planned = plan(inputs, tensor([a.length], scales[2], zeroPoints[2]));
  return (["speed", "size"] as const).map((mode) => [
    ...runProgram(planned(mode).program, Int8Array.from([...a, ...b])),
  ]);
}

/** Every pair of int8 values: 65 536 of a, then of b. */
const everyPair = Int8Array.from([
  ...Array.from({ length: 65536 }, (_, i) => (i & 255) - 128),
  ...Array.from({ length: 65536 }, (_, i) => (i >> 8) - 128),
]);

describe("add", () => {
  it("subtracts zero points, brings both to one scale and adds the output's zero point", () => {
    // (10−2)·0.5 + (3+1)·0.25 = 5; 5/0.5 − 7 = 3.  (−6−2)·0.5 + (7+1)·0.25 = −2; −4 − 7 = −11
    expect(sums([10, -6], [3, 7], [0.5, 0.25, 0.5], [2, -1, -7])).toEqual([
      [3, -11],
      [3, -11],
    ]);
  });

  it("rounds ties away from zero on both sides", () => {
    // (1 + 0)/2 = 0.5 → 1; (−1 + 0)/2 = −0.5 → −1; (2 + 1)/2 = 1.5 → 2; (−2 − 1)/2 → −2
    expect(sums([1, -1, 2, -2], [0, 0, 1, -1], [1, 1, 2])).toEqual([
      [1, -1, 2, -2],
      [1, -1, 2, -2],
    ]);
  });

  it("clamps to the fused activation", () => {
    const inputs = [tensor([3]), tensor([3])];
    const planned = plan(inputs, tensor([3]), { activationMin: 0, activationMax: 6 });
    const input = Int8Array.of(-100, 2, 100, -100, 3, 100);
    expect([...runProgram(planned("speed").program, input)]).toEqual([0, 5, 6]);
    expect([...runProgram(planned("size").program, input)]).toEqual([0, 5, 6]);
  });

  it("gives the reference's bytes by table, for all pairs of values", () => {
    const scale = fc
      .integer({ min: -(2 ** 20), max: 2 ** 20 })
      .map((n) => Math.fround(0.05 * 16 ** (n / 2 ** 20)));
    const zeroPoint = fc.integer({ min: -128, max: 127 });
    const drawn = fc.record({
      scales: fc.tuple(scale, scale, scale),
      zeroPoints: fc.tuple(zeroPoint, zeroPoint, zeroPoint),
      isRelu: fc.boolean(),
    });
    let tables = 0;
    const runs = fc.sample(drawn, { seed: 11, numRuns: 40 });
    for (const { scales, zeroPoints, isRelu } of runs) {
      const inputs = [0, 1].map((i) => tensor([65536], scales[i], zeroPoints[i]));
      const bounds = { activationMin: isRelu ? zeroPoints[2] : -128, activationMax: 127 };
      const planned = plan(inputs, tensor([65536], scales[2], zeroPoints[2]), bounds);
      const fast = planned("speed");
      if (fast.kernel === "addTable") tables++;
      const expected = runProgram(planned("size").program, everyPair);
      expect(firstDifference(runProgram(fast.program, everyPair), expected)).toBeNull();
    }
    expect(tables).toBe(runs.length);
  });

  it("gives the same bytes in TypeScript and in the emitted C, also in place of either input", () => {
    for (const place of ["behind", 0, 1] as const) {
      for (const mode of ["speed", "size"] as const) {
        const inputs = [tensor([257], 0.061, -128), tensor([257], 0.0497, 3)];
        const { program } = plan(inputs, tensor([257], 0.07, -11))(mode, place);
        const wrap = (values: Int8Array) => [...values, values[0]];
        const data = Int8Array.from([...wrap(everyInt8), ...wrap(everyInt8.toReversed())]);
        expect(runGenerated(program, [data])).toEqual(runOracle(program, [data]));
      }
    }
  });

  it("sums an activation with itself", () => {
    const one = tensor([256], 0.1, 5);
    const choice = chooseKernel({ kind: "add", ...clamp }, [one, one], tensor([256], 0.2, 5));
    const program = oneCall(choice, [one], tensor([256], 0.2, 5), 0);
    const [call] = program.calls;
    const twice = { ...program, calls: [{ ...call, inputs: [call.inputs[0], call.inputs[0]] }] };
    // 2 · 0.1 · (q − 5) / 0.2 + 5 = q
    expect(runProgram(twice, everyInt8)).toEqual(everyInt8);
    expect(runGenerated(twice, [everyInt8])).toEqual(runOracle(twice, [everyInt8]));
  });
});

describe("planAdd", () => {
  it("refuses inputs that do not fill the output, and an output that is far too fine", () => {
    expect(() => plan([tensor([2, 3]), tensor([2])], tensor([2, 3]))("speed")).toThrow(
      'layer "layer": inputs of shapes [2, 3] and [2] should fill [2, 3]',
    );
    expect(() => plan([tensor([1]), tensor([1], 2 ** 19)], tensor([1]))("speed")).toThrow(
      "layer \"layer\": the inputs' scale 524288 is over 524288 times the output's 1",
    );
  });
});

const models = fileURLToPath(new URL("../../../shared/mlperf-tiny", import.meta.url));

interface Tensor {
  readonly shape: number[];
  readonly scale: number[];
  readonly zero_point: number[];
}

describe("add against TensorFlow Lite Micro", () => {
  if (!existsSync(models)) {
    it.skip("needs the golden vectors in ../shared/mlperf-tiny, which are not here", () => {});
    return;
  }
  // ic: layers 3, 7 and 11 add the outputs of two others
  it.each([
    [3, 0, 2],
    [7, 6, 5],
    [11, 10, 9],
  ])("gives the bytes of its reference kernel in layer %i of ic", (layer, first, second) => {
    const { layers } = JSON.parse(readFileSync(`${models}/ic/layers.json`, "utf8")) as {
      layers: (Tensor & { offset: number; bytes: number })[];
    };
    const graph = JSON.parse(readFileSync(`${models}/ic/graph.json`, "utf8")) as {
      ops: { inputs: Tensor[]; outputs: Tensor[] }[];
    };
    const described = (found: Tensor) => tensor(found.shape, found.scale[0], found.zero_point[0]);
    const inputs = graph.ops[layer].inputs.map(described);
    const output = described(graph.ops[layer].outputs[0]);
    for (const vector of ["000", "059", "078", "092"]) {
      const dump = readSamples(`${models}/ic/layers_of_${vector}.npy`).data as Int8Array;
      const part = (index: number) =>
        dump.subarray(layers[index].offset, layers[index].offset + layers[index].bytes);
      for (const mode of ["speed", "size"] as const) {
        const { kernel, program } = plan(inputs, output)(mode);
        expect(kernel).toBe(mode === "speed" ? "addTable" : "add");
        const found = runProgram(program, Int8Array.from([...part(first), ...part(second)]));
        expect(firstDifference(found, part(layer))).toBeNull();
      }
    }
  });
});
