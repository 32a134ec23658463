import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "../base/errors.js";
import type { Answer, Task } from "./messages.js";
import type { Outcome } from "./outcome.js";

const childPath = fileURLToPath(new URL("./child.js", import.meta.url));

export interface WorkHooks {
  /** How much of the running candidates is done, in candidates. */
  onProgress(running: number): void;
  onOutcome(outcome: Outcome): void;
}

/**
 * Works through tasks in child processes, `jobs` at a time, each task by the next process that is free.
 *
 * @throws UserError when the experiment cannot be trained at all; Error when a process dies
 */
export async function workThrough(
  experimentPath: string,
  tasks: readonly Task[],
  jobs: number,
  hooks: WorkHooks,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...tasks];
  const shares = new Map<number, number>();
  const children: ChildProcess[] = [];
  const stop = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  signal.addEventListener("abort", stop);
  const onProgress = (worker: number, share: number) => {
    shares.set(worker, share);
    hooks.onProgress([...shares.values()].reduce((sum, each) => sum + each, 0));
  };
  const workers = Array.from({ length: Math.min(jobs, tasks.length) }, (_, worker) => {
    // What the experiment prints goes to standard error: standard output carries results.
    const child = fork(childPath, [experimentPath], { stdio: ["ignore", 2, 2, "ipc"], execArgv: [] });
    children.push(child);
    return serve(child, waiting, {
      onProgress: (share) => onProgress(worker, share),
      onOutcome: (outcome) => {
        shares.set(worker, 0);
        hooks.onOutcome(outcome);
      },
    });
  });
  try {
    await Promise.all(workers);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Gives a child one task after the other, until none is waiting. */
function serve(
  child: ChildProcess,
  waiting: Task[],
  hooks: { onProgress(share: number): void; onOutcome(outcome: Outcome): void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let task: Task | undefined;
    const next = () => {
      task = waiting.shift();
      if (task === undefined) {
        resolve();
        child.disconnect();
      } else {
        child.send(task);
      }
    };
    child.on("message", (answer: Answer) => {
      if (answer.kind === "refused") reject(new UserError(answer.message, answer.hint));
      if (answer.kind === "progress") hooks.onProgress(answer.share);
      if (answer.kind === "done") hooks.onOutcome(answer.outcome);
      if (answer.kind === "ready" || answer.kind === "done") next();
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const where = task === undefined ? "before its first candidate" : `in candidate ${task.candidate}`;
      reject(
        new UserError(
          `a process of the search ended ${how} ${where}`,
          "see above for its message; out of memory: try --jobs 1; what is done is kept, the same command goes on",
        ),
      );
    });
  });
}
