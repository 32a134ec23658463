import { readdirSync, readFileSync } from "node:fs";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/**
 * For how long the threads of a process and of those it started have stood ready without being run, in all; 0 where
 * the system does not tell. Source: proc(5), /proc/pid/task/tid/children; Linux, Documentation/scheduler/sched-stats.rst,
 * "/proc/<pid>/schedstat".
 */
export function stolenMsOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).reduce((sum, thread) => sum + stolenMsOfThread(`${tasks}/${thread}`), 0);
  } catch {
    return 0; // it has ended, or this system has no /proc
  }
}

function stolenMsOfThread(task: string): number {
  const [, waited] = readFileSync(`${task}/schedstat`, "latin1").split(" ");
  const children = readFileSync(`${task}/children`, "latin1").split(" ").filter(Boolean);
  return children.reduce(
    (sum, child) => sum + stolenMsOf(Number(child)),
    Number(waited) / NANOSECONDS_PER_MILLISECOND,
  );
}
