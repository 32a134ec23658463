import type { QuantizedNetwork } from "../src/network/quantizedNetwork.js";

export function denseNetwork(seed: number, inputs: number): QuantizedNetwork;
export function buildWithSlots(
  network: QuantizedNetwork,
  folder: string,
): Promise<{ executable: string; slotBytes: number }>;
export function update(
  executable: string,
  flash: string,
  network: QuantizedNetwork,
): Promise<{ session: Buffer; hash: string }>;

/** What firmware answers when it starts. */
export interface Answer {
  readonly hash: string;
  readonly output: string;
}
export function start(executable: string, flash: string, input: Int8Array): Promise<Answer | undefined>;

export interface Cut {
  readonly executable: string;
  readonly flash: string;
  readonly before: Uint8Array;
  readonly session: Uint8Array;
  readonly input: Int8Array;
}
export function cut(options: Cut, bytes: number): Promise<Answer | undefined>;
