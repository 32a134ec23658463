import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { acceptChanges } from "../../src/board/manifest.js";
import { pinfer, type Result } from "../cli/pinfer.js";

/** A network of every kind of layer on points of 12 coordinates around one of four corners: trains in 50 ms. */
export const cornersExperiment = `
import { accuracy, adam, dense, Random, relu, softmax, softmaxCrossEntropy, Tensor } from "pinfer";

const random = new Random(7);

function points(count: number) {
  const targets = Uint8Array.from({ length: count }, (_, i) => i % 4);
  const inputs = Float32Array.from({ length: 12 * count }, (_, i) => {
    const isOn = Math.floor((i % 12) / 3) === targets[Math.floor(i / 12)];
    return (isOn ? 1 : 0) + 0.5 * random.normal();
  });
  return { inputs: Tensor.from([count, 12], inputs), targets };
}

export default {
  name: "corners",
  seed: 3,
  data: { train: points(400), test: points(200) },
  network: [dense(16), relu(), dense(4), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 6,
  batchSize: 16,
  metrics: [accuracy],
};
`;

export const streetLight = fileURLToPath(
  new URL("../../examples/street-light/experiment.ts", import.meta.url),
);

/** Runs a command that must succeed. */
export function succeed(...programArguments: string[]): Result {
  const result = pinfer(programArguments);
  expect([programArguments.join(" "), result.code, result.code === 0 ? "" : result.stderr]).toEqual([
    programArguments.join(" "),
    0,
    "",
  ]);
  return result;
}

function trainIn(folder: string): void {
  const experiment = join(folder, "experiment.ts");
  writeFileSync(experiment, cornersExperiment);
  succeed("train", experiment, "-o", join(folder, "model.json"), "--test-samples", join(folder, "samples"));
}

/**
 * Trains the corners into <folder>/model.json with <folder>/samples/inputs.npy and labels.npy; once for many test files,
 * since the same experiment gives the same bytes (way.test.ts).
 */
export function trainCorners(folder: string): void {
  const all = process.env.TESTS_KEEP;
  const kept = all === undefined ? folder : join(all, "corners");
  if (all === undefined) trainIn(folder);
  else if (!existsSync(kept)) {
    const own = mkdtempSync(join(all, "corners-"));
    trainIn(own);
    try {
      renameSync(own, kept);
    } catch {
      rmSync(own, { recursive: true }); // another file was first
    }
  }
  if (kept !== folder) cpSync(kept, folder, { recursive: true });
}

/** Path below the folder → contents, as text of one character a byte. */
export function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return Object.fromEntries(
    paths.map((path) => [relative(folder, path), readFileSync(path).toString("latin1")]),
  );
}

/** A copy of an exported folder in which one text is replaced, on purpose; the text must be there once. */
export function copyChanged(folder: string, copy: string, file: string, before: string, after: string): void {
  cpSync(folder, copy, { recursive: true });
  const parts = readFileSync(join(copy, file), "utf8").split(before);
  expect([file, before, parts.length - 1]).toEqual([file, before, 1]);
  writeFileSync(join(copy, file), parts.join(after));
  acceptChanges(copy);
}
