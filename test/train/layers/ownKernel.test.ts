import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import type { QuantizedOwn } from "../../../src/network/quantizedNetwork.js";
import { quantizeNetwork } from "../../../src/quantize/quantizeNetwork.js";
import { conv1d } from "../../../src/train/layers/conv1d.js";
import { dense } from "../../../src/train/layers/dense.js";
import { defineKernel, type KernelDefinition } from "../../../src/train/layers/ownKernel.js";
import { flatten } from "../../../src/train/layers/reshape.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { temporaryDirectory } from "../../firmware/images.js";
import { expectRightGradients } from "../gradientCheck.js";
import { userError } from "../userError.js";

const kernel = join(temporaryDirectory(), "products.ts");
writeFileSync(kernel, "// read when an experiment is loaded");

/** output[t, c] = input[t, c] · input[t + 1, c] */
const definition: KernelDefinition = {
  kernel,
  outputShape: ([length, channels]) => [length - 1, channels],
  forward(input, output, { inputShape: [, channels] }) {
    for (let i = 0; i < output.length; i++) output[i] = input[i] * input[i + channels];
  },
  backward(input, outputGradient, inputGradient, { inputShape: [, channels] }) {
    for (let i = 0; i < outputGradient.length; i++) {
      inputGradient[i] += outputGradient[i] * input[i + channels];
      inputGradient[i + channels] += outputGradient[i] * input[i];
    }
  },
  settle: ({ input, output, inputShape, outputShape }) => ({
    length: inputShape[0] - outputShape[0],
    zeroPoint: input.zeroPoint,
    table: Int32Array.of(output.zeroPoint),
  }),
};
const products = defineKernel(definition);

describe("defineKernel", () => {
  it("gives layers whose gradients hold against central differences, sample by sample", () => {
    expectRightGradients([6, 2], [conv1d(3, 2), products(), products(), flatten(), dense(2)]);
  });

  it("becomes its kernel's text, with the numbers and tables that were settled for the two scales", () => {
    const network = buildNetwork("own", [3, 1], [products()], new Random(1));
    const { layers, tensors } = quantizeNetwork(network, Tensor.from([1, 3, 1], [-1, 2, 0.5]));
    const [input, output] = tensors.map(({ quantization }) => quantization as { zeroPoint: number });
    expect(tensors.map(({ shape }) => shape)).toEqual([
      [3, 1],
      [2, 1],
    ]);
    expect(layers).toEqual([
      {
        ...{ kind: "own", name: "products_1", inputs: [0], output: 1 },
        kernel: { name: "products", text: "// read when an experiment is loaded" },
        numbers: { length: 1, zeroPoint: input.zeroPoint },
        tables: { table: Int32Array.of(output.zeroPoint) },
      } satisfies QuantizedOwn,
    ]);
  });

  it("shares its input's scale and zero point where it keeps the format", () => {
    const keeping = defineKernel({ ...definition, keepsFormat: true });
    const network = buildNetwork("own", [3, 1], [keeping()], new Random(1));
    const { tensors } = quantizeNetwork(network, Tensor.from([1, 3, 1], [-1, 2, 3]));
    expect(tensors[1].quantization).toEqual(tensors[0].quantization);
  });

  it.each<[string, Partial<KernelDefinition>, string]>([
    ["a file that is not there", { kernel: "nothing.ts" }, "nothing.ts"],
    [
      "a file that is not called after a function",
      { kernel: "a kernel.ts" },
      'defineKernel: kernel must be a .ts file with the name of the function that it exports, found "a kernel.ts"',
    ],
    [
      "no backward",
      { backward: undefined as never },
      "defineKernel: backward must be a function, found nothing",
    ],
  ])("refuses %s", (_, change, message) => {
    expect(() => defineKernel({ ...definition, ...change })).toThrow(message);
  });

  it("refuses an output shape that is none, and what settle gives that is no integer", () => {
    const build = (change: Partial<KernelDefinition>) =>
      buildNetwork("own", [3, 1], [defineKernel({ ...definition, ...change })()], new Random(1));
    expect(() => build({ outputShape: () => [0, 1] })).toThrow(
      userError('layer "products_1": outputShape() must give 1 to 8 sizes of 1 or more, found [0, 1]'),
    );
    const halved = build({ settle: () => ({ factor: 0.5 }) });
    expect(() => quantizeNetwork(halved, Tensor.from([1, 3, 1], [-1, 2, 3]))).toThrow(
      userError(
        'layer "products_1": settle() must give int32 numbers, Int8Array, Uint8Array and Int32Array, found factor: 0.5',
        "quantizeMultiplier() makes two integers of a real factor",
      ),
    );
  });
});
