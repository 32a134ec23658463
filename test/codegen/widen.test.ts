import { Project } from "ts-morph";
import { describe, expect, it } from "vitest";
import type { ElementType } from "../../codegen/ir.js";
import { cWriter, printStatements } from "../../codegen/printC.js";
import { readKernel } from "../../codegen/readKernel.js";
import { specialise } from "../../codegen/specialise.js";

const project = new Project({ useInMemoryFileSystem: true });

/** The C of a kernel's only statement; `a` is int8, `b` int16, `c` uint8, `d` int32. */
function inC(statement: string): string {
  const text = `
    export interface Layer { readonly c: Uint8Array; readonly d: Int32Array }
    export function k(layer: Layer, a: Int8Array, b: Int16Array): void { ${statement} }`;
  const file = project.createSourceFile("/k.ts", text, { overwrite: true });
  const kernel = readKernel(file, "kernels/k.ts", new Map());
  const writer = cWriter();
  const { body } = specialise(kernel, { c: new Uint8Array(1), d: new Int32Array(1) }, "layer");
  const types = new Map<string, ElementType>([
    ["a", "int8_t"],
    ["b", "int16_t"],
  ]);
  printStatements(writer, body, { types, unroll: "UNROLL" });
  return writer.toString().trim();
}

describe("arithmetic on elements of arrays, where int has 16 bits", () => {
  it.each([
    // what fits 16 bits stays as it is: -128 * -128 = 16384, 127 * 255 = 32385
    ["b[0] = a[0] * a[1];", "b[0] = (int16_t)(a[0] * a[1]);"],
    ["b[0] = a[0] * (a[1] + 127);", "b[0] = (int16_t)(a[0] * (a[1] + 127));"],
    ["b[0] = a[0] * layer.c[0];", "b[0] = (int16_t)(a[0] * c[0]);"],
    // -128 * 256 = -32768 fits, 257 does not
    ["b[0] = a[0] * 256;", "b[0] = (int16_t)(a[0] * 256);"],
    ["b[0] = a[0] * 257;", "b[0] = (int16_t)((int32_t)a[0] * 257);"],
    // 255 * 255 = 65025
    ["b[0] = layer.c[0] * layer.c[1];", "b[0] = (int16_t)((int32_t)c[0] * c[1]);"],
    ["b[0] = b[1] * b[2] >> 15;", "b[0] = (int16_t)(((int32_t)b[1] * b[2]) >> 15);"],
    ["b[0] = b[1] + b[2];", "b[0] = (int16_t)((int32_t)b[1] + b[2]);"],
    ["b[0] = -b[1];", "b[0] = (int16_t)-((int32_t)b[1]);"],
    ["b[0] += a[0];", "b[0] = (int16_t)((int32_t)b[0] + a[0]);"],
    ["b[0] = a[0] >> 20;", "b[0] = (int16_t)((int32_t)a[0] >> 20);"],
    ["b[0] = (a[0] | 5) * 2;", "b[0] = (int16_t)((int32_t)(a[0] | 5) * 2);"],
    // an int32_t beside it makes the whole wide, as does a number that int does not hold
    ["b[0] = layer.d[0] * b[1];", "b[0] = (int16_t)(d[0] * b[1]);"],
    ["b[0] = b[1] * 40000 >> 16;", "b[0] = (int16_t)((b[1] * 40000) >> 16);"],
  ])("%s is %s", (statement, expected) => {
    expect(inC(statement)).toBe(expected);
  });
});
