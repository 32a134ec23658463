import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { UserError } from "../base/errors.js";
import { packageRoot, packageVersion } from "../base/packageRoot.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import { runTool } from "../board/runTool.js";

/** Where a project gets the package from. */
export interface PackageSource {
  /** As package.json names it: "0.1.0", "file:vendor/pinfer-0.1.0.tgz". */
  readonly dependency: string;
  /** Where the packed package belongs in the project; undefined where it comes from the registry. */
  readonly packedName?: string;
  /** Packs it. */
  pack?(): Promise<Uint8Array>;
}

/**
 * What runs here. A checkout, or what was installed from one, may be of a version that no registry has: it is packed into
 * the project, whose CI then installs the very same.
 */
export function packageSource(): PackageSource {
  if (isFromRegistry()) return { dependency: packageVersion };
  const packedName = `vendor/pinfer-${packageVersion}.tgz`;
  return { dependency: `file:${packedName}`, packedName, pack: packPackage };
}

/** npm tells in node_modules/.package-lock.json where a package came from, unless it is told to leave registries out. */
function isFromRegistry(): boolean {
  if (!packageRoot.split(sep).includes("node_modules")) return false;
  const lock = join(packageRoot, "..", ".package-lock.json");
  if (!existsSync(lock)) return true;
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as {
    packages?: Record<string, { resolved?: string }>;
  };
  const resolved = packages?.["node_modules/pinfer"]?.resolved;
  return resolved === undefined || /^https?:.*\/pinfer\/-\/pinfer-[^/]+$/.test(resolved);
}

/** @throws UserError when npm is missing or fails; it asks no network for this */
async function packPackage(): Promise<Uint8Array> {
  const folder = makeTemporaryFolder();
  try {
    const [program, ...first] = npmCommand();
    const { exitCode, stderr } = await runTool(
      program,
      [...first, "pack", packageRoot, "--ignore-scripts", "--offline", "--pack-destination", folder],
      { packageTool: "npm" },
    );
    const packed = join(folder, `pinfer-${packageVersion}.tgz`);
    if (exitCode !== 0 || !existsSync(packed)) {
      throw new UserError(
        `npm cannot pack ${packageRoot}: ${stderr.trim().split("\n").at(-1)}`,
        "look at what npm says",
      );
    }
    return readFileSync(packed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** npm's own script where it is known, which runs where `npm` is a batch file, too. */
function npmCommand(): [string, ...string[]] {
  const places = [
    process.env.npm_execpath ?? "",
    join(dirname(process.execPath), "node_modules/npm/bin/npm-cli.js"),
    join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js"),
  ];
  const script = places.find((path) => basename(path) === "npm-cli.js" && existsSync(path));
  return script === undefined ? ["npm"] : [process.execPath, script];
}
