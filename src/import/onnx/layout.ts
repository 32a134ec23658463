import { elementCount, type Shape } from "../../base/tensor.js";

/** A part of an axis that lies in memory with one distance between neighbours. Told apart by identity. */
interface Atom {
  readonly size: number;
}

const sizeOf = (atoms: readonly Atom[]): number => atoms.reduce((product, { size }) => product * size, 1);

/**
 * How the values of an activation lie in memory. ONNX counts them along axes in its own order (channels before pixels);
 * ours lie with channels last, and nothing is moved: each axis is one or more parts, and `memory` is the order of all
 * parts, outermost first. Parts of size 1 have no place and are left out.
 *
 * So a transpose turns the axes' order and a reshape cuts and joins parts; neither touches the memory.
 */
export class Layout {
  private constructor(
    /** Parts of each logical axis, outermost first. */
    private readonly axes: readonly (readonly Atom[])[],
    private readonly memory: readonly Atom[],
  ) {}

  /** @param order of the axes in memory, outermost first; default as they are counted */
  static of(shape: Shape, order: readonly number[] = shape.map((_, axis) => axis)): Layout {
    const axes = shape.map((size) => (size === 1 ? [] : [{ size }]));
    return new Layout(
      axes,
      order.flatMap((axis) => axes[axis]),
    );
  }

  get shape(): Shape {
    return this.axes.map(sizeOf);
  }

  get elements(): number {
    return elementCount(this.shape);
  }

  /** Axis k of the new one is axis `order[k]` of this. */
  transpose(order: readonly number[]): Layout {
    return new Layout(
      order.map((axis) => this.axes[axis]),
      this.memory,
    );
  }

  /** @param shape of as many elements; undefined where a part would have to be cut unevenly */
  reshape(shape: Shape): Layout | undefined {
    const left = this.axes.flat();
    const cuts = new Map<Atom, readonly Atom[]>();
    const axes = shape.map((size): Atom[] | undefined => {
      const parts: Atom[] = [];
      let missing = size;
      while (missing > 1) {
        const atom = left.shift();
        if (atom === undefined) return undefined;
        if (missing % atom.size === 0) {
          parts.push(atom);
          missing /= atom.size;
          continue;
        }
        if (atom.size % missing !== 0) return undefined;
        const [outer, inner] = [{ size: missing }, { size: atom.size / missing }];
        cuts.set(atom, [outer, inner]);
        parts.push(outer);
        left.unshift(inner);
        missing = 1;
      }
      return parts;
    });
    if (axes.some((parts) => parts === undefined) || left.length > 0) return undefined;
    const resolve = (atom: Atom): readonly Atom[] => cuts.get(atom)?.flatMap(resolve) ?? [atom];
    return new Layout(
      (axes as Atom[][]).map((parts) => parts.flatMap(resolve)),
      this.memory.flatMap(resolve),
    );
  }

  /** For each place in memory: the number of the element that lies there, as ONNX counts. */
  logicalIndices(): Int32Array {
    return indicesOf(this.axes.flat(), this.memory);
  }

  /** For each place of an axis in memory: the index on the axis that it has. */
  axisIndices(axis: number): Int32Array {
    const parts = this.axes[axis];
    return indicesOf(
      parts,
      this.memory.filter((atom) => parts.includes(atom)),
    );
  }

  /**
   * Sizes of what lies outside and inside of the axes' parts in memory, where these lie side by side; undefined where
   * they do not.
   */
  place(axes: readonly number[]): { readonly outer: number; readonly inner: number } | undefined {
    const parts = axes.flatMap((axis) => this.axes[axis]);
    if (parts.length === 0) return { outer: this.elements, inner: 1 };
    const places = this.memory.flatMap((atom, at) => (parts.includes(atom) ? [at] : []));
    const [first, last] = [places[0], places[places.length - 1]];
    if (last - first + 1 !== places.length) return undefined;
    return { outer: sizeOf(this.memory.slice(0, first)), inner: sizeOf(this.memory.slice(last + 1)) };
  }

  /** Whether the axes' parts lie outermost to innermost in the order of `axes`, those of the last in any order. */
  isStoredAs(axes: readonly number[]): boolean {
    const expected = axes.flatMap((axis) => this.axes[axis]);
    const inLast = this.axes[axes[axes.length - 1]].length;
    const fixed = expected.length - inLast;
    if (expected.length !== this.memory.length) return false;
    return this.memory.every((atom, at) =>
      at < fixed ? atom === expected[at] : expected.indexOf(atom) >= fixed,
    );
  }

  /** The same with other sizes of some axes, each of one part where its outermost was; innermost where it had none. */
  replace(sizes: ReadonlyMap<number, number>): Layout {
    const memory = [...this.memory];
    const axes = this.axes.map((parts, axis) => {
      const size = sizes.get(axis);
      if (size === undefined) return parts;
      const atom = { size };
      const at = memory.findIndex((other) => parts.includes(other));
      const rest = memory.filter((other) => !parts.includes(other));
      const before =
        at < 0 ? rest.length : memory.slice(0, at).filter((other) => !parts.includes(other)).length;
      memory.splice(
        0,
        memory.length,
        ...rest.slice(0, before),
        ...(size === 1 ? [] : [atom]),
        ...rest.slice(before),
      );
      return size === 1 ? [] : [atom];
    });
    return new Layout(axes, memory);
  }

  /** [1, channels, …positions] with other sizes of the positions, which lie outermost and in order. */
  withPositions(sizes: readonly number[]): Layout {
    const channels = this.axes[1];
    const positions = sizes.map((size) => (size === 1 ? [] : [{ size }]));
    const inMemory = this.memory.filter((atom) => channels.includes(atom));
    return new Layout([[], channels, ...positions], [...positions.flat(), ...inMemory]);
  }

  /** The same parts of axes, in memory as they are counted. */
  inOrder(): Layout {
    return new Layout(this.axes, this.axes.flat());
  }

  /** Whether each value has the same place in memory in both. */
  isSameAs(other: Layout): boolean {
    const [own, theirs] = [this.logicalIndices(), other.logicalIndices()];
    return own.length === theirs.length && own.every((index, at) => index === theirs[at]);
  }

  /**
   * The memory as a shape, and for each axis of the user's arrays which axis of that it is; undefined where the memory
   * is in the user's order.
   *
   * @returns sizes of the parts as they lie; `axes` in the order in which ONNX counts them
   */
  parts(): { readonly shape: Shape; readonly axes: readonly number[] } {
    return {
      shape: this.memory.map(({ size }) => size),
      axes: this.axes.flat().map((atom) => this.memory.indexOf(atom)),
    };
  }

  get isInOrder(): boolean {
    return this.parts().axes.every((axis, at) => axis === at);
  }
}

/** For each place of `memory`: the number of the element as counted along `counted`. */
function indicesOf(counted: readonly Atom[], memory: readonly Atom[]): Int32Array {
  const strides = new Map<Atom, number>();
  let stride = 1;
  for (const atom of [...counted].reverse()) {
    strides.set(atom, stride);
    stride *= atom.size;
  }
  let indices = Int32Array.of(0);
  for (const atom of memory) {
    const next = new Int32Array(indices.length * atom.size);
    for (let i = 0; i < indices.length; i++) {
      for (let k = 0; k < atom.size; k++) next[i * atom.size + k] = indices[i] + k * strides.get(atom)!;
    }
    indices = next;
  }
  return indices;
}
