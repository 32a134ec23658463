import type { ScratchNeed, ScratchSlot } from "./program.js";

const arrays = { int8: Int8Array, int16: Int16Array, int32: Int32Array } as const;

export function scratchBytes({ elementType, elements }: ScratchNeed): number {
  return elements * arrays[elementType].BYTES_PER_ELEMENT;
}

/**
 * A call's scratch memory in an arena, as its kernel takes it.
 *
 * @param start where the arena begins in the memory
 */
export function scratchView(
  memory: ArrayBuffer,
  { elementType, offset, elements }: ScratchSlot,
  start = 0,
): Int8Array | Int16Array | Int32Array {
  return new arrays[elementType](memory, start + offset, elements);
}
