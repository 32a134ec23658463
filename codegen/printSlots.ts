import { quantizationsOf } from "../src/network/quantization.js";
import type { Quantization } from "../src/network/quantizedNetwork.js";
import type { ArenaSlot, ScratchSlot } from "../src/program/program.js";
import type { GeneratedNetwork } from "./generatedNetwork.js";

/** "int8 [784]" */
export function shapeText(slot: ArenaSlot): string {
  return `${slot.elementType} [${slot.shape.join(", ")}]`;
}

/** "int8 [784], scale 0.00392157, zero point -128" */
export function slotText(slot: ArenaSlot): string {
  const columns = quantizationsOf(slot);
  if (columns.length > 1) return `${shapeText(slot)}, columns with scales of their own`;
  const [{ scale, zeroPoint }] = columns as [Quantization];
  return `${shapeText(slot)}, scale ${Number(scale.toPrecision(6))}, zero point ${zeroPoint}`;
}

/** Where the arena's bytes are, for whoever has it: "network_arena.bytes", or "arena->bytes". */
export function arenaBytesOf({ prefix, arena }: GeneratedNetwork): string {
  return arena === "shared" ? "arena->bytes" : `${prefix}_arena.bytes`;
}

/** A slot's address: "network_arena.bytes + 784". */
export function addressOf(
  network: GeneratedNetwork,
  slot: Pick<ArenaSlot | ScratchSlot, "offset" | "elementType">,
  isRead = false,
): string {
  const address = `${arenaBytesOf(network)} + ${slot.offset}`;
  const space = isRead ? "const " : "";
  return slot.elementType === "int8"
    ? address
    : `(${space}${slot.elementType}_t *)(${space}void *)(${address})`;
}

/** The parameter by which a function gets the arena; none where it is the network's own. */
export function arenaParameter({ prefix, arena }: GeneratedNetwork, isRead = false): string[] {
  return arena === "shared" ? [`${isRead ? "const " : ""}${prefix}_arena_t *arena`] : [];
}
