import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/base/packageRoot.js";
import { temporaryDirectory } from "../firmware/images.js";
import { blocksOf, readPage } from "./pages.js";

const blocks = blocksOf(readPage("docs/layers.md"));
const named = (language: string) =>
  blocks
    .filter(({ title }) => title.startsWith(`${language} `))
    .map(({ title, text }) => ({ path: title.slice(language.length + 1), text }));
const copy = join(temporaryDirectory(), "pinfer");

/** Applies a change as the page shows it: each part, between lines ` …`, must fit one place in the file. */
function apply(text: string, change: string): string {
  return change
    .trimEnd()
    .split("\n …\n")
    .reduce((changed, part) => {
      const lines = part.split("\n");
      const side = (other: string) =>
        lines
          .filter((line) => !line.startsWith(other))
          .map((line) => `${line.slice(1)}\n`)
          .join("");
      const places = changed.split(side("+"));
      if (places.length !== 2) throw new Error(`${places.length - 1} places for:\n${part}`);
      return places.join(side("-"));
    }, text);
}

function run(program: string, ...programArguments: string[]): string {
  return execFileSync(program, programArguments, { cwd: copy, encoding: "utf8", stdio: "pipe" });
}
const pinfer = (...words: string[]): string => run(process.execPath, "dist/src/cli/main.js", ...words);

beforeAll(() => {
  for (const part of ["src", "codegen", "firmware", "package.json", "tsconfig.json"]) {
    cpSync(join(packageRoot, part), join(copy, part), { recursive: true });
  }
  cpSync(join(packageRoot, "dist"), join(copy, "dist"), { recursive: true });
  symlinkSync(join(packageRoot, "node_modules"), join(copy, "node_modules"));
});

describe("docs/layers.md", () => {
  it("adds a layer of files that are new and changes that fit, and the type checker agrees", () => {
    for (const { path, text } of named("ts").filter(({ path }) => path.startsWith("src/"))) {
      expect([path, existsSync(join(copy, path))]).toEqual([path, false]);
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    }
    expect(named("diff").length).toBeGreaterThan(8);
    for (const { path, text } of named("diff")) {
      writeFileSync(join(copy, path), apply(readFileSync(join(copy, path), "utf8"), text));
    }
    expect(run("node_modules/.bin/tsc", "-p", "tsconfig.json")).toBe("");
  }, 600_000);

  it("ends with a network that trains, and C that gives the host's bytes in every mode", () => {
    writeFileSync(join(copy, "apart.ts"), named("ts").find(({ path }) => path === "apart.ts")!.text);
    expect(pinfer("train", "apart.ts", "-o", "apart.json", "--test-samples", "samples")).toMatch(
      /accuracy +1\.0000 +1\.0000/,
    );
    for (const optimize of ["speed", "size", "ram"]) {
      expect(
        pinfer("compare", "apart.json", "--host-c", "--input", "samples/inputs.npy", "--optimize", optimize),
      ).toContain("0 of 8 bytes differ");
    }
    pinfer("export-firmware", "apart.json", "-o", "fw");
    expect(readFileSync(join(copy, "fw/network.c"), "utf8")).toContain(
      "network_max(input1[i] - input2[i], input2[i] - input1[i])",
    );
  }, 600_000);
});

describe("apply", () => {
  it("refuses a change that fits nowhere or twice", () => {
    expect(() => apply("a\nb\n", " c\n+d\n")).toThrow("0 places for:\n c\n+d");
    expect(() => apply("a\nb\na\n", " a\n+d\n")).toThrow("2 places for");
    expect(apply("a\nb\nc\n", " a\n-b\n+x\n")).toBe("a\nx\nc\n");
  });
});
