import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/commandLine.js";
import { commands } from "../../src/cli/commands.js";
import { temporaryDirectory } from "../firmware/images.js";
import { pinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const none = `${folder}/none`;
const file = `${folder}/file`;
writeFileSync(file, "");
const port = ["--port", none];

/** A way of each command to fail as it runs. */
const failing: Readonly<Record<string, readonly string[]>> = {
  init: [file],
  train: [none],
  search: [none, "-o", `${folder}/found`],
  import: [none],
  "export-firmware": [none],
  build: [none],
  board: ["--board", "none"],
  flash: [none, ...port],
  update: [none, ...port],
  infer: ["--input", none, ...port],
  client: [none],
  stream: [none],
  compare: [none, "--input", none, ...port],
  dut: [none, "--input", none, ...port],
  monitor: [none, ...port],
  record: [...port, "--label", "a", "-o", folder],
  profile: [none, ...port],
  pins: [none, ...port],
  predict: [none, "--input", none],
  summary: [none],
  diff: [none, none],
};
/** They look at nothing that could be missing. */
const cannotFail = ["boards", "doctor"];

const documentOf = (stdout: string): { error: { message: string; hint?: string } } => {
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout);
};

describe("with --json an error is JSON on standard output, and as always on standard error:", () => {
  it("every command is here", () => {
    const known = createProgram(commands).commands.map((command) => command.name());
    expect([...Object.keys(failing), ...cannotFail].sort()).toEqual(known.sort());
  });

  it.each(Object.entries(failing))("%s", (name, words) => {
    const { code, stdout, stderr } = pinfer([name, ...words, "--json"]);
    const { error } = documentOf(stdout);
    expect([name, code]).toEqual([name, 1]);
    const hint = error.hint === undefined ? "" : `hint: ${error.hint}\n`;
    expect(stderr.endsWith(`error: ${error.message}\n${hint}`)).toBe(true);
  });

  it.each([...Object.keys(failing), ...cannotFail])("%s, of wrong usage", (name) => {
    const { code, stdout, stderr } = pinfer([name, ...(failing[name] ?? []), "--json", "--no-such-option"]);
    expect([name, code, documentOf(stdout)]).toEqual([
      ...[name, 2],
      {
        error: {
          message: "unknown option '--no-such-option'",
          hint: "`pinfer <command> --help` explains a command",
        },
      },
    ]);
    expect(stderr).toContain("error: unknown option '--no-such-option'\n");
  });

  it("none without --json, and none behind --", () => {
    expect(pinfer(["summary", none]).stdout).toBe("");
    expect(pinfer(["summary", "--", "--json"]).stdout).toBe("");
  });
});
