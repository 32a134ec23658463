import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.js";
import { hasOnnxModels, importFile, noOnnxModels, onnxModels, relativeDifference } from "./onnxModels.js";

/** What is not imported, and the words that say why. */
const refused: Readonly<Record<string, RegExp>> = {
  // attention
  torch_transformer_op11:
    /^node 35 MatMul .*: multiplies two values that the network computes, as attention does/,
  torch_transformer_op13_dyn: /^node 35 MatMul .*as attention does/,
  torch_transformer_op17: /^node 25 MatMul .*as attention does/,
  // gates that are none of ours
  onnx2c_simple_networks_lstm_k1_b1_r1_relu:
    /^node 1 LSTM .*: has the activations Relu, Tanh, Tanh; Sigmoid, Tanh, Tanh are imported/,
  // traps that cannot be right
  custom_domain: /^node 0 com\.acme\.MyOp .*: the operator is of "com\.acme", not ONNX's own/,
  external_escape: /said to be in "\.\.\/\.\.\/\.\.\/etc\/passwd"; only files beside the model are read/,
  float64_input: /^its input "x" is double; float32 is imported/,
  huge_dims: /constants of more than 16777216 values in all \(its shape is \[1099511627776, 6\]\)/,
  two_inputs: /^it has 2 inputs, "x", "z"; one is imported/,
  unknown_op: /^node 1 Einsum .*: the operator is not imported/,
};

describe.skipIf(!hasOnnxModels)(
  `models of others (${hasOnnxModels ? "from ../shared/onnx" : noOnnxModels})`,
  () => {
    const files = onnxModels();
    const isRefused = ({ name }: { readonly name: string }) => Object.hasOwn(refused, name);

    it.each(files.filter((file) => !isRefused(file)).map((file) => [file.kind, file.name, file] as const))(
      "%s %s gives onnxruntime's outputs, to 1e-5 of the largest",
      (_kind, _name, file) => {
        expect(relativeDifference(file, importFile(file), file.kind === "trap" ? 8 : 2)).toBeLessThan(1e-5);
      },
    );

    it.each(files.filter(isRefused).map((file) => [file.kind, file.name, file] as const))(
      "%s %s is refused by name",
      (_kind, name, file) => {
        const complaint = complaintOf(() => importFile(file));
        expect(complaint.replace(/^.*?\.onnx(: | cannot be imported:\n {2})/, "")).toMatch(refused[name]);
      },
    );

    it("are 51 and 36 traps", () => {
      const count = (kind: string) => files.filter((file) => file.kind === kind).length;
      expect([count("model"), count("trap")]).toEqual([51, 36]);
    });
  },
);

function complaintOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error("it was imported");
}
