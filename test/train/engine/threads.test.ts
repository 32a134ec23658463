import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { FloatArray } from "../../../src/base/tensor.js";
import { Machine } from "../../../src/train/engine/machine.js";
import { openEngine } from "../../../src/train/engine/openEngine.js";
import { type Ops, typescriptOps } from "../../../src/train/ops/index.js";
import { type Operation, randomValues } from "./sameBits.js";

const machine = Machine.get();
if (machine === undefined) throw new Error("there is no WebAssembly here");
const { threads } = machine;

/** One processor has no helpers: then there is nothing to compare. */
const describeIfMany = threads.limit > 1 ? describe : describe.skip;

/** Large enough that every kernel is shared out. */
const image = {
  ...{ batch: 8, inHeight: 20, inWidth: 18, inChannels: 16, outHeight: 20, outWidth: 18, outChannels: 16 },
  ...{ filterHeight: 3, filterWidth: 3, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 },
  ...{ paddingTop: 1, paddingLeft: 1 },
};
const imageLength = 8 * 20 * 18 * 16;
const window = { windowHeight: 2, windowWidth: 2, strideY: 2, strideX: 2, paddingTop: 0, paddingLeft: 0 };
const pooling = { ...window, batch: 8, channels: 16, inHeight: 20, inWidth: 18, outHeight: 10, outWidth: 9 };
const affine = { batch: 32, inFeatures: 256, outFeatures: 128 };

type Place = Parameters<Operation>[1];
const placed = (place: Place, count: number, length: number): FloatArray[] =>
  Array.from({ length: count }, (_, k) => place(randomValues(k + length, length)));

const operations: Readonly<Record<string, Operation>> = {
  "fully connected products": (ops, place) => {
    const [weights, gradient] = placed(place, 2, 256 * 128);
    const [input, inputGradient] = placed(place, 2, 32 * 256);
    const [output, outputGradient] = placed(place, 2, 32 * 128);
    ops.affineForward(affine, input, weights, undefined, output);
    ops.affineWeightGradient(affine, input, outputGradient, gradient);
    ops.affineInputGradient(affine, outputGradient, weights, inputGradient);
    return [output, gradient, inputGradient];
  },
  "products that skip zeros": (ops, place) => {
    const [weights, gradient] = placed(place, 2, 256 * 128);
    const input = place(randomValues(1, 32 * 256, 0.8));
    const [output, outputGradient] = placed(place, 2, 32 * 128);
    ops.affineForward(affine, input, weights, undefined, output);
    ops.affineWeightGradient(affine, input, outputGradient, gradient);
    return [output, gradient];
  },
  convolutions: (ops, place) => convolve(ops, place, "convolution", 16 * 9 * 16),
  "depthwise convolutions": (ops, place) => convolve(ops, place, "depthwise", 9 * 16),
  pooling: (ops, place) => {
    const [input, inputGradient] = placed(place, 2, imageLength);
    const [output, outputGradient] = placed(place, 2, imageLength / 4);
    ops.maxPoolForward(pooling, input, output);
    ops.maxPoolBackward(pooling, input, output, outputGradient, inputGradient);
    return [output, inputGradient];
  },
  "batch normalization": (ops, place) => {
    const rows = imageLength / 16;
    const [input, outputGradient, output] = placed(place, 3, imageLength);
    const [mean, factor, offset] = placed(place, 3, 16);
    const sums = Array.from({ length: 4 }, () => new Float64Array(16));
    ops.channelStatistics(rows, 16, input, sums[0], sums[1]);
    ops.channelGradientSums(rows, 16, input, mean, outputGradient, sums[2], sums[3]);
    ops.normalizeChannels(rows, 16, input, mean, { factor, offset }, output);
    return [output, ...sums];
  },
  "steps of Adam": (ops, place) => {
    const [value, gradient, first, second] = placed(place, 4, 70_001);
    for (let k = 0; k < second.length; k++) second[k] = Math.abs(second[k]);
    const constants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, firstRate: 0.01, secondScale: 2, decay: 0 };
    ops.adamStep(value, gradient, first, second, constants);
    return [value, first, second];
  },
};

function convolve(
  ops: Ops,
  place: Place,
  kind: "convolution" | "depthwise",
  weightCount: number,
): FloatArray[] {
  const [weights, weightGradient] = placed(place, 2, weightCount);
  const [input, output, outputGradient, inputGradient] = placed(place, 4, imageLength);
  ops[`${kind}Forward`](image, input, weights, undefined, output);
  ops[`${kind}WeightGradient`](image, input, outputGradient, weightGradient);
  ops[`${kind}InputGradient`](image, outputGradient, weights, inputGradient);
  return [output, weightGradient, inputGradient];
}

const bitsOf = (arrays: readonly FloatArray[]) =>
  arrays.map((array) => Buffer.from(array.slice().buffer).toString("base64"));

function inEngine(operation: Operation, isShared: boolean): string[] {
  const engine = openEngine("float32");
  threads.isActive = isShared;
  const place = (values: FloatArray) => {
    const held = engine.createFloats("float32", values.length);
    held.set(values);
    return held;
  };
  const bits = bitsOf(operation(engine.ops, place));
  engine.close();
  return bits;
}

describeIfMany("helping threads", () => {
  beforeAll(async () => {
    threads.start();
    while (!threads.isReady) await new Promise(setImmediate);
  });

  it.each(Object.keys(operations))("change no bit of %s", (name) => {
    const expected = bitsOf(operations[name](typescriptOps, (values) => values.slice()));
    expect(inEngine(operations[name], false)).toEqual(expected);
    for (let time = 0; time < 3; time++) expect(inEngine(operations[name], true)).toEqual(expected);
  });

  it("take each chunk of each of many short jobs once", () => {
    const length = 4 * 640;
    const engine = openEngine("float32");
    const [ones, counts] = [engine.createFloats("float32", length), engine.createFloats("float32", length)];
    ones.fill(1);
    machine.prepare("Unary", { input: ones.byteOffset, output: counts.byteOffset });
    threads.isActive = true;
    for (let time = 0; time < 5000; time++) machine.run("accumulate", length / 4, 10);
    threads.isActive = false;
    expect(new Set(counts)).toEqual(new Set([5000]));
    engine.close();
  });

  it("do not keep the process alive, asleep or at work", () => {
    const url = new URL("../../../dist/src/train/engine/machine.js", import.meta.url);
    const code = `
      const { Machine } = await import(${JSON.stringify(url.href)});
      const { threads } = Machine.get();
      threads.start();
      while (!threads.isReady) await new Promise(setImmediate);`;
    const { status, signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      encoding: "utf8",
      timeout: 15_000,
    });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  });
});
