import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeModel } from "../../src/model/modelFile.js";
import { writeTuning } from "../../src/model/tuningFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { fail } from "../errors/fail.js";
import { createModel, quantized } from "../support/smallModel.js";
import { pinfer } from "./pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-tune-"));
const model = join(folder, "small.json");
afterAll(() => rmSync(folder, { recursive: true }));

const measured = [{ layer: "dense_1", kernel: "fullyConnected", shape: "", cycles: 1 }];

const [dense, ...others] = quantized.layers;
/** Whose sums fit int32. */
const network = {
  ...quantized,
  layers: [{ ...dense, bias: Int32Array.of(1, -2) }, ...others],
} as QuantizedNetwork;

beforeAll(() => {
  writeModel(model, { ...createModel(), quantized: network });
});

function exported(...more: string[]) {
  const { code, stdout, stderr } = pinfer(["export-firmware", model, "-o", join(folder, "fw"), ...more]);
  expect(code).toBe(0);
  return { stdout, stderr, manifest: JSON.parse(readFileSync(join(folder, "fw", "pinfer.json"), "utf8")) };
}

it("what was measured beside the model is used, named in the manifest, and left aside with a word", () => {
  const hash = networkHash(network);
  const path = join(folder, "small.tuning.json");
  writeTuning(path, { network: hash, tunings: [{ target: "cortex-m4", measured }] });
  const tuned = exported();
  expect(tuned.stdout).toContain("small.tuning.json: 1 candidates of 1 layers, 0 of them measured now");
  expect(tuned.manifest.tuned).toMatch(/^[0-9a-f]{64}$/);
  const without = exported("--no-tune");
  expect(without.stdout).not.toContain("tuned by");
  expect(without.manifest.tuned).toBeUndefined();
  expect(exported("--board", "nucleo-g0b1re", "--slots").stdout).toContain(
    "small.tuning.json is left aside: updates are planned without it",
  );
  writeTuning(path, { network: "ab".repeat(32), tunings: [{ target: "cortex-m4", measured }] });
  const ofAnother = exported();
  expect(ofAnother.stderr).toMatch(/small\.tuning\.json is of another network \(abababab; /);
  expect(ofAnother.manifest.tuned).toBeUndefined();
});

it("--tune refuses what it cannot measure or would not be used for", () => {
  expect(fail(["export-firmware", model, "--tune", "--slots"]).error).toMatch(
    /^--tune and --slots do not go/,
  );
  expect(fail(["export-firmware", model, "--tune", "--optimize", "size"]).hint).toBe(
    "leave out one of the two",
  );
  expect(fail(["export-firmware", model, "--tune", "--board", "microbit"]).error).toMatch(
    /^--tune measures cycles, and there is a model of them for cortex-m4 alone, not for cortex-m0/,
  );
});
