import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line, as a user would. */
export function pinfer(
  programArguments: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Result {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [main, ...programArguments], {
    encoding: "utf8",
    ...options,
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}
