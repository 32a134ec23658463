import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("compiler.c", import.meta.url));

/** They compile the same firmware around hundreds of networks. */
const compilers = ["gcc", "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc"];

const isThere = (compiler: string): boolean => spawnSync(compiler, ["--version"]).error === undefined;

/** Compiles compiler.c, with a name for each compiler that is here, into <folder>/bin. */
export function makeCompilers(folder: string): string {
  const bin = join(folder, "bin");
  const program = join(folder, "compiler");
  mkdirSync(bin);
  const flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-format-truncation"];
  execFileSync("gcc", [...flags, source, "-o", program], { stdio: "pipe" });
  for (const compiler of compilers.filter(isThere)) symlinkSync(program, join(bin, compiler));
  return bin;
}

/** What one test compiles for its firmware, no other compiles again in this run of the tests; on Linux only. */
export default function keepObjects(): (() => void) | undefined {
  if (process.platform !== "linux" || !isThere("gcc")) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "pinfer-objects-"));
  const { PATH = "" } = process.env;
  const bin = makeCompilers(folder);
  process.env.TESTS_KEEP = join(folder, "objects");
  process.env.TESTS_COMPILERS = PATH;
  process.env.PATH = `${bin}${delimiter}${PATH}`;
  mkdirSync(process.env.TESTS_KEEP);
  return () => rmSync(folder, { recursive: true, force: true });
}
