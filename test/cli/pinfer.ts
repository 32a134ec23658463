import { type ChildProcess, spawn, spawnSync } from "node:child_process";
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

/** As `pinfer`, but runs beside the test. */
export function startPinfer(
  programArguments: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): { child: ChildProcess; ended: Promise<Result & { signal: NodeJS.Signals | null }> } {
  const child = spawn(process.execPath, [main, ...programArguments], options);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<Result & { signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}
