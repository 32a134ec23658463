import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { installCommand } from "../../src/board/runTool.js";
import { compileNetwork, networkDirectory, temporaryDirectory } from "../firmware/images.js";

const directory = temporaryDirectory();

// here the compiler is asked, never what it gave before
delete process.env.TESTS_KEEP;

/** Compiles the fixture's header with another network.c. */
function compileSource(text: string, strict = true) {
  const path = join(directory, "broken.c");
  writeFileSync(path, text);
  return compileFirmware({
    board: findBoard("olimex-stm32-h405"),
    sources: [{ path: join(networkDirectory("fixture"), "network.c") }, { path }],
    includeDirectories: [networkDirectory("fixture")],
    outputDirectory: directory,
    strict,
  });
}

describe("compileFirmware", () => {
  it("makes an image whose boot and link take at most 5 KB of flash and 4 KB of RAM with the stack", async () => {
    const image = await compileNetwork("olimex-stm32-h405", "exampleNetwork", join(directory, "example"));
    for (const file of [image.elf, image.bin!, image.hex!]) expect(existsSync(file), file).toBe(true);
    const { flashBytes, arenaBytes, staticRamBytes, stackBytes } = image.sizes!;
    // The example network's own code and description are some 200 B of it.
    expect(flashBytes).toBeLessThan(5 * 1024);
    expect(staticRamBytes + stackBytes).toBeLessThanOrEqual(4096);
    expect(stackBytes).toBe(findBoard("olimex-stm32-h405").stackBytes);
    expect(arenaBytes).toBe(12); // 10 in whole words
  });

  it("makes the same bytes again, of code and debug information, in whatever folder", async () => {
    const compile = async (name: string) => {
      const folder = join(directory, name);
      cpSync(networkDirectory("exampleNetwork"), folder, { recursive: true });
      cpSync(firmwareDirectory, join(folder, "firmware"), { recursive: true });
      const { elf } = await compileFirmware({
        board: findBoard("olimex-stm32-h405"),
        sources: [{ path: join(folder, "network.c") }],
        includeDirectories: [folder],
        outputDirectory: join(folder, "build"),
        firmware: join(folder, "firmware"),
      });
      return readFileSync(elf);
    };
    const [once, twice] = [await compile("once"), await compile("twice, elsewhere/deeper")];
    expect(twice.equals(once)).toBe(true);
    expect(once.includes("network.c")).toBe(true);
  });

  it("keeps the compiler's own lines when it refuses a file", async () => {
    const refused = compileSource("int answer(void)\n{\n    return unknown;\n}\n");
    await expect(refused).rejects.toThrow(/arm-none-eabi-gcc refused .*broken\.c:\n.*'unknown' undeclared/s);
    await expect(refused).rejects.toMatchObject({ name: "UserError" });
  });

  it("takes warnings for errors where it is strict, as in our tests, and lets them pass in exported projects", async () => {
    const source = "int answer(void)\n{\n    int unused;\n    return 42;\n}\n";
    await expect(compileSource(source)).rejects.toThrow("unused variable");
    const lax = await compileSource(source, false);
    expect(lax.elf).toMatch(/\.elf$/);
    expect(existsSync(lax.elf)).toBe(true);
    expect(lax.sizes?.flashBytes).toBeGreaterThan(0);
  });

  it("refuses an image whose variables besides the arena pass 4 KB with the stack", async () => {
    const kept = '__attribute__((section(".vectors"), used)) int8_t *const kept = variables;';
    const source = (bytes: number) => `#include <stdint.h>\nint8_t variables[${bytes}];\n${kept}\n`;
    const [none, kilobyte] = [await compileSource(source(4)), await compileSource(source(1024))];
    expect(kilobyte.sizes!.staticRamBytes - none.sizes!.staticRamBytes).toBe(1024 - 4);
    await expect(compileSource(source(2048))).rejects.toThrow("RAM besides the arena exceeds 4096 bytes");
  });

  it("tells of a folder that it cannot write to", async () => {
    const file = join(directory, "in the way");
    writeFileSync(file, "");
    const compiled = compileNetwork("olimex-stm32-h405", "exampleNetwork", join(file, "build"));
    await expect(compiled).rejects.toThrow(`cannot write to the folder ${join(file, "build")}: ENOTDIR`);
    await expect(compiled).rejects.toMatchObject({
      name: "UserError",
      hint: "check that no file has that name, that you may write there, and that the disk is not full",
    });
  });

  it.each([
    ["KILL", "often that means too little memory: end other programs and try again"],
    ["SEGV", "try again; if it happens again, the program itself is at fault"],
  ])("tells of a compiler that SIG%s ended, as no bug of ours", async (signal, hint) => {
    const compiler = join(directory, "arm-none-eabi-gcc");
    writeFileSync(compiler, `#!/bin/sh\nkill -${signal} $$\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${directory}:${process.env.PATH}`);
    try {
      const compiled = compileNetwork("olimex-stm32-h405", "exampleNetwork", join(directory, "ended"));
      await expect(compiled).rejects.toMatchObject({
        name: "UserError",
        message: `arm-none-eabi-gcc was ended by the signal SIG${signal} before it was done`,
        hint,
      });
    } finally {
      vi.unstubAllEnvs();
      rmSync(compiler);
    }
  });

  it("tells of a compiler that cannot be started", async () => {
    const compiler = join(directory, "arm-none-eabi-gcc");
    writeFileSync(compiler, "no program", { mode: 0o644 });
    vi.stubEnv("PATH", directory);
    try {
      const compiled = compileNetwork("olimex-stm32-h405", "exampleNetwork", join(directory, "ended"));
      await expect(compiled).rejects.toThrow(/^arm-none-eabi-gcc cannot be started: .*EACCES/);
    } finally {
      vi.unstubAllEnvs();
      rmSync(compiler);
    }
  });

  it("tells how to install a compiler that is missing", async () => {
    vi.stubEnv("PATH", directory);
    try {
      const compiled = compileNetwork("olimex-stm32-h405", "exampleNetwork", join(directory, "none"));
      await expect(compiled).rejects.toThrow("arm-none-eabi-gcc is not installed");
      await expect(compiled).rejects.toMatchObject({ hint: installCommand("arm-none-eabi-gcc") });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe("installCommand", () => {
  it.each([
    ["linux", "sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"],
    ["darwin", "brew install --cask gcc-arm-embedded"],
    ["win32", "install arm-none-eabi-gcc, and put its folder on PATH"],
  ] as const)("names what there is on %s", (platform, command) => {
    expect(installCommand("arm-none-eabi-gcc", platform)).toBe(command);
  });
});
