import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/link/frame.js";
import { temporaryDirectory } from "../images.js";
import { type FuzzTarget, fuzzTargets, targetArguments } from "./targets.js";

const directory = temporaryDirectory();
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const firmware = pathOf("../../../firmware");
const targets = Object.keys(fuzzTargets) as FuzzTarget[];
const inputsOf = (target: FuzzTarget): string[] => {
  const { corpus } = fuzzTargets[target];
  return readdirSync(corpus).map((name) => join(corpus, name));
};

/** The fuzzer's entry around firmware from a folder, with gcc's sanitizers; runs the files through it. */
function compileReplay(
  name: string,
  target: FuzzTarget,
  folder: string,
): (files: readonly string[], environment?: NodeJS.ProcessEnv) => ReturnType<typeof spawnSync> {
  const own = join(directory, name);
  mkdirSync(own);
  const executable = join(own, "replay");
  const compiled = spawnSync(
    "gcc",
    [
      ...["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"],
      ...["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
      ...[...targetArguments(target, folder, own), pathOf("replay.c"), "-o", executable],
    ],
    { encoding: "utf8" },
  );
  expect(compiled.stderr).toBe("");
  return (files, environment = {}) =>
    spawnSync(executable, files, { encoding: "utf8", env: { ...process.env, ...environment } });
}

/** The same around firmware in which something is otherwise. */
function compileSpoiled(name: string, target: FuzzTarget, file: string, before: string, after: string) {
  const copy = join(directory, `${name}-firmware`);
  cpSync(firmware, copy, { recursive: true });
  const text = readFileSync(join(copy, file), "utf8");
  expect(text).toContain(before);
  writeFileSync(join(copy, file), text.replace(before, after));
  return compileReplay(name, target, copy);
}

describe("the firmware under gcc's sanitizers and beside a witness", () => {
  it.each(targets)("takes every input that the fuzzer has kept: %s", (target) => {
    const inputs = inputsOf(target);
    const { stdout, stderr, status } = compileReplay(target, target, firmware)(inputs);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toBe(`${inputs.length} inputs\n`);
    expect(inputs.length).toBeGreaterThan(20);
  });

  it("would not take them with a size left unchecked, or a CRC left out of an answer", () => {
    const long = join(directory, "long");
    writeFileSync(long, encodeFrame({ type: 6, status: 0, id: 1, payload: new Uint8Array(4096) }));
    const unchecked = compileSpoiled("unchecked", "bare", "batch.c", "size <= batch.bytes && ", "");
    expect(String(unchecked([long]).stderr)).toContain("global-buffer-overflow");
    const unnamed = compileSpoiled("unnamed", "bare", "link.c", "    link_send_u32(request_crc);\n", "");
    expect(unnamed(inputsOf("bare")).signal).toBe("SIGABRT");
  });

  it.each([
    {
      name: "a round in the midst of a request",
      file: "serve.c",
      before: "control_lend();\n        request.has_input = 1;\n        forget_layers",
      after: "forget_layers",
      why: "no round while an input comes in",
    },
    {
      name: "a hello dropped with the layers that were forgotten",
      ...{ file: "serve.c", before: "if (request.has_input) {", after: "{" },
      why: "an answer to each whole request",
    },
    {
      name: "an answer to what was dropped",
      ...{ file: "serve.c", before: "if (control_poll())", after: "if (control_poll() > 1)" },
      why: "no answer to what was dropped",
    },
    {
      name: "pins that wait for ever",
      ...{ file: "control.c", before: "board_milliseconds() - lent_at < LENT_MS", after: "1" },
      why: "the pins go on when nobody has the network",
    },
    {
      name: "a set pin that does not hold",
      ...{ file: "rounds.h", before: "if (!pins[slot].is_set)", after: "if (1)" },
      why: "a set pin holds",
    },
  ])("would not take them with $name", ({ name, file, before, after, why }) => {
    const spoiled = compileSpoiled(name.replaceAll(" ", "-"), "full", file, before, after);
    expect(String(spoiled(inputsOf("full")).stderr)).toMatch(/^not as it must be: /);
    const { stderr } = spoiled(inputsOf("full"), { REPLAY_EACH: "1" });
    expect(String(stderr).split("\n")).toContain(`not as it must be: ${why}`);
  });

  it("has a corpus that stays small", () => {
    const sizes = targets.flatMap(inputsOf).map((file) => statSync(file).size);
    expect(sizes.length).toBeLessThan(500);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
  });
});
