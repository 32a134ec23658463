import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import { findBoard } from "../../src/board/boards.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { networkOf, refusal } from "../support/ownNetworks.js";

describe("a model file with a user's kernel", () => {
  const folder = temporaryDirectory();
  const path = join(folder, "model.json");
  const table = Int32Array.of(-(2 ** 31), 7);
  const network = networkOf([
    {
      kernel: { name: "own", text: "anything" },
      numbers: { size: -3 },
      tables: { table, bytes: Uint8Array.of(255), small: Int8Array.of(-1) },
    },
  ]);

  it("brings it back as it was, unread", () => {
    writeModel(path, { network: undefined, quantized: network });
    const { quantized } = readModel(path);
    expect(quantized).toEqual(network);
    expect(networkHash(quantized!)).toBe(networkHash(network));
    expect(() => runProgram(planProgram(quantized!), new Int8Array(12))).toThrow(
      'the kernel "own" was not read: await readOwnKernels(network) first',
    );
  });

  // biome-ignore lint/suspicious/noExplicitAny: JSON that is damaged on purpose
  it.each<[string, (layer: any) => unknown, string]>([
    [
      "a name that is no function's",
      (l) => (l.kernel.name = "../x"),
      'kernel.name must be a function\'s name of up to 40 letters and digits, found "../x"',
    ],
    [
      "too long a text",
      (l) => (l.kernel.text = "é".repeat(8193)),
      "kernel.text must be text of 16384 bytes at most",
    ],
    [
      "a number that is no int32",
      (l) => (l.numbers.size = 2 ** 31),
      "numbers.size must be an integer -2147483648..2147483647",
    ],
    [
      "a number with a name that is none",
      (l) => (l.numbers["a b"] = 1),
      "numbers.a b must be called as a field of up to 40 letters and digits",
    ],
    [
      "a table of floats",
      (l) => (l.tables[0].elementType = "float32"),
      'tables[0].elementType must be one of "int8", "uint8", "int32"',
    ],
    [
      "a table that is not there",
      (l) => (l.tables[0].name = "__proto__"),
      "tables[0].name must be called as a field of up to 40 letters and digits",
    ],
    [
      "a table of another length",
      (l) => (l.tables[0].length = 3),
      'should have a tensor "quantized/own 0/table" of [3] Int32Array',
    ],
  ])("is refused with %s", (_, damage, message) => {
    writeModel(path, { network: undefined, quantized: network });
    const model = JSON.parse(readFileSync(path, "utf8"));
    damage(model.quantized.layers[0]);
    writeFileSync(path, JSON.stringify(model));
    expect(refusal(() => readModel(path))).toContain(message);
  });

  it("is not exported with slots, which change numbers and not code", () => {
    expect(refusal(() => exportFirmware(network, findBoard("host"), { slots: true }))).toBe(
      '--slots does not go with layer "own 0": a kernel of your own has its numbers in its code, and an update has others',
    );
  });
});
