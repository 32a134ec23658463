type NumberArray = Float32Array | Float64Array | Int32Array;

/**
 * Numbers of a kind, more and more of them. They lie outside of JavaScript's heap, whose end would be the end of the
 * whole program and no error.
 */
export class NumberList<T extends NumberArray> {
  private values: T;
  private count = 0;

  constructor(private readonly kind: new (length: number) => T) {
    this.values = new kind(1024);
  }

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = new this.kind(2 * this.count);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }

  /** A view of them; later ones are not in it. */
  view(): T {
    return this.values.subarray(0, this.count) as T;
  }
}
