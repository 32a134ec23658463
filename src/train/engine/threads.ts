import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type KernelName, type Kernels, kernelNames } from "./kernels.js";
import { chunkBits, closed, runThread, type ThreadData, words } from "./threadProtocol.js";

const mostThreads = 8;
const mostChunks = 48;
const patience = 20_000;

/**
 * Looks for the last chunks before the main thread lets others have its processor: some 100 microseconds, which is longer
 * than a chunk takes a thread that runs.
 */
const mainPatience = 10_000;
const pauseMs = 0.05;

const placeOf = Object.fromEntries(kernelNames.map((name, place) => [name, place])) as Readonly<
  Record<KernelName, number>
>;

/**
 * The process's other processors. Outputs are shared out, never a sum, so that results do not depend on how many help:
 * nor on when, so that {@link isActive} may change at any time.
 */
export class Threads {
  /** Threads that can be, with the main one. */
  readonly limit = Math.min(availableParallelism(), mostThreads);
  /** Whether jobs are shared out. */
  isActive = false;
  private readonly shared: Int32Array;
  private workers: Worker[] = [];
  private generation = 0;

  constructor(
    private readonly module: WebAssembly.Module,
    private readonly memory: WebAssembly.Memory,
    private readonly kernels: Kernels,
  ) {
    this.shared = new Int32Array(memory.buffer, 0, words.total);
    this.shared[words.ticket] = closed;
  }

  /** Starts the helping threads: they sleep when nothing is to be done, and do not keep the process alive. */
  start(): void {
    if (this.workers.length > 0) return;
    const { module, memory } = this;
    for (let thread = 1; thread < this.limit; thread++) {
      const data: ThreadData = { module, memory, kernels: kernelNames, thread, words, chunkBits, patience };
      const code = `(${runThread})(require("node:worker_threads").workerData)`;
      const worker = new Worker(code, { eval: true, workerData: data, execArgv: [] });
      worker.unref();
      // A thread that could not start (a limit of the system) is one that does not help.
      worker.on("error", () => {});
      this.workers.push(worker);
    }
  }

  /** Whether all helping threads have started. */
  get isReady(): boolean {
    const count = this.limit - 1;
    return count > 0 && Atomics.load(this.shared, words.ready) === count;
  }

  /** Runs outputs 0..count − 1 of a job, `grain` of them or more at a time. */
  run(name: KernelName, count: number, grain: number, job: number): void {
    const { shared } = this;
    const step = evenStep(count, grain);
    const chunks = Math.ceil(count / step);
    this.generation = (this.generation + 1) & (2 ** (31 - 2 * chunkBits) - 1);
    const open = this.generation << (2 * chunkBits);
    Atomics.store(shared, words.ticket, open | closed);
    shared[words.kernel] = placeOf[name];
    shared[words.count] = count;
    shared[words.grain] = step;
    shared[words.chunks] = chunks;
    shared[words.job] = job;
    Atomics.store(shared, words.done, 0);
    Atomics.store(shared, words.ticket, open);
    if (Atomics.load(shared, words.sleepers) > 0) Atomics.notify(shared, words.ticket);
    const kernel = this.kernels[name];
    let own = 0;
    for (;;) {
      const ticket = Atomics.load(shared, words.ticket);
      const chunk = ticket & closed;
      if (chunk + ((ticket >> chunkBits) & closed) >= chunks) break;
      if (Atomics.compareExchange(shared, words.ticket, ticket, ticket + 1) !== ticket) continue;
      kernel(chunk * step, Math.min((chunk + 1) * step, count), job);
      own++;
    }
    for (let looks = 0; Atomics.load(shared, words.done) + own < chunks; looks++) {
      if (looks > mainPatience) Atomics.wait(shared, words.total - 1, 0, pauseMs);
    }
  }

  /** Tells helping threads where their own room is: `each` bytes a thread, the main one's first. */
  setScratch(address: number, each: number): void {
    this.shared[words.scratch] = address;
    this.shared[words.scratchBytes] = each;
  }
}

/** Outputs of each chunk, so that chunks are alike and take about as long as `grain` outputs, in fours if that is. */
function evenStep(count: number, grain: number): number {
  const wanted = Math.min(mostChunks, Math.max(2, Math.round(count / grain)));
  const multiple = grain % 4 === 0 ? 4 : 1;
  return Math.ceil(count / wanted / multiple) * multiple;
}
