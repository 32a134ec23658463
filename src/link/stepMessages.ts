import type { ActivationData } from "../network/quantizedNetwork.js";
import { ByteWriter } from "./bytes.js";
import { bytesOf } from "./messages.js";

const NOTHING = new Uint8Array(0);

/**
 * @param sequence CRC-32 of the request for layer 0 that this layer goes on from; 0 for layer 0 itself
 * @param states what the network keeps, where it does: layer 0 brings them
 */
export function encodeRunLayer(
  index: number,
  sequence: number,
  input?: ActivationData,
  states: Uint8Array = NOTHING,
): Uint8Array {
  const writer = new ByteWriter().u32(index).u32(sequence);
  return (input === undefined ? writer : writer.bytes(states).bytes(bytesOf(input))).finish();
}

/**
 * @param number of the first of the steps
 * @param sequence CRC-32 of the request with step 0; 0 for that itself
 */
export function encodeSteps(number: number, sequence: number, inputs: readonly ActivationData[]): Uint8Array {
  const writer = new ByteWriter().u32(number).u32(sequence);
  for (const input of inputs) writer.bytes(bytesOf(input));
  return writer.finish();
}
