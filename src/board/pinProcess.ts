import { readFile } from "node:fs/promises";
import { runTool } from "./runTool.js";

/**
 * What to put before a command so that it keeps to one processor; nothing where the system has no taskset.
 *
 * QEMU hands every received byte from one of its threads to another. Waking a thread on another processor took so
 * long on a 2-core machine that 784-byte requests went at 13 kB/s; on one processor they went at 65 to 72 kB/s.
 */
export async function pinnedCommand(): Promise<string[]> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1];
  if (list === undefined) return [];
  const processors = parseProcessors(list);
  // Emulators of different programs get different ones more often than not.
  const command = ["-c", String(processors[process.pid % processors.length])];
  const isThere = await runTool("taskset", [...command, "true"]).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
  return isThere ? ["taskset", ...command] : [];
}

/** "0-2,5" → [0, 1, 2, 5]. Source: proc(5), Cpus_allowed_list. */
export function parseProcessors(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}
