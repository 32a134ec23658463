import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../base/errors.js";
import { writeFilesAtomically } from "../base/files.js";
import { makeFolder } from "../base/makeFolder.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import { runTool } from "../board/runTool.js";

const source = fileURLToPath(new URL("./blockCounts.c", import.meta.url));

/** Where what was built once is found again: the system's place for such, or ~/.cache. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME: named } = process.env;
  return join(named?.startsWith("/") ? named : join(homedir(), ".cache"), "pinfer");
}

/**
 * The plugin that counts blocks, built for this emulator with the compiler of this computer unless it is there from
 * before.
 *
 * @returns the path of a shared object that the emulator was seen to load
 * @throws UserError when there is no compiler, or the emulator takes no plugin
 */
export async function counterPlugin(emulator: string): Promise<string> {
  if (process.platform !== "linux") {
    throw new UserError("the plugin that counts for them is built on Linux only", "profile on Linux");
  }
  // Interface 1 is QEMU 7.2's. Whoever has another tells which one, and nothing that is called differs.
  let version = 1;
  for (let tries = 0; tries < 2; tries++) {
    const plugin = await build(version);
    const { stderr } = await runTool(emulator, [
      ...["-M", "none", "-display", "none", "-monitor", "none", "-serial", "none"],
      ...["-plugin", `${escapeCommas(plugin)},probe=on`],
    ]);
    if (stderr.includes("pinfer's plugin is loaded")) return plugin;
    const known = /supports only (?:up to|a minimum) version (?:of )?(\d+)|minimum version of (\d+)/.exec(
      stderr,
    );
    if (known === null) throw refused(emulator, stderr);
    version = Number(known[1] ?? known[2]);
  }
  throw new UserError(
    `this ${emulator} loads the plugin with neither version of its interface that it asked for, the last ${version}`,
  );
}

function refused(emulator: string, stderr: string): UserError {
  const reason = stderr.split("\n").find((line) => /plugin/i.test(line)) ?? stderr.split("\n")[0];
  return new UserError(
    `this ${emulator} loads no plugin: ${reason}`,
    "install a QEMU that was configured with --enable-plugins, as Debian's is",
  );
}

/** In a list of an option's values a comma is written twice. */
export function escapeCommas(path: string): string {
  return path.replaceAll(",", ",,");
}

async function build(version: number): Promise<string> {
  const text = readFileSync(source);
  const flags = ["-std=c11", "-O2", "-shared", "-fPIC", `-DPLUGIN_VERSION=${version}`];
  const name = createHash("sha256").update(text).update(flags.join(" ")).update(process.arch).digest("hex");
  const path = join(cacheFolder(), `blockCounts-${name.slice(0, 16)}.so`);
  if (existsSync(path)) return path;
  const folder = makeTemporaryFolder();
  try {
    const object = join(folder, "plugin.so");
    const { exitCode, stderr } = await runTool("gcc", [...flags, "-o", object, source]);
    if (exitCode !== 0)
      throw new UserError(`gcc cannot build the plugin that counts for them:\n${stderr.trim()}`);
    makeFolder(cacheFolder());
    writeFilesAtomically([{ path, data: readFileSync(object) }]);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
