import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../src/base/packageRoot.js";
import { createProgram } from "../../src/cli/commandLine.js";
import { commands } from "../../src/cli/commands.js";
import { blocksOf, pages, readPage } from "./pages.js";

const { scripts } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** Whether the command line takes the words: nothing is run. */
async function parse(words: readonly string[]): Promise<string> {
  const program = createProgram(commands);
  let complaint = "";
  const silence = (command: Command): void => {
    command.configureOutput({ writeErr: (text) => (complaint += text), writeOut: () => undefined });
    command.exitOverride();
  };
  silence(program);
  for (const command of program.commands) {
    silence(command);
    command.action(() => undefined);
  }
  await program.parseAsync([...words], { from: "user" }).catch((error) => (complaint += String(error)));
  return complaint;
}

interface Typed {
  readonly page: string;
  readonly line: string;
}

/** Lines of a page that somebody would type: in blocks of shell, and behind a `$` in blocks without a language. */
function typedOn(page: string): Typed[] {
  return blocksOf(readPage(page)).flatMap(({ title, text }) => {
    const lines = text.split("\n");
    const typed =
      title === "sh" || title === "bash"
        ? lines
        : title === ""
          ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2))
          : [];
    return typed
      .flatMap((line) => line.replace(/(^|\s)#.*/, "").split("&&"))
      .map((line) => ({ page, line: line.replace(/&$/, "").trim() }))
      .filter(({ line }) => line !== "");
  });
}

const typed = pages.flatMap(typedOn);
const ofPinfer = typed.filter(({ line }) => line.startsWith("npx pinfer"));

describe("README, docs and the other pages", () => {
  it.each(ofPinfer)(
    "$page: `$line` is a command with options and arguments that it takes",
    async ({ line }) => {
      const words = line.split(/\s+/).slice(2);
      expect(await parse(words)).toBe("");
    },
  );

  it("would notice a command, an option and an argument that are none", async () => {
    expect(await parse(["trian", "x.ts"])).toContain("unknown command 'trian'");
    expect(await parse(["train", "x.ts", "--sead", "1"])).toContain("unknown option '--sead'");
    expect(await parse(["export-firmware"])).toContain("missing required argument");
    expect(ofPinfer.length).toBeGreaterThan(30);
  });

  it.each(typed.filter(({ line }) => /^(npm|node) /.test(line)))(
    "$page: `$line` runs something that is there",
    ({ line }) => {
      const [program, first, second] = line.split(/\s+/);
      if (program === "node") expect(existsSync(join(packageRoot, first))).toBe(true);
      else if (first === "run") expect(Object.keys(scripts)).toContain(second);
      else expect(["ci", "install", "test", "pack"]).toContain(first);
    },
  );

  it.each(pages)("%s: its links lead somewhere", (page) => {
    const prose = readPage(page).replace(/^```.*\n[\s\S]*?^```$/gm, "");
    const links = [...prose.matchAll(/\]\((?!https?:)([^)\s#]*)(#[^)\s]*)?\)/g)].filter(
      ([, path]) => path !== "",
    );
    expect(
      links.map(([, path]) => path).filter((path) => !existsSync(join(packageRoot, dirname(page), path))),
    ).toEqual([]);
  });

  it("docs/commands.md names every command and no other", () => {
    const inTable = [...readPage("docs/commands.md").matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
      [...cell.matchAll(/`([a-z-]+)/g)].map(([, name]) => name),
    );
    const known = createProgram(commands).commands.map((command) => command.name());
    expect(inTable.sort()).toEqual(known.sort());
  });

  it("README.md leads to every page of docs/", () => {
    const readme = readPage("README.md");
    expect(pages.filter((page) => page.startsWith("docs/") && !readme.includes(`(${page})`))).toEqual([]);
  });
});
