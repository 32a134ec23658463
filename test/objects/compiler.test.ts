import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../firmware/images.js";
import { makeCompilers } from "./keepObjects.js";

const directory = temporaryDirectory();
const kept = join(directory, "kept");
/** Writes a line each time it is asked, and compiles. */
const calls = join(directory, "calls");
let bin: string;

/** Compiles the .c files of a folder, each of which has its object when it was; how many the compiler was given. */
function compile(name: string, files: Readonly<Record<string, string>>, ...flags: string[]) {
  const folder = join(directory, name);
  mkdirSync(join(folder, "include"), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  writeFileSync(calls, "");
  const sources = Object.keys(files).filter((file) => file.endsWith(".c"));
  const paths = sources.map((file) => join(folder, file));
  const maps = [`-I${join(folder, "include")}`, `-ffile-prefix-map=${folder}=.`];
  const { status, stderr } = spawnSync(join(bin, "gcc"), ["-Wall", "-g", ...maps, ...flags, "-c", ...paths], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, TESTS_KEEP: kept, TESTS_COMPILERS: join(directory, "real") },
  });
  const objects = sources.map((file) => join(folder, file.replace(/c$/, "o")));
  return {
    status,
    stderr,
    asked: readFileSync(calls, "utf8").split("\n").filter(Boolean).map(Number),
    objects: objects.filter((path) => existsSync(path)).map((path) => readFileSync(path)),
  };
}

const one = '#include "one.h"\nint one(void) { return ONE; }\n';
const two = "#include <stdint.h>\nint8_t two(void) { return 2; }\n";
const sources = { "one.c": one, "two.c": two, "include/one.h": '#include "deeper.h"\n' };
const files = { ...sources, "include/deeper.h": "#define ONE 1\n" };

describe.skipIf(process.platform !== "linux")("the compiler of the tests", () => {
  beforeAll(() => {
    const path = process.env.TESTS_COMPILERS ?? process.env.PATH!;
    bin = makeCompilers(directory);
    mkdirSync(kept);
    mkdirSync(join(directory, "real"));
    const counting = `#!/bin/sh\ncount=0\nfor word; do case "$word" in *.c) count=$((count + 1));; esac; done\n`;
    const real = `echo $count >> ${calls}\nPATH=${path} exec gcc "$@"\n`;
    writeFileSync(join(directory, "real", "gcc"), counting + real, { mode: 0o755 });
  });

  it("gives the object that the same sources and headers gave, in whatever folder", () => {
    const first = compile("first", files);
    expect([first.status, first.asked, first.objects.length]).toEqual([0, [2], 2]);
    const again = compile("elsewhere", files);
    expect(again).toEqual({ ...first, asked: [] });
  });

  it("compiles what another header, another flag or another text makes another object", () => {
    const { objects: before } = compile("first", files);
    const header = compile("header", { ...files, "include/deeper.h": "#define ONE 3\n" });
    expect(header.asked).toEqual([1]);
    expect(header.objects[0]!.equals(before[0]!)).toBe(false);
    expect(header.objects[1]!.equals(before[1]!)).toBe(true);
    expect(compile("flag", files, "-O2").asked).toEqual([2]);
    expect(compile("macro", files, "-DTHREE=3").asked).toEqual([2]);
    expect(compile("text", { ...files, "two.c": `${two}int three;\n` }).asked).toEqual([1]);
    expect(
      compile("name", { ...sources, "three.c": two, "include/deeper.h": "#define ONE 1\n" }).asked,
    ).toEqual([1]);
  });

  it("takes sanitizers' objects for the same at the same path only, which they tell", () => {
    const flag = "-fsanitize=address,undefined";
    expect(compile("sanitized", files, flag).asked).toEqual([2]);
    expect(compile("sanitized", files, flag).asked).toEqual([]);
    expect(compile("otherwise", files, flag).asked).toEqual([2]);
  });

  it("lets the compiler complain each time, and keeps nothing then", () => {
    const count = readdirSync(kept).length;
    const warned = { "one.c": "int one(void) { int unused; return 1; }\n" };
    const broken = { "one.c": "int one(void) { return unknown; }\n" };
    for (const name of ["once", "twice"]) {
      expect(compile(name, warned)).toMatchObject({ status: 0, asked: [1] });
      expect(compile(name, warned).stderr).toContain("unused variable");
      expect(compile(name, broken)).toMatchObject({ status: 1, asked: [1] });
      expect(compile(name, broken).stderr).toMatch(/unknown.* undeclared/);
    }
    expect(readdirSync(kept)).toHaveLength(count);
  });

  it("leaves to the compiler what it does not know to be all that decides an object", () => {
    const count = readdirSync(kept).length;
    const computed = { "one.c": '#define FILE "include/deeper.h"\n#include FILE\nint one = ONE;\n' };
    const dated = { "one.c": "const char *one = __DATE__;\n" };
    for (const text of [computed, dated]) {
      expect(compile("unknown", { ...files, ...text, "two.c": two }).asked).toEqual([2]);
    }
    expect(compile("unknown", files, "-MD").asked).toEqual([2]);
    expect(readdirSync(kept)).toHaveLength(count);
  });
});
