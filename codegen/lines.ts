import type { Node } from "ts-morph";

const lines = new WeakMap<object, number>();

/** Keeps in which line a part of a kernel's tree was written, for messages of its runs. */
export function noteLine<T extends object>(part: T, node: Node): T {
  lines.set(part, node.getStartLineNumber());
  return part;
}

/** The line of the first part of which one is known; 0 for none. */
export function lineOf(...parts: readonly (object | undefined)[]): number {
  for (const part of parts) {
    const line = part && lines.get(part);
    if (line !== undefined) return line;
  }
  return 0;
}
