import { Project } from "ts-morph";
import { describe, expect, it } from "vitest";
import { generateNetwork } from "../../codegen/generatedNetwork.js";
import type { KernelSource } from "../../codegen/ir.js";
import { printSource } from "../../codegen/printNetwork.js";
import { readKernel } from "../../codegen/readKernel.js";
import { specialise } from "../../codegen/specialise.js";
import type { ArenaSlot, Program } from "../../src/program/program.js";
import { anyTarget } from "../../src/program/target.js";

const project = new Project({ useInMemoryFileSystem: true });

const count = { name: "count", elementType: undefined, isWritten: false };
const arithmetic = new Map([
  ["./int.js", new Map([["registers", { parameters: [count], returnsValue: false }]])],
]);

/** A kernel with the number fields n and m, and helpers before it. */
function kernel(name: string, body: string, helpers = ""): KernelSource {
  const text = `
    import { type i32, registers } from "./int.js";
    export interface Layer { readonly n: i32; readonly m: i32 }
    ${helpers}
    export function ${name}(layer: Layer, input: Int8Array, output: Int8Array): void { ${body} }`;
  const file = project.createSourceFile(`/${name}.ts`, text, { overwrite: true });
  return readKernel(file, `kernels/${name}.ts`, arithmetic);
}

function refusal(body: string, n: number, m = 0): string {
  try {
    specialise(kernel("k", body), { n, m }, "dense 1");
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

describe("specialise", () => {
  const at = 'layer "dense 1": kernels/k.ts cannot be specialised for it:';

  it("refuses constants that leave int32, where C's arithmetic would be undefined", () => {
    expect(refusal("output[0] = layer.n * layer.m;", 65536, 32768)).toBe(
      `${at} 65536 * 32768 = 2147483648 is outside int32`,
    );
    expect(refusal("output[0] = layer.n * layer.m;", 65536, -32768)).toBe("accepted");
    expect(refusal("output[0] = layer.n + 1;", 2147483647)).toBe(
      `${at} 2147483647 + 1 = 2147483648 is outside int32`,
    );
    expect(refusal("output[0] = layer.n - 1;", -2147483648)).toBe(
      `${at} -2147483648 - 1 = -2147483649 is outside int32`,
    );
    expect(refusal("output[0] = -layer.n;", -2147483648)).toBe(
      `${at} -(-2147483648) = 2147483648 is outside int32`,
    );
  });

  it("refuses shifts by a field outside 0..31, which JavaScript takes modulo 32", () => {
    const message = `${at} 0 >> 32 shifts by what is not in 0..31`;
    expect(refusal("output[0] = input[0] >> layer.n;", 32)).toBe(message);
    expect(refusal("let x: i32 = input[0]; x >>= layer.n; output[0] = x;", 32)).toBe(message);
    expect(refusal("output[0] = 5 >> layer.n;", -1)).toBe(`${at} 5 >> -1 shifts by what is not in 0..31`);
    expect(refusal("output[0] = input[0] >> layer.n;", 31)).toBe("accepted");
  });

  it("refuses loops whose variable would pass int32's end", () => {
    const loop = (condition: string, step: string) =>
      `for (let i: i32 = 0; i ${condition} layer.n; ${step}) { output[i] = 1; }`;
    const end = 2 ** 31 - 1;
    expect(refusal(loop("<=", "i++"), end)).toBe(`${at} a loop to ${end} in steps of 1 passes ${end}`);
    expect(refusal(loop("<", "i++"), end)).toBe("accepted");
    expect(refusal(loop("<", "i += 3"), end - 1)).toBe(
      `${at} a loop to ${end - 2} in steps of 3 passes ${end}`,
    );
    expect(refusal(loop("<", "i += 3"), end - 2)).toBe("accepted");
  });

  it("refuses registers that a layer counts or indexes wrongly, and loops that it steps backwards", () => {
    const sums = "const sums: Int32Array = registers(layer.n);";
    expect(refusal(`${sums} sums[0] = 1; output[0] = sums[0];`, 33)).toBe(
      `${at} "sums" has 33 registers, expected 1 to 32`,
    );
    expect(refusal(`${sums} sums[0] = 1; output[0] = sums[0];`, 0)).toBe(
      `${at} "sums" has 0 registers, expected 1 to 32`,
    );
    const loop = "for (let r: i32 = 0; r < layer.m; r++) { sums[r] = r; output[r] = sums[r]; }";
    expect(refusal(`${sums} ${loop}`, 4, 4)).toBe("accepted");
    expect(refusal(`${sums} ${loop}`, 4, 5)).toBe(`${at} sums[4] is none of its 4 registers`);
    expect(refusal(`${sums} ${loop.replaceAll("sums[r]", "sums[r & 3]")}`, 4, 257)).toBe(
      `${at} the loop over "r" has more than 256 turns to write out`,
    );
    expect(refusal("for (let i: i32 = 0; i < 9; i += layer.n) { output[i] = 1; }", 0)).toBe(
      `${at} a loop's step is 0, expected 1 or more`,
    );
    expect(refusal(`${sums} ${loop.replace("r++", "r += layer.m")}`, 4, 0)).toBe("accepted");
  });

  it("keeps locals that a nested loop or branch reads, and drops chains that end nowhere", () => {
    const { body } = specialise(
      kernel(
        "k",
        `let kept: i32 = 1; let a: i32 = 2; let b: i32 = a; let self: i32 = 0;
         for (let i: i32 = 0; i < layer.n; i++) { b += a; self = self + 1; if (input[i] > kept) { kept += 1; } }
         if (layer.m === 1) { output[0] = b; }
         output[0] = kept;`,
      ),
      { n: 2, m: 0 },
      "layer",
    );
    const text = JSON.stringify(body);
    expect(text).toContain('"name":"kept"');
    expect(text).not.toMatch(/"name":"(a|b|self)"/);
  });
});

it("helpers of one name in two kernels are two functions in C", () => {
  const helper = (factor: number) => `function scale(x: i32): i32 { return x * ${factor}; }`;
  const body = "output[0] = scale(input[0]);";
  const kernels = new Map(
    [kernel("first", body, helper(2)), kernel("second", body, helper(3))].map((k) => [k.name, k]),
  );
  const slot = (offset: number): ArenaSlot => ({
    name: "slot",
    offset,
    bytes: 1,
    elementType: "int8",
    shape: [1],
    quantization: { scale: 1, zeroPoint: 0 },
  });
  const call = (name: string) => ({
    kernel: name,
    name,
    kind: "lookup" as const,
    layer: { n: 0, m: 0 },
    inputs: [slot(0)],
    output: slot(4),
    scratch: [],
    macs: 0,
    parameters: 0,
  });
  const program: Program = {
    name: "two",
    hash: "00".repeat(32),
    optimize: "speed",
    target: anyTarget,
    calls: [call("first"), call("second")],
    inputs: [{ ...slot(0), border: "int8" }],
    outputs: [{ ...slot(4), border: "int8" }],
    states: [],
    fillRuns: 0,
    passes: [],
    arenaBytes: 8,
    arenaLowerBoundBytes: 8,
    arenaPeakCall: 0,
    arenaUses: [],
  };
  const source = printSource(
    generateNetwork(program, (name) => kernels.get(name)!),
    "0.0.0",
  );
  expect(source).toContain("int32_t network_first_scale(int32_t x)\n{\n    return x * 2;");
  expect(source).toContain("int32_t network_second_scale(int32_t x)\n{\n    return x * 3;");
  expect(source).toContain("output[0] = (int8_t)network_second_scale(input[0]);");
});
