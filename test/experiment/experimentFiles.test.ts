import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { hashExperimentFiles } from "../../src/experiment/experimentFiles.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-experiment-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const hash = () => hashExperimentFiles(join(folder, "experiment.ts"));

beforeEach(() => {
  write(
    "experiment.ts",
    'import { dense } from "pinfer"; import fs from "node:fs"; import { width } from "./parts/width.js";\n' +
      'import table from "./table.json"; import "not-installed"; const late = await import("./late.mjs");',
  );
  write(
    "parts/width.ts",
    'export * from "./deep"; export const width = 4; // import "./experiment.ts" from "." and "./none"',
  );
  write(
    "parts/deep/index.ts",
    "export const a = require('../../old.cjs'); export { b } from \"../../experiment\"",
  );
  for (const name of ["old.cjs", "late.mjs", "table.json", "beside.ts"]) write(name, "{}");
});

describe("the hash of an experiment's files", () => {
  it("is the same for the same files", async () => {
    expect(await hash()).toBe(await hash());
    expect(await hash()).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(["experiment.ts", "parts/width.ts", "parts/deep/index.ts", "old.cjs", "late.mjs", "table.json"])(
    "is another one when %s changes, however far the way to it",
    async (name) => {
      const before = await hash();
      const text = { "experiment.ts": "1;\n", "parts/width.ts": 'export * from "./deep";' }[name] ?? "[]";
      write(name, text);
      expect(await hash()).not.toBe(before);
    },
  );

  it("leaves out what it does not import", async () => {
    const before = await hash();
    write("beside.ts", "other");
    expect(await hash()).toBe(before);
  });
});
