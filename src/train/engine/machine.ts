import { Heap } from "./heap.js";
import { fieldsOf, type Job, type JobKind, jobWords } from "./jobs.js";
import { compileKernels, createMemory, type KernelName, type Kernels } from "./kernels.js";
import { Threads } from "./threads.js";

/** Address 0 says "none" to kernels; what lies before the heap belongs to the threads. */
const heapStart = 4096;

/** Pieces that are looked at to judge how many values are zero, and how long each is: a few microseconds. */
const pieces = 16;
const pieceLength = 2048;

/** Room that kernels write before they read it: kept, and made larger when a job asks for more. */
interface Scratch {
  address: number;
  bytes: number;
}

interface Views {
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
}

/** What kernels are handed beside tensors: weights in another order, padded images, numbers of single channels, states. */
type SharedUse = "packed" | "images" | "channels" | "states";

/** The kernels with their memory and threads: one for the process. */
export class Machine {
  readonly heap: Heap;
  readonly threads: Threads;
  private readonly kernels: Kernels;
  private readonly job: number;
  private readonly jobInts: Int32Array;
  private readonly jobFloats: Float32Array;
  private latestViews: Views | undefined;
  private readonly shared: Readonly<Record<SharedUse, Scratch>> = {
    packed: { address: 0, bytes: 0 },
    images: { address: 0, bytes: 0 },
    channels: { address: 0, bytes: 0 },
    states: { address: 0, bytes: 0 },
  };
  private readonly own: Scratch = { address: 0, bytes: 0 };

  private constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.heap = new Heap(memory, heapStart);
    this.kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as Kernels;
    this.threads = new Threads(module, memory, this.kernels);
    this.job = this.expectRoom(4 * jobWords);
    this.jobInts = new Int32Array(memory.buffer, this.job, jobWords);
    this.jobFloats = new Float32Array(memory.buffer, this.job, jobWords);
  }

  private static instance: Machine | undefined | null = null;

  /** @returns undefined where there is no SIMD, no room, or no kernels were built */
  static get(): Machine | undefined {
    if (Machine.instance === null) {
      const module = compileKernels();
      const memory = module && createMemory();
      Machine.instance = memory && new Machine(module, memory);
    }
    return Machine.instance;
  }

  /** Writes a job where {@link run} finds it. */
  prepare<Kind extends JobKind>(kind: Kind, job: Job<Kind>): void {
    const { jobInts, jobFloats } = this;
    const fields = fieldsOf[kind];
    const values = job as Readonly<Record<string, number | undefined>>;
    for (let k = 0; k < fields.length; k++) {
      const { name, isFloat } = fields[k];
      const value = values[name] ?? 0;
      if (isFloat) jobFloats[k] = value;
      else jobInts[k] = value;
    }
  }

  /**
   * Runs the prepared job.
   *
   * @param count outputs of the job
   * @param grain how many of them are worth sharing out at once: some ten microseconds of work
   */
  run(name: KernelName, count: number, grain: number): void {
    if (count > grain && this.threads.isActive) this.threads.run(name, count, grain, this.job);
    else this.kernels[name](0, count, this.job);
  }

  /** All of the memory, until it grows. */
  get views(): Views {
    const { buffer } = this.heap.memory;
    if (this.latestViews?.floats.buffer !== buffer) {
      this.latestViews = { floats: new Float32Array(buffer), doubles: new Float64Array(buffer) };
    }
    return this.latestViews;
  }

  /** How many of the values are not zero, as a share: of large arrays, of some pieces of them. */
  shareOfNonZeros(values: number, count: number): number {
    if (count <= pieces * pieceLength) return this.kernels.countNonZeros(values, count) / count;
    const step = 4 * Math.floor(count / pieces / 4);
    let sum = 0;
    for (let piece = 0; piece < pieces; piece++) {
      sum += this.kernels.countNonZeros(values + 4 * piece * step, pieceLength);
    }
    return sum / (pieces * pieceLength);
  }

  /** Room that all threads see, until the next call for the same use. */
  reserve(use: SharedUse, bytes: number): number {
    this.enlarge(this.shared[use], bytes);
    return this.shared[use].address;
  }

  /** @returns the address of a table of 32-bit offsets, which the caller gives back */
  placeTable(offsets: readonly number[]): number {
    const address = this.expectRoom(4 * offsets.length);
    new Int32Array(this.heap.memory.buffer, address, offsets.length).set(offsets);
    return address;
  }

  /** Makes sure that each thread has so much room of its own. */
  reserveOwn(bytes: number): void {
    if (this.own.bytes >= bytes) return;
    const each = Math.ceil(bytes / 64) * 64;
    this.enlarge(this.own, each * this.threads.limit);
    this.own.bytes = each;
    this.kernels.setScratch(this.own.address);
    this.threads.setScratch(this.own.address, each);
  }

  /** Zeros in the heap; undefined when it is full. */
  allocate(length: number): Float32Array | undefined {
    const address = this.heap.allocate(4 * length);
    if (address === undefined) return undefined;
    return new Float32Array(this.heap.memory.buffer, address, length).fill(0);
  }

  private enlarge(scratch: Scratch, bytes: number): void {
    if (scratch.bytes >= bytes) return;
    if (scratch.address !== 0) this.heap.release(scratch.address);
    scratch.address = this.expectRoom(bytes);
    scratch.bytes = bytes;
  }

  private expectRoom(bytes: number): number {
    const address = this.heap.allocate(bytes);
    if (address === undefined) throw new Error(`no ${bytes} bytes left for training`);
    return address;
  }
}
