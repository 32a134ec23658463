import { describe, expect, it } from "vitest";
import { readOwnKernel } from "../../codegen/host/readOwnKernel.js";
import { ownSource } from "../../codegen/ownSources.js";
import { specialise } from "../../codegen/specialise.js";
import type { KernelArgument } from "../../src/kernels/kernelArgument.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { ownArithmetic, ownFunctionNames } from "../../src/program/ownArithmetic.js";
import { readOwnKernels } from "../../src/program/ownKernels.js";
import { networkOf, refusal } from "../support/ownNetworks.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { testInputs } from "./runNetwork.js";

/** A kernel "own" whose body begins in line 7. */
const textOf = (
  body: string,
  helpers = "",
): string => `import { ${ownFunctionNames.join(", ")}, type i32 } from "pinfer/kernels";
interface Own {
  readonly size: i32;
  readonly table: Int32Array;
}
export function own(layer: Own, input: Int8Array, output: Int8Array): void {
${body}
}
${helpers}`;

const argument = { size: 4, table: Int32Array.of(1, 2, 2 ** 31 - 1) };

function run(
  body: string,
  helpers = "",
  given: Readonly<Record<string, KernelArgument>> = argument,
): number[] {
  const output = new Int8Array(2);
  readOwnKernel({ name: "own", text: textOf(body, helpers) })(
    "the layer",
    given,
    Int8Array.of(3, -5, 7),
    output,
  );
  return [...output];
}

const loop = "for (let i: i32 = 0; i < 2; i++) ";

describe("a user's kernel on the host", () => {
  it.each<[string, string, string]>([
    [
      "reads beside its input",
      "output[0] = 1;\noutput[1] = input[layer.size - 1];",
      "own.ts:8: input[3] is none of its 3 values",
    ],
    [
      "reads before its input",
      `${loop}output[i] =\n input[i - 1];`,
      "own.ts:8: input[-1] is none of its 3 values",
    ],
    [
      "writes beside its output",
      `${loop}{\n output[i + 1] = 0;\n}`,
      "own.ts:8: output[2] is none of its 2 values",
    ],
    ["reads beside a table", "output[0] = layer.table[3];", "own.ts:7: table[3] is none of its 3 values"],
    [
      "reads beside its registers",
      "const sums: Int32Array = registers(2);\noutput[0] = sums[2];",
      "own.ts:8: sums[2] is none of its 2 values",
    ],
    [
      "hands on an array from beyond its end",
      "copy(input.subarray(4), output);",
      "own.ts:7: input.subarray(4) begins outside of its 3 values",
    ],
    [
      "reads beside what it hands on",
      "copy(input.subarray(2), output);",
      "own.ts:10: from[1] is none of its 1 values",
    ],
    [
      "reads what it has not written",
      "output[0] = output[1];",
      "own.ts:7: output[1] is read before it is written",
    ],
    ["leaves an output as it was", "output[0] = 1;", "own.ts leaves output[1] of 2 as it was"],
    ["leaves int8", "output[0] = 100 + 4 * input[2];", "own.ts:7: output[0] = 128 does not fit Int8Array"],
    [
      "leaves int32 by a sum",
      "let x: i32 = layer.table[2];\nx += 1;\noutput[0] = 1;",
      "own.ts:8: 2147483648 does not fit int32",
    ],
    [
      "leaves int32 by a product",
      "output[0] = layer.table[2] * input[0];",
      "own.ts:7: 6442450941 does not fit int32",
    ],
    [
      "leaves int32 by a sign",
      "output[0] = -(-layer.table[2] - 1);",
      "own.ts:7: 2147483648 does not fit int32",
    ],
    [
      "leaves int32 on the way of a function",
      "output[0] = roundingDivide(layer.table[2], 4);",
      "own.ts:7: 2147483649 does not fit int32",
    ],
    [
      "shifts by too much",
      "output[0] = shiftLeft(1, input[2] + 25);",
      "own.ts:7: shiftLeft() with 32 as argument 2",
    ],
    [
      "divides by 0",
      "output[0] = roundingDivide(1, input[0] - 3);",
      "own.ts:7: roundingDivide() with 0 as argument 2",
    ],
    [
      "has a step of 0",
      "for (let i: i32 = 0; i < 2; i += layer.size - 4) output[i] = 1;",
      "own.ts:7: a loop's step is 0",
    ],
    [
      "does not end",
      `${loop}{\nfor (let k: i32 = 0; k < layer.table[2]; k++) output[i] = 0;\n}`,
      "own.ts:8: more than 16777216 turns and calls in one run",
    ],
  ])("is refused, with its line, where it %s", (_, body, message) => {
    const copy =
      "function copy(from: Int8Array, to: Int8Array): void {\n  for (let i: i32 = 0; i < 2; i++) to[i] = from[i];\n}";
    expect(refusal(() => run(body, copy))).toBe(`layer "the layer": ${message}`);
  });

  it("is refused a layer argument that is not the one it declares", () => {
    const body = `${loop}output[i] = layer.table[i];`;
    const withTable = (table?: KernelArgument) =>
      refusal(() => run(body, "", { size: 4, ...(table && { table }) }));
    const wants = `layer "the layer": own.ts reads "table", an Int32Array; it is given`;
    expect([withTable(), withTable(3), withTable(new Int8Array(2)), withTable(new Int32Array(2))]).toEqual([
      `${wants} nothing`,
      `${wants} a number`,
      `${wants} Int8Array`,
      "ran",
    ]);
    expect(refusal(() => run(body, "", Object.create(argument)))).toContain("is given nothing");
  });

  it("knows every function that can be imported", () => {
    expect(Object.keys(ownArithmetic).sort()).toEqual(
      ownFunctionNames.filter((name) => name !== "registers" && name !== "unroll").sort(),
    );
  });
});

describe("a user's kernel that is outside the subset", () => {
  it("is refused with every file, line and hint", () => {
    const body =
      "output[0] = Math.random();\ninput.forEach((x) => x);\nconst half: i32 = 0.5;\noutput[1] = input[0] / 2;";
    const text = `import { readFileSync } from "node:fs";\nimport { loadPair } from "./simd.js";\n${textOf(body)}`;
    const message = refusal(() => readOwnKernel({ name: "own", text }, "folder/own.ts"));
    expect(message.split("\n")).toEqual([
      'folder/own.ts:1:1: K012 a kernel imports by name what pinfer/kernels exports, and nothing else: `import { readFileSync } from "node:fs";`',
      "folder/own.ts:2:10: K012 a kernel imports by name what pinfer/kernels exports, and nothing else: `loadPair`",
      "folder/own.ts:9:13: K008 only functions of pinfer/kernels and of this file can be called: `Math.random()`",
      "folder/own.ts:10:1: K008 only functions of pinfer/kernels and of this file can be called: `input.forEach((x) => x)`",
      "folder/own.ts:10:15: K003 functions inside functions cannot be transcribed to C: `(x) => x`",
      "folder/own.ts:11:19: K005 this value has no integer type in C: `0.5`",
      "folder/own.ts:12:13: K004 division cannot be transcribed to C: `input[0] / 2`",
    ]);
  });

  it.each([
    [
      "two inputs",
      "export function own(l: L, a: Int8Array, b: Int8Array, output: Int8Array): void { output[0] = a[0]; }",
    ],
    [
      "an input that it writes to",
      "export function own(l: L, input: Int8Array, output: Int8Array): void { input[0] = 1; output[0] = 1; }",
    ],
    [
      "another name",
      "export function mine(l: L, input: Int8Array, output: Int8Array): void { output[0] = input[0]; }",
    ],
  ])("is refused where it has %s", (_, text) => {
    const message = refusal(() => readOwnKernel({ name: "own", text: `interface L {}\n${text}` }));
    expect(message).toMatch(
      /^own.ts:\d:1: K009 a kernel is `export function name\(layer: Interface, input: Int8Array, output: Int8Array\)/,
    );
  });

  it("is refused where it is nested too deeply, instead of taking time or the stack", () => {
    const loops = Array.from({ length: 9 }, (_, i) => `for (let v${i}: i32 = 0; v${i} < 1; v${i}++) {`).join(
      "",
    );
    expect(refusal(() => run(`${loops}output[0] = 1;${"}".repeat(9)}`))).toBe(
      "own.ts: more than 8 loops inside each other",
    );
    expect(refusal(() => run(`output[0] = ${"(".repeat(7000)}1${")".repeat(7000)};`))).toBe(
      "own.ts is nested too deeply to be read",
    );
  });
});

describe("C of a user's kernels", () => {
  it("gives the host's bytes for all arithmetic that there is, and takes no text of comments", async () => {
    const body = `
  // *\\/ int evil; /* \\
  const sums: Int32Array = registers(3);
  for (let i: i32 = 0; i < layer.size; i += 3) {
    for (let r: i32 = 0; r < 3; r++) sums[r] = 0;
    unroll(2);
    for (let k: i32 = 0; k < layer.size; k++) {
      for (let r: i32 = 0; r < 3; r++) sums[r] += input[k] * layer.table[(i + r + k) & 3];
    }
    for (let r: i32 = 0; r < 3; r++) output[i + r] = all(sums[r], input.subarray(i), r) ^ 1;
  }`;
    const helpers = `
/** Everything. *\\/ int evil2; */
function all(x: i32, from: Int8Array, at: i32): i32 {
  let sum: i32 = rescale(x, 1610612736, 4, -3, -128, 127) - roundingShiftRight(x, 5) + roundingDivide(x, 37);
  if (x < 0 || (from[at] !== 3 && !(x > 100))) sum -= roundingHalfSum(x, from[at]);
  sum |= x >> 3;
  sum += saturatingShiftLeft(from[at], 30) >> 25;
  sum ^= requantize(shiftLeft(from[at], 7), 2000000000, 1) + countLeadingZeros(x);
  sum *= -3;
  return clamp(max(min(sum, 3000), -4000) - roundingDoublingHighMultiply(x, 1 << 0), -100, from[at] === 7 ? 5 : 100);
}`.replace("1 << 0", "1073741824");
    const kernel = { name: "own", text: textOf(body, helpers) };
    const network = networkOf([
      { kernel, numbers: { size: 12 }, tables: { table: Int32Array.of(3, -70, 11, 127) } },
      { kernel, numbers: { size: 12 }, tables: { table: Int32Array.of(-1, 1, 90, -128) } },
    ]);
    await readOwnKernels(network);
    const program = planProgram(network);
    expect(runGenerated(program, testInputs(12))).toEqual(runOracle(program, testInputs(12)));
  });

  it("is refused where loops over registers would be written out without end, in a branch that never runs too", () => {
    const loops = ["a", "b", "c"]
      .map((name) => `for (let ${name}: i32 = 0; ${name} < 200; ${name}++)`)
      .join(" ");
    const body = `const sums: Int32Array = registers(1);\n${loop}output[i] = 0;\nif (2 * input[0] > 300) ${loops} sums[(a + b + c) * 0] += 1;`;
    const kernel = { name: "own", text: textOf(body) };
    readOwnKernel(kernel);
    expect(refusal(() => specialise(ownSource(kernel), argument, "the layer"))).toBe(
      'layer "the layer": own.ts cannot be specialised for it: loops over registers have more than 4096 turns to write out',
    );
  });

  it("is refused where two kernels of one name differ", () => {
    const own = (text: string) => ({ kernel: { name: "own", text }, numbers: {}, tables: {} });
    expect(refusal(() => planProgram(networkOf([own("a"), own("b")])))).toBe(
      'layer "own 1" has another kernel "own"; in C a network has one of a name',
    );
  });
});
