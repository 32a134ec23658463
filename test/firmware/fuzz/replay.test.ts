import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/link/frame.js";
import { temporaryDirectory } from "../images.js";

const directory = temporaryDirectory();
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const firmware = pathOf("../../../firmware");
const corpus = pathOf("corpus");
const inputs = readdirSync(corpus).map((name) => join(corpus, name));

/** The fuzzer's entry around firmware from a folder, with gcc's sanitizers; runs the files through it. */
function compileReplay(
  name: string,
  folder: string,
): (files: readonly string[]) => ReturnType<typeof spawnSync> {
  const executable = join(directory, name);
  const sources = ["board.c", "replay.c", "../exampleNetwork/network.c"].map(pathOf);
  const compiled = spawnSync(
    "gcc",
    [
      ...["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"],
      ...["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
      ...[`-I${folder}`, `-I${pathOf("../exampleNetwork")}`],
      ...[...sources, join(folder, "crc32.c"), "-o", executable],
    ],
    { encoding: "utf8" },
  );
  expect(compiled.stderr).toBe("");
  return (files) => spawnSync(executable, files, { encoding: "utf8" });
}

describe("the firmware's frames and messages under gcc's sanitizers", () => {
  it("take every input that the fuzzer has kept", () => {
    const { stdout, stderr, status } = compileReplay("replay", firmware)(inputs);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toBe(`${inputs.length} inputs\n`);
    expect(inputs.length).toBeGreaterThan(20);
  });

  it("would not take them with a size left unchecked, or a CRC left out of an answer", () => {
    const spoil = (name: string, file: string, before: string, after: string) => {
      const copy = join(directory, `${name}-firmware`);
      cpSync(firmware, copy, { recursive: true });
      const text = readFileSync(join(copy, file), "utf8");
      expect(text).toContain(before);
      writeFileSync(join(copy, file), text.replace(before, after));
      return compileReplay(name, copy);
    };
    const long = join(directory, "long");
    writeFileSync(long, encodeFrame({ type: 6, status: 0, id: 1, payload: new Uint8Array(4096) }));
    const unchecked = spoil("unchecked", "batch.c", "size <= batch.bytes && ", "");
    expect(String(unchecked([long]).stderr)).toContain("global-buffer-overflow");
    const unnamed = spoil("unnamed", "link.c", "    link_send_u32(request_crc);\n", "");
    expect(unnamed(inputs).signal).toBe("SIGABRT");
  });

  it("have a corpus that stays small", () => {
    expect(inputs.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(200_000);
  });
});
