/*
 * How threads share out a job. The ticket says which job is open, how many of its chunks the main thread has taken from
 * the front and how many the helping threads from the back: who raises a count has the chunk. So each mostly works on the
 * samples that are in its cache already. Between jobs the ticket is closed, so that no thread can take a chunk of one job
 * with the numbers of another: those are written while it is closed, and a ticket that was read before cannot be raised
 * any more.
 */

/** Places of 32-bit words at the begin of the shared memory; what many threads write has cache lines of its own. */
export const words = {
  ticket: 16,
  done: 32,
  sleepers: 48,
  ready: 64,
  kernel: 80,
  count: 81,
  grain: 82,
  chunks: 83,
  job: 84,
  scratch: 85,
  scratchBytes: 86,
  total: 96,
} as const;

/** A ticket's low bits count chunks from the front, the next as many from the back; the rest is the number of the job. */
export const chunkBits = 6;

/** The count of a closed ticket; jobs have fewer chunks. */
export const closed = 2 ** chunkBits - 1;

export interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly kernels: readonly string[];
  /** 1, 2, …; the main thread is 0. */
  readonly thread: number;
  readonly words: typeof words;
  readonly chunkBits: number;
  /** Looks at the ticket before a thread goes to sleep: some 100 microseconds. */
  readonly patience: number;
}

/**
 * What a helping thread does for ever. It is sent to the thread as text: it may use nothing from outside but its
 * argument and what every thread has.
 */
export function runThread({
  module,
  memory,
  kernels,
  thread,
  words: at,
  chunkBits: bits,
  patience,
}: ThreadData): void {
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<
    string,
    (from: number, to: number, job: number) => void
  > & { setScratch(address: number): void };
  const table = kernels.map((name) => exports[name]);
  const shared = new Int32Array(memory.buffer, 0, at.total);
  const mask = 2 ** bits - 1;
  const oneMore = 1 << bits;
  let scratch = 0;
  let idle = 0;
  Atomics.add(shared, at.ready, 1);
  for (;;) {
    const ticket = Atomics.load(shared, at.ticket);
    const chunk = shared[at.chunks] - 1 - ((ticket >> bits) & mask);
    if (chunk >= (ticket & mask)) {
      const from = chunk * shared[at.grain];
      const to = Math.min(from + shared[at.grain], shared[at.count]);
      const [kernel, job] = [shared[at.kernel], shared[at.job]];
      const ownScratch = shared[at.scratch] + thread * shared[at.scratchBytes];
      if (Atomics.compareExchange(shared, at.ticket, ticket, ticket + oneMore) !== ticket) continue;
      if (scratch !== ownScratch) {
        scratch = ownScratch;
        exports.setScratch(scratch);
      }
      table[kernel](from, to, job);
      Atomics.add(shared, at.done, 1);
      idle = 0;
    } else if (++idle > patience) {
      Atomics.add(shared, at.sleepers, 1);
      Atomics.wait(shared, at.ticket, ticket);
      Atomics.sub(shared, at.sleepers, 1);
      idle = 0;
    }
  }
}
