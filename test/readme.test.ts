import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../src/base/packageRoot.js";
import { pinfer } from "./cli/pinfer.js";

const readme = readFileSync(join(packageRoot, "README.md"), "utf8");
const ownNetwork = readme.slice(
  readme.indexOf("## A network of your own"),
  readme.indexOf("## With a board"),
);

/** The first fenced block of a language. */
function block(text: string, language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text);
  if (found === null) throw new Error(`README.md has no ${language} block there`);
  return found[1];
}

describe("README", () => {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-readme-"));
  beforeAll(() => writeFileSync(join(folder, "xor.ts"), block(ownNetwork, "ts")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const commands = block(ownNetwork, "sh")
    .trim()
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim());

  it("shows a network of its own that learns XOR, and commands that all succeed", () => {
    expect(commands).toHaveLength(4);
    for (const command of commands) {
      const [npx, name, ...programArguments] = command.split(" ");
      expect([npx, name]).toEqual(["npx", "pinfer"]);
      const { code, stdout, stderr } = pinfer(programArguments, { cwd: folder });
      expect([command, code, stderr]).toEqual([command, 0, expect.any(String)]);
      if (programArguments[0] === "train") expect(stdout).toMatch(/accuracy +1\.0000 +1\.0000/);
      if (programArguments[0] === "compare") expect(stdout).toContain("0 of 8 bytes differ");
    }
  });

  it("names every command and no other", () => {
    const { stdout } = pinfer(["--help"]);
    const inHelp = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?: \[options\])? (?:<\w+>|\[\w+\]| {2})/gm)].map(
      ([, name]) => name,
    );
    const table = readme.slice(readme.indexOf("## Commands"), readme.indexOf("## Layers"));
    const inTable = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) =>
      [...cell.matchAll(/`([a-z-]+)/g)].map(([, name]) => name),
    );
    expect(inHelp.length).toBeGreaterThan(8);
    expect(inTable.sort()).toEqual(inHelp.sort());
  });
});
