const pageBytes = 65536;

/** Vectors are read whole: the last of an array may reach this far behind its end. */
const slackBytes = 64;
const alignment = 64;

interface Block {
  start: number;
  end: number;
}

/**
 * Memory of a WebAssembly module, given out in blocks and taken back. The memory is shared between threads, which
 * also means that views of it stay valid when it grows.
 */
export class Heap {
  private readonly free: Block[] = [];
  private readonly used = new Map<number, number>();
  private readonly outgrown = new WeakSet<ArrayBufferLike>();
  private buffer: ArrayBufferLike;
  private end: number;

  /** @param start first byte to give out */
  constructor(
    readonly memory: WebAssembly.Memory,
    start: number,
  ) {
    this.buffer = memory.buffer;
    this.end = this.buffer.byteLength;
    this.free.push({ start, end: this.end });
  }

  /** Bytes given out. */
  get usedBytes(): number {
    let sum = 0;
    for (const [start, end] of this.used) sum += end - start;
    return sum;
  }

  /**
   * The first block that is large enough; its content is what was left there.
   *
   * @returns its address, a multiple of 64, or undefined when there is no memory left
   */
  allocate(bytes: number): number | undefined {
    const size = Math.ceil((bytes + slackBytes) / alignment) * alignment;
    let index = this.free.findIndex(({ start, end }) => end - start >= size);
    if (index < 0) {
      if (!this.grow(size)) return undefined;
      index = this.free.length - 1;
    }
    const block = this.free[index];
    const address = block.start;
    block.start += size;
    if (block.start === block.end) this.free.splice(index, 1);
    this.used.set(address, address + size);
    return address;
  }

  /** Takes a block back: it joins the free ones beside it. */
  release(address: number): void {
    const end = this.used.get(address);
    if (end === undefined) throw new Error(`no block begins at ${address}`);
    this.used.delete(address);
    const next = this.free.findIndex(({ start }) => start > address);
    const at = next < 0 ? this.free.length : next;
    this.free.splice(at, 0, { start: address, end });
    if (this.free[at + 1]?.start === end) {
      this.free[at].end = this.free[at + 1].end;
      this.free.splice(at + 1, 1);
    }
    if (this.free[at - 1]?.end === address) {
      this.free[at - 1].end = this.free[at].end;
      this.free.splice(at, 1);
    }
  }

  /** Whether an array stands in this memory: its byteOffset is then its address. */
  holds({ buffer }: ArrayBufferView): boolean {
    return buffer === this.buffer || this.outgrown.has(buffer);
  }

  /** By at least half of what there is, so that growing stays rare; the last free block gets the room. */
  private grow(bytes: number): boolean {
    const wanted = Math.ceil(Math.max(bytes, this.end / 2) / pageBytes);
    const needed = Math.ceil(bytes / pageBytes);
    if (!this.tryGrow(wanted) && !this.tryGrow(needed)) return false;
    this.outgrown.add(this.buffer);
    this.buffer = this.memory.buffer;
    const grown = { start: this.end, end: this.buffer.byteLength };
    this.end = grown.end;
    const last = this.free.at(-1);
    if (last?.end === grown.start) last.end = grown.end;
    else this.free.push(grown);
    return true;
  }

  private tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}
