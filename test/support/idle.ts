import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";

/** Whether the system tells what processes do. Source: proc(5), /proc/pid/task/tid/children, stat and schedstat. */
export const tellsIdleness = existsSync("/proc/self/schedstat");

/** Every thread below a process and how much it has run so far; with "busy" in it where one could run, or has ended. */
function activityBelow(pid: string): string {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean))
    .map((child) => {
      const threads = readdirSync(`/proc/${child}/task`).map((thread) => {
        const task = `/proc/${child}/task/${thread}`;
        const sleeps = /\) S /.test(read(`${task}/stat`));
        return `${thread}: ${sleeps ? read(`${task}/schedstat`) : "busy"}`;
      });
      return threads.join("") + activityBelow(child);
    })
    .join("");
}

const read = (path: string): string => readFileSync(path, "latin1");

function activity(): string {
  try {
    return activityBelow("self");
  } catch {
    return "busy"; // one has ended meanwhile
  }
}

/**
 * Whether there are processes below this one, and all of them slept through a turn of the event loop: so they have read
 * all they were sent, and this process has read all they said.
 */
export async function isIdleBelow(): Promise<boolean> {
  const before = activity();
  await turn();
  return before !== "" && !before.includes("busy") && activity() === before;
}

/** Processes tell nobody when they fall asleep. However long that takes, it is only awaited, at most until `isOver`. */
export async function untilIdleBelow(isOver: () => boolean = () => false): Promise<void> {
  while (!isOver() && !(await isIdleBelow())) await pause(1);
}
