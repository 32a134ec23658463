import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { readSamples } from "../../src/formats/samples.js";
import { type Softmax, softmax } from "../../src/kernels/softmax.js";
import type { QuantizedNetwork, QuantizedSoftmax } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { planSoftmax } from "../../src/plan/planSoftmax.js";
import { runProgram } from "../../src/program/runProgram.js";
import { softmaxExponentials } from "../../src/quantize/exponential.js";
import { runInC } from "../codegen/runNetwork.js";
import { context } from "../support/layerContext.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { ports } from "../support/ports.js";

const layer: QuantizedSoftmax = { kind: "softmax", name: "softmax", inputs: [0], output: 1, beta: 1 };
const output = { scale: 1 / 256, zeroPoint: -128 };

function run(logits: ArrayLike<number>, scale: number): number[] {
  const exponentials = softmaxExponentials(1, scale);
  const settled: Softmax = { size: logits.length, exponentials, exponentialCount: exponentials.length };
  const found = new Int8Array(logits.length);
  softmax(settled, Int8Array.from(logits), found);
  return [...found];
}

/** round(256 · softmax) − 128 in double precision. */
function inDouble(logits: readonly number[], scale: number): number[] {
  const maximum = Math.max(...logits);
  const powers = logits.map((q) => Math.exp((q - maximum) * scale));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => Math.min(127, Math.round((256 * power) / sum) - 128));
}

describe("softmax", () => {
  it("shares 1 equally among equal logits", () => {
    // 256/2 = 128; 256/4 = 64; 256/3 = 85.3; less 128
    expect(run([5, 5], 0.1)).toEqual([0, 0]);
    expect(run([-128, -128, -128, -128], 0.1)).toEqual([-64, -64, -64, -64]);
    expect(run([127, 127, 127], 2)).toEqual([-43, -43, -43]);
  });

  it("gives one class all of it, clamped to 127", () => {
    // 256/256 − 128 = 128 has no int8
    expect(run([-128], 1)).toEqual([127]);
    expect(run([127], 0.001)).toEqual([127]);
  });

  it("shares between ties, and gives nothing to what lies far below", () => {
    expect(run([100, -128, 100, -128], 1)).toEqual([0, -128, 0, -128]);
    expect(run([127, -128], 1)).toEqual([127, -128]);
  });

  it("gives values by hand", () => {
    // exp(−ln 3) = 1/3: shares 3/4 and 1/4, so 192 and 64
    expect(run([0, -1], Math.log(3))).toEqual([64, -64]);
  });

  it("takes three Newton steps: after two the reciprocal would still change a byte", () => {
    // e^5.3125 = 202.86; 256 · 202.86 / 204.86 − 128 = 125.5007, which two steps put below 125.5
    expect(run([-43, -128, -128], 1 / 16)).toEqual([126, -127, -127]);
  });

  it("is within one step of double precision", () => {
    const random = new Random(3);
    for (let trial = 0; trial < 300; trial++) {
      const size = 1 + random.integer(20);
      const scale = 2 ** (10 * random.uniform() - 9);
      const logits = Array.from({ length: size }, () => random.integer(256) - 128);
      const expected = inDouble(logits, scale);
      const differences = run(logits, scale).map((q, i) => Math.abs(q - expected[i]));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    }
  });

  it("takes 511 equal logits, where the sum is largest, in TypeScript and in C", () => {
    const network: QuantizedNetwork = {
      name: "wide",
      tensors: [
        { elementType: "int8", name: "input", shape: [511], quantization: { scale: 0.25, zeroPoint: 0 } },
        { elementType: "int8", name: "softmax", shape: [511], quantization: output },
      ],
      ...ports(0, 1),
      layers: [layer],
    };
    const program = planProgram(network);
    const equal = new Int8Array(511).fill(-7);
    const one = new Int8Array(511).fill(-128);
    one[510] = 127;
    const expected = [equal, one].map((input) => [...runProgram(program, input)]);
    // 256/511 = 0.501 → 1
    expect(new Set(expected[0])).toEqual(new Set([-127]));
    expect(expected[1]).toEqual([...new Array<number>(510).fill(-128), 127]);
    expect(runInC(program, kernels, [equal, one])).toEqual(expected.flatMap((row) => [...row, ...row]));
  });
});

describe("softmax of several rows", () => {
  it("gives each row what it gives it alone, in C too, in the input's memory", () => {
    const shape = [4, 5, 3];
    const network: QuantizedNetwork = {
      name: "map",
      tensors: [
        { name: "input", shape, elementType: "int8", quantization: { scale: 0.05, zeroPoint: 3 } },
        { name: "map", shape, elementType: "int8", quantization: output },
      ],
      ...ports(0, 1),
      layers: [layer],
    };
    const program = planProgram(network);
    expect([program.calls[0]!.kernel, program.arenaBytes]).toEqual(["softmaxRows", 60]);
    const random = new Random(5);
    const input = Int8Array.from({ length: 60 }, () => random.integer(256) - 128).fill(9, 3, 6);
    const alone = Array.from({ length: 20 }, (_, row) => run(input.subarray(row * 3, row * 3 + 3), 0.05));
    expect([...runProgram(program, input)]).toEqual(alone.flat());
    expect(runInC(program, kernels, [input])).toEqual([...alone.flat(), ...alone.flat()]);
  });
});

describe("planSoftmax", () => {
  const input = (shape: number[]) => ({
    name: "x",
    shape,
    elementType: "int8" as const,
    quantization: { scale: 0.1, zeroPoint: 0 },
  });
  const to = { name: "y", shape: [2], elementType: "int8" as const, quantization: output };

  it.each([
    [[512], to, 'layer "softmax": softmax takes up to 511 values, found 512'],
    [
      [2],
      { ...to, quantization: { scale: 1 / 128, zeroPoint: -128 } },
      'layer "softmax": softmax gives scale 1/256 and zero point -128, its output has 0.0078125 and -128',
    ],
    [
      [2],
      { ...to, quantization: { scale: 1 / 256, zeroPoint: 0 } },
      'layer "softmax": softmax gives scale 1/256 and zero point -128, its output has 0.00390625 and 0',
    ],
  ] as const)("refuses input %j", (shape, target, message) => {
    expect(() => planSoftmax(layer, context(input([...shape]), target))).toThrow(message);
  });
});

const models = fileURLToPath(new URL("../../../shared/mlperf-tiny", import.meta.url));

describe("softmax against TensorFlow Lite Micro", () => {
  if (!existsSync(models)) {
    it.skip("needs the golden vectors in ../shared/mlperf-tiny, which are not here", () => {});
    return;
  }
  it.each(["kws", "ic", "vww"])("gives the bytes of its reference kernel on all logits of %s", (name) => {
    const graph = JSON.parse(readFileSync(`${models}/${name}/graph.json`, "utf8")) as {
      ops: { op: string; options: { beta: number }; inputs: { scale: number[] }[] }[];
    };
    const operator = graph.ops.find(({ op }) => op === "SOFTMAX")!;
    expect(operator.options.beta).toBe(1);
    const logits = readSamples(`${models}/${name}/logits.npy`);
    const golden = readSamples(`${models}/${name}/outputs.npy`);
    const [count, size] = logits.shape;
    expect(count).toBe(96);
    const found = Array.from({ length: count }, (_, row) =>
      run(logits.data.subarray(row * size, (row + 1) * size), operator.inputs[0].scale[0]),
    );
    expect(found.flat()).toEqual([...golden.data]);
  });
});
