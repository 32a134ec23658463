import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs "$@" and kills it as soon as standard input ends: when we close it, and however we ourselves end, for the
 * system closes it then. Standard input moves to 3 because a shell gives its background jobs an empty one.
 */
const GUARDIAN = `
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
( while read -r line <&3; do :; done; kill -9 $child ) 2>/dev/null &
guard=$!
wait $child
status=$?
kill $guard 2>/dev/null
exit $status
`;

export interface Guarded {
  /** Standard output and error are pipes; it does not keep this process alive. */
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/**
 * Starts a program that ends with `stop()`, and with this process at the latest, even a killed one.
 *
 * @param inherited its file descriptors from 4 on
 */
export function spawnGuarded(
  command: readonly string[],
  inherited: Extract<StdioOptions, readonly unknown[]> = [],
): Guarded {
  if (process.platform === "win32") return spawnInJob(command);
  // Detached: Ctrl-C reaches only us, and what ends us closes the guardian's input.
  const child = spawn("sh", ["-c", GUARDIAN, "guardian", ...command], {
    stdio: ["pipe", "pipe", "pipe", "ignore", ...inherited],
    detached: true,
  });
  const exited = once(child, "close").catch(() => undefined);
  child.stdin!.on("error", () => undefined); // it ended first
  child.unref();
  return {
    child,
    stop: async () => {
      child.ref();
      child.stdin!.end();
      await exited;
    },
  };
}

/** On Windows libuv puts children in a job that the system ends with us. Source: libuv, src/win/process.c. */
function spawnInJob([program, ...args]: readonly string[]): Guarded {
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const exited = once(child, "close").catch(() => undefined);
  child.unref();
  return {
    child,
    stop: async () => {
      child.ref();
      child.kill("SIGKILL");
      await exited;
    },
  };
}
