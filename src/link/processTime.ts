import { readdirSync, readFileSync } from "node:fs";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/**
 * For how long a process's threads have stood ready without being run, in all: 0 where the system does not tell.
 * Source: Linux, Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat".
 */
export function stolenMsOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const tasks = `/proc/${pid}/task`;
  try {
    const waits = readdirSync(tasks).map((thread) => {
      const [, waited] = readFileSync(`${tasks}/${thread}/schedstat`, "latin1").split(" ");
      return Number(waited);
    });
    return waits.reduce((sum, waited) => sum + waited, 0) / NANOSECONDS_PER_MILLISECOND;
  } catch {
    return 0; // it has ended, or this system has no /proc
  }
}
