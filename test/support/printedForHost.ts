import { arithmeticCallables } from "../../codegen/host/hostModule.js";
import { printKernel } from "../../codegen/host/kernelPrinter.js";
import { printModule } from "../../codegen/host/wasmBytes.js";
import type { Expression, Parameter } from "../../codegen/ir.js";
import { defaultName } from "../../codegen/networkNames.js";
import { storedArithmetic } from "../../codegen/storedKernels.js";

const array = (name: string): Parameter => ({ name, elementType: "int32_t", isWritten: true });
const element = (name: string, index: number): Extract<Expression, { kind: "element" }> => ({
  kind: "element",
  array: { kind: "array", name, isField: false },
  index: { kind: "number", value: index },
});

/**
 * A call of a function of int.ts or simd.ts as generated kernels on the host have it.
 *
 * @param call by its name in C, with literals and up to three int32: "rescale(a, b, 9, c, -128, 100)", or x[0] for a
 */
export function printedForHost(call: string): (a: number, b: number, c: number) => number {
  const [, name, list] = /^(\w+)\((.*)\)$/.exec(call) ?? [];
  if (name === undefined || list === undefined) throw new Error(`"${call}" is no call`);
  const operands = list.split(", ").map((text): Expression => {
    const place = ["a", "b", "c"].indexOf(text.replace(/^x\[(\d)\]$/, (_, digit) => "abc"[Number(digit)]!));
    return place < 0 ? { kind: "number", value: Number(text) } : element("x", place);
  });
  const value: Expression = { kind: "call", name: `${defaultName}_${name}`, arguments: operands };
  const printed = printKernel(
    "run",
    [array("x"), array("y")],
    [{ kind: "assign", target: element("y", 0), operator: "=", value, comments: [] }],
    new Map(arithmeticCallables(storedArithmetic())),
  );
  const memory = new WebAssembly.Memory<ArrayBuffer>({ initial: 1 });
  const module = new WebAssembly.Module(printModule([printed], 1));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { run } = exports as { readonly run: (x: number, y: number) => void };
  const words = new Int32Array(memory.buffer);
  return (a, b, c) => {
    words.set([a, b, c]);
    run(0, 12);
    return words[3]!;
  };
}
