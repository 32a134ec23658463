import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeStarterData } from "../../scripts/makeExampleData.mjs";
import { packageRoot, packageVersion } from "../../src/base/packageRoot.js";
import { contentsOf } from "../endToEnd/projects.js";
import { pinfer } from "./pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-init-"));
afterAll(() => rmSync(folder, { recursive: true }));

const files = [
  ".github/workflows/pinfer.yml",
  ".gitignore",
  "README.md",
  "data/jammed-01.csv",
  "data/jammed-02.csv",
  "data/off-01.csv",
  "data/off-02.csv",
  "data/running-01.csv",
  "data/running-02.csv",
  "experiment.ts",
  "package.json",
  "tsconfig.json",
  `vendor/pinfer-${packageVersion}.tgz`,
];

/** A folder of its own for a case. */
function makeFolder(name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

const manifestIn = (path: string) => JSON.parse(readFileSync(join(path, "package.json"), "utf8"));

describe("pinfer init", () => {
  it("writes a project into a folder that is not there yet, and tells what to type", () => {
    const { code, stdout, stderr } = pinfer(["init", "deep/my sensor"], { cwd: folder });
    expect([code, stderr]).toEqual([0, ""]);
    expect(Object.keys(contentsOf(join(folder, "deep/my sensor")))).toEqual(files);
    expect(stdout).toMatch(/^deep\/my sensor: a project of 13 files\n {2}\.github\/workflows\/pinfer\.yml\n/);
    expect(stdout).toContain("\nnext:\n  cd 'deep/my sensor'\n  npm install ");
    expect(stdout).toMatch(/\n {2}npm run firmware +# /);
  });

  it("writes into the folder it is run in, beside what is there", () => {
    const here = makeFolder("Motor_Watch 2!");
    writeFileSync(join(here, "LICENSE"), "mine\n");
    const { code, stdout } = pinfer(["init", "--json"], { cwd: here });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      folder: ".",
      files,
      next: ["npm install", "npm run train", "npm run check", "npm run pins", "npm run firmware"],
    });
    expect(readFileSync(join(here, "LICENSE"), "utf8")).toBe("mine\n");
    expect(manifestIn(here)).toMatchObject({
      name: "motor_watch-2",
      private: true,
      type: "module",
      devDependencies: { pinfer: `file:vendor/pinfer-${packageVersion}.tgz` },
    });
  });

  it("names no project as the package it depends on, which npm would not install", () => {
    const here = makeFolder("pinfer");
    pinfer(["init"], { cwd: here });
    expect(manifestIn(here).name).toBe("pinfer-project");
  });

  it("writes the same bytes every time", () => {
    for (const parent of ["first", "second"]) pinfer(["init", "same"], { cwd: makeFolder(parent) });
    expect(contentsOf(join(folder, "first"))).toEqual(contentsOf(join(folder, "second")));
  });
});

describe("pinfer init touches nothing", () => {
  it("where files are in the way, and names them", () => {
    const here = makeFolder("taken");
    mkdirSync(join(here, "data"));
    writeFileSync(join(here, "package.json"), "{}\n");
    writeFileSync(join(here, "data/off-01.csv"), "mine\n");
    const before = contentsOf(here);
    expect(pinfer(["init", "taken"], { cwd: folder })).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "error: taken has 2 of the 13 files that a project begins with: data/off-01.csv, package.json\n" +
        "hint: choose another folder, or move them away: init replaces nothing\n",
    });
    expect(contentsOf(here)).toEqual(before);
  });

  it("where a file has the name of a folder it needs", () => {
    const here = makeFolder("half");
    writeFileSync(join(here, "data"), "mine\n");
    const { code, stderr } = pinfer(["init", "half"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain("error: half has 1 of the 13 files that a project begins with: data\n");
    expect(readdirSync(here)).toEqual(["data"]);
  });

  it("where the folder is a file", () => {
    writeFileSync(join(folder, "file"), "mine\n");
    expect(pinfer(["init", "file"], { cwd: folder })).toEqual({
      code: 1,
      stdout: "",
      stderr: "error: file is a file; a project is written into a folder\nhint: choose another name\n",
    });
    expect(pinfer(["init", "file/below"], { cwd: folder })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("error: cannot make the folder file/below"),
    });
  });

  it("where a link that leads nowhere has a file's name: it is not written through", () => {
    symlinkSync("nowhere.md", join(makeFolder("linked"), "README.md"));
    const { code, stderr } = pinfer(["init", "linked"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain("begins with: README.md\n");
  });
});

describe("the recordings of the starter", () => {
  it("are what the script makes, and small", () => {
    const made = makeFolder("made");
    makeStarterData(made);
    const shipped = contentsOf(join(packageRoot, "templates/starter/data"));
    expect(shipped).toEqual(contentsOf(made));
    expect(Object.values(shipped).join("").length).toBeLessThan(20_000);
  });
});
