import type { FlashChange } from "../src/board/rp2040Flash.js";
import type { QuantizedNetwork } from "../src/network/quantizedNetwork.js";
import type { Answer } from "./cutUpdates.mjs";

export function buildForPico(
  network: QuantizedNetwork,
  folder: string,
): Promise<{ flash: Uint8Array; slotBytes: number }>;
export function updatePico(
  flash: Uint8Array,
  network: QuantizedNetwork,
): Promise<{ flash: Uint8Array; changes: readonly FlashChange[]; hash: string }>;
export function startPico(flash: Uint8Array, input: Int8Array): Promise<Answer | undefined>;
export function tornBehind(change: FlashChange, bytes: number): Uint8Array;
export function tornAnywhere(change: FlashChange, seed: number): Uint8Array;
export function cutFlash(
  flash: Uint8Array,
  changes: readonly FlashChange[],
  index: number,
  torn: Uint8Array | undefined,
): Uint8Array;
