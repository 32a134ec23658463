import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readModel } from "../../src/model/modelFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";

/** Written by the last pinfer of version 1: [standardize(), dense(3), relu(), dense(2), softmax()] of two inputs. */
const path = fileURLToPath(new URL("version1/model.json", import.meta.url));

describe("a model file of version 1", () => {
  it("is one, and gives the network that was written: its hash, and its bytes", () => {
    expect(JSON.parse(readFileSync(path, "utf8")).version).toBe(1);
    const { quantized, classNames } = readModel(path);
    expect(networkHash(quantized!)).toBe("c9cd9c71d08aa669ab8a0fe12bdbaa579379214b91fc68664fe777718c377c41");
    expect(classNames).toEqual(["off", "on"]);
    const program = planProgram(quantized!);
    const outputs = [
      [0, 0],
      [200, -300],
      [-100, 77],
      [-32768, 32767],
    ].map((input) => [...runProgram(program, Int16Array.from(input))]);
    expect(outputs).toEqual([
      [-82, 82],
      [0, 0],
      [-128, 127],
      [-128, 127],
    ]);
  });

  it("has one input and one output, of the user's real values", () => {
    const { inputs, outputs, states } = readModel(path).quantized!;
    expect([inputs, outputs, states]).toEqual([
      [{ tensor: 0, name: "input", border: "float32" }],
      [{ tensor: 4, name: "output", border: "float32" }],
      [],
    ]);
  });
});
