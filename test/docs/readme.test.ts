import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pinfer } from "../cli/pinfer.js";
import { blockOf, readPage } from "./pages.js";

const readme = readPage("README.md");
const ownNetwork = readme.slice(
  readme.indexOf("## A network of your own"),
  readme.indexOf("## With a board"),
);

describe("README", () => {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-readme-"));
  beforeAll(() => writeFileSync(join(folder, "xor.ts"), blockOf(ownNetwork, "ts")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const commands = blockOf(ownNetwork, "sh")
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

  it("is short: what is longer stands in docs/", () => {
    expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(8.5 * 1024);
  });
});
