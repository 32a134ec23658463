import { symlinkSync } from "node:fs";
import { zipSync } from "fflate";
import { dump } from "npyjs";
import { describe, expect, it } from "vitest";
import { Tensor } from "../../../src/base/tensor.js";
import { arrays } from "../../../src/train/data/arrays.js";
import { imageFolder } from "../../../src/train/data/imageFolder.js";
import { useDataFolder } from "./dataFolder.js";
import { exifOf } from "./exif.js";
import { makePng } from "./makePng.js";

const folder = useDataFolder();
const npy = (data: Parameters<typeof dump>[0], shape: number[]) => new Uint8Array(dump(data, shape));

describe("arrays", () => {
  const x = npy(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), [4, 2]);
  const y = npy(Int32Array.of(0, 1, 0, 1), [4]);

  it("reads .npy, .npz and IDX files", () => {
    const expected = {
      inputs: Tensor.from([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
      targets: Int32Array.of(0, 1, 0, 1),
    };
    expect(arrays({ inputs: folder.write("x.npy", x), labels: folder.write("y.npy", y) }).train).toEqual(
      expected,
    );
    const path = folder.write("a.npz", zipSync({ "x.npy": x, "y.npy": y }));
    expect(arrays({ inputs: `${path}:x`, labels: `${path}:y` }).train).toEqual(expected);
    const images = folder.write(
      "images-idx2-ubyte",
      Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8),
    );
    const labels = folder.write("labels-idx1-ubyte", Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 0, 1));
    expect(arrays({ inputs: images, labels }).train).toEqual(expected);
  });

  it("reads real targets, and test data of its own or a share", () => {
    const inputs = folder.write("x.npy", x);
    const targets = folder.write("t.npy", npy(Float32Array.of(1, 2, 3, 4), [4]));
    expect(arrays({ inputs, targets }).train.targets).toEqual(Tensor.from([4, 1], [1, 2, 3, 4]));
    expect(arrays({ inputs, targets, test: 0.25 }).test?.inputs.shape).toEqual([1, 2]);
    expect(arrays({ inputs, targets, test: { inputs, targets } })).toMatchObject({
      train: { inputs: { shape: [4, 2] } },
      test: { inputs: { shape: [4, 2] } },
    });
  });

  it("refuses what does not fit", () => {
    const inputs = folder.write("x.npy", x);
    const labels = folder.write("y.npy", npy(Int32Array.of(0, 1, -1), [3]));
    expect(folder.complaint(() => arrays({ inputs, labels }))).toBe(
      "y.npy: label 2 is -1; expected a class number from 0",
    );
    folder.write("y.npy", npy(Int32Array.of(0, 1, 1), [3]));
    expect(folder.complaint(() => arrays({ inputs, labels }))).toBe("x.npy has 4 samples, y.npy has 3");
    expect(folder.complaint(() => arrays({ inputs, labels: inputs }))).toBe(
      "x.npy: has shape [4, 2]; expected [samples], one class each",
    );
    const large = folder.write("l.npy", npy(Float64Array.of(1, 1e300, 2, 3), [4]));
    expect(folder.complaint(() => arrays({ inputs: large, targets: large }))).toBe(
      "l.npy: value 1 is 1e+300; expected a number in float32's range",
    );
    folder.write("two.npy", Buffer.concat([x, x]));
    expect(folder.complaint(() => arrays({ inputs: `${folder.path}/two.npy`, labels }))).toBe(
      "two.npy: u1 [4, 2] takes 8 B, the file holds 80 B",
    );
    expect(folder.complaint(() => arrays({ inputs }))).toBe("arrays: x.npy has neither labels nor targets");
  });
});

describe("imageFolder", () => {
  const grey = (width: number, height: number, value: number) => {
    const row = [0, ...new Array<number>(width).fill(value)];
    return makePng({ width, height, depth: 8, colourType: 0, data: new Array(height).fill(row).flat() });
  };

  it("reads a folder for each class, in a given size", () => {
    folder.write("off/1.png", grey(4, 4, 0));
    folder.write("on/1.PNG", grey(2, 2, 255));
    folder.write("on/2.png", grey(8, 2, 51));
    const { train } = imageFolder(folder.path, { size: [2, 2] });
    expect(train).toEqual({
      inputs: Tensor.from([3, 2, 2, 1], [0, 0, 0, 0, 1, 1, 1, 1, 0.2, 0.2, 0.2, 0.2]),
      targets: Int32Array.of(0, 1, 1),
      classNames: ["off", "on"],
    });
    expect(imageFolder(folder.path, { size: [2, 2], color: "rgb" }).train.inputs.shape).toEqual([3, 2, 2, 3]);
  });

  it("names what is of another size or cannot be read, or leaves it out and counts it", () => {
    folder.write("a/1.png", grey(2, 2, 0));
    folder.write("b/1.png", grey(2, 2, 9));
    folder.write("b/2.png", "no image");
    expect(folder.complaint(() => imageFolder(folder.path))).toBe(
      "b/2.png: begins with 6e6f2069; expected a PNG or JPEG",
    );
    expect(imageFolder(folder.path, { onBadFile: "skip" })).toMatchObject({
      train: { inputs: { shape: [2, 2, 2, 1] } },
      skipped: { count: 1 },
    });
    folder.write("b/2.png", grey(3, 2, 9));
    expect(folder.complaint(() => imageFolder(folder.path))).toBe(
      "b/2.png: has 2 × 3 pixels; the images before have 2 × 2",
    );
  });

  it("warns of images that are not read, whether of their kind or of their place", () => {
    folder.write("a/1.png", grey(2, 2, 0));
    folder.write("b/1.png", grey(2, 2, 9));
    expect(imageFolder(folder.path).warnings).toBeUndefined();
    for (const name of ["a/2.webp", "b/more/2.png", "3.jpg", "a/notes.txt"]) folder.write(name, "");
    expect(imageFolder(folder.path).warnings).toEqual([
      {
        message: `${folder.path}: 3 images are not read, the first: ${folder.path}/3.jpg`,
        hint: "save them as .png or .jpg in the folder of their class",
      },
    ]);
  });

  it("keeps a class's only image to train by", () => {
    for (let i = 0; i < 6; i++) folder.write(`a/${i}.png`, grey(2, 2, 0));
    folder.write("b/1.png", grey(2, 2, 9));
    for (let seed = 0; seed < 8; seed++) {
      const { train } = imageFolder(folder.path, { test: 0.5, seed });
      expect([...(train.targets as Int32Array)]).toContain(1);
    }
  });

  it("turns a phone's photo upright", () => {
    // 16 × 8, the left half white; Orientation 6: held so that it is to be turned clockwise.
    const rowBytes = [0, ...new Array<number>(8).fill(255), ...new Array<number>(8).fill(0)];
    const png = (orientation: number) =>
      makePng({
        width: 16,
        height: 8,
        depth: 8,
        colourType: 0,
        data: new Array(8).fill(rowBytes).flat(),
        chunks: [["eXIf", [...exifOf(orientation)]]],
      });
    folder.write("a/1.png", png(6));
    folder.write("b/1.png", png(1));
    const { train } = imageFolder(folder.path, { size: [8, 8] });
    const [turned, plain] = [0, 1].map((sample) => [
      ...train.inputs.data.subarray(64 * sample, 64 * sample + 64),
    ]);
    expect([turned.slice(0, 8), turned.slice(56)]).toEqual([new Array(8).fill(1), new Array(8).fill(0)]);
    expect(plain.slice(0, 8)).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });

  it("follows links to folders", () => {
    folder.write("data/a/1.png", grey(2, 2, 0));
    folder.write("elsewhere/1.png", grey(2, 2, 9));
    symlinkSync(`${folder.path}/elsewhere`, `${folder.path}/data/b`);
    expect(imageFolder(`${folder.path}/data`).train.classNames).toEqual(["a", "b"]);
  });

  it("refuses a folder without images, or a size that is none", () => {
    expect(folder.complaint(() => imageFolder(folder.path))).toBe(
      ".: holds no folder with .png, .jpg or .jpeg files",
    );
    expect(folder.complaint(() => imageFolder(folder.path, { size: [0, 9] }))).toBe(
      "imageFolder: size must be two integers 1..4096, found [0, 9]",
    );
  });
});
