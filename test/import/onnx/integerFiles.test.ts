import { describe, expect, it } from "vitest";
import { solvedSum } from "../../../src/import/onnxIntegers/pairOperators.js";
import { planProgram } from "../../../src/plan/planProgram.js";
import { runProgram } from "../../../src/program/runProgram.js";
import {
  givenOutputs,
  hashOf,
  hasIntegerFiles,
  importIntegerFile,
  inputsOf,
  integerFiles,
  noIntegerFiles,
  onnxruntimeHashes,
  outputsOf,
} from "./integerFiles.js";

describe.skipIf(!hasIntegerFiles)(
  `quantized models of others (${hasIntegerFiles ? "from ../shared/onnx/int8" : noIntegerFiles})`,
  () => {
    it.each(Object.entries(onnxruntimeHashes))("%s gives onnxruntime's bytes", async (name, hash) => {
      const { network } = importIntegerFile(name);
      expect(hashOf(await outputsOf(network, inputsOf(name, network)))).toBe(hash);
    });

    it.each(["s", "u"])(
      "sigmoid of %s8 gives the outputs beside the file for all 256 values",
      async (type) => {
        const { network } = importIntegerFile(`qdq_sigmoid_${type}8`);
        const all = Array.from({ length: 256 }, (_, k) => k);
        const input = type === "u" ? Uint8Array.from(all) : Int8Array.from(all, (k) => k - 128);
        const [output] = await outputsOf(network, [input]);
        expect([...output!]).toEqual(givenOutputs()[`sig_${type}`]);
      },
    );

    it.each(["s", "u"])("a sum of %s8 gives the outputs beside the file for all 65536 pairs", (type) => {
      const isUnsigned = type === "u";
      const format = (scale: number, zeroPoint: number) => ({
        quantization: { scale: Math.fround(scale), zeroPoint: zeroPoint - (isUnsigned ? 128 : 0) },
        isUnsigned,
      });
      const { settled } = solvedSum(format(0.021, 11), format(0.034, 7), format(0.047, 3));
      const { factor, fractionBits, table } = settled!;
      // the first of the two is the slower one there
      const sums = Array.from({ length: 65536 }, (_, k) => {
        const [a, b] = [(k >> 8) - 128, (k & 255) - 128];
        const sum = Math.min(127, Math.max(-128, (a * factor + table[b + 128]!) >> fractionBits));
        return isUnsigned ? sum + 128 : sum;
      });
      const expected = givenOutputs()[`add_${type}`]!;
      expect(expected.length).toBe(65536);
      expect(sums.filter((sum, k) => sum !== expected[k]).length).toBe(0);
    });

    it.each(["s", "u"])("the model of a sum of %s8, of two inputs, gives them too", (type) => {
      const { network } = importIntegerFile(`qdq_add_${type}8`);
      expect(network.inputs).toEqual(
        ["x", "y"].map((name, tensor) => ({ tensor, name, border: type === "u" ? "uint8" : "int8" })),
      );
      const pairs = Int8Array.from({ length: 2 ** 17 }, (_, k) =>
        k < 65536 ? (k >> 8) - 128 : (k & 255) - 128,
      );
      const output = runProgram(planProgram(network), pairs);
      const expected = givenOutputs()[`add_${type}`]!;
      const shift = type === "u" ? 128 : 0;
      expect(expected.filter((sum, k) => sum !== output[k]! + shift).length).toBe(0);
    });

    it("are all imported", () => {
      const others = integerFiles().filter((name) => !Object.hasOwn(onnxruntimeHashes, name));
      expect(others.toSorted()).toEqual(["qdq_add_s8", "qdq_add_u8"]);
    });
  },
);
