import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { rules } from "../../codegen/diagnostics.js";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { UserError } from "../../src/base/errors.js";

const folder = fileURLToPath(new URL("rejected", import.meta.url));
const kernels = new KernelLibrary(folder, "rejected");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => basename(file, ".ts"));

/** What the user reads: the findings, then the hints. */
function refusal(name: string): string {
  try {
    kernels.get(name);
  } catch (error) {
    if (error instanceof UserError) return `${error.message}\nhint: ${error.hint}\n`;
    throw error;
  }
  return "accepted\n";
}

describe("the subset check", () => {
  it.each(names)("refuses rejected/%s.ts with the text beside it", async (name) => {
    await expect(refusal(name)).toMatchFileSnapshot(join(folder, `${name}.err`));
  });

  it("has a refused program for each rule", () => {
    const texts = names.map(refusal).join("");
    expect(Object.keys(rules).filter((rule) => !texts.includes(`: ${rule} `))).toEqual([]);
  });

  it("tells the hint alone for one rule, and each rule's own for several", () => {
    expect(refusal("division")).toMatch(/^hint: use roundingShiftRight/m);
    expect(refusal("manyRules")).toMatch(/^hint: K002: .*\nK004: .*\nK006: .*/m);
  });
});
