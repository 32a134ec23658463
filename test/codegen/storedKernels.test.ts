import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readArithmeticFiles } from "../../codegen/arithmeticLibrary.js";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { isCurrent, readKernel, storedArithmetic } from "../../codegen/storedKernels.js";
import { kernels } from "../../src/kernels/index.js";

describe("what the build read of kernels", () => {
  const inFolder = readdirSync("src/kernels").map((file) => file.replace(/\.ts$/, ""));
  const names = inFolder.filter((name) =>
    /^export function \w+\(\s*layer: /m.test(readFileSync(`src/kernels/${name}.ts`, "utf8")),
  );

  it("is what their files say, each of them", () => {
    const library = new KernelLibrary("src/kernels", "src/kernels");
    expect(names).toEqual(expect.arrayContaining(Object.keys(kernels)));
    for (const name of names) expect(readKernel(name)).toEqual(library.get(name));
    expect(storedArithmetic()).toEqual(readArithmeticFiles());
  });

  it("is there after a build, and is of no use once a file of kernels or of what reads them is another", () => {
    expect(existsSync("dist/codegen/kernels.json")).toBe(true);
    const read = { "src/kernels": "1", codegen: "2" };
    expect(isCurrent(read, read)).toBe(true);
    expect(isCurrent(read, { "src/kernels": "1" })).toBe(true); // a package that was installed
    expect(isCurrent(read, { ...read, "src/kernels": "3" })).toBe(false);
    expect(isCurrent(read, { ...read, codegen: "3" })).toBe(false);
  });

  it("has no kernel that there is not", () => {
    expect(() => readKernel("nothing")).toThrow('no kernel "nothing"');
  });
});
