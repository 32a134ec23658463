import { createHash, type Hash } from "node:crypto";
import type { QuantizedNetwork } from "./quantizedNetwork.js";

/** Feeds a value in a form that no other value has: each part with its kind and length before it. */
function update(hash: Hash, value: unknown): void {
  if (typeof value === "number") {
    hash.update("n").update(Float64Array.of(value + 0)); // −0, which a model file writes as 0, becomes 0
  } else if (typeof value === "string") {
    hash.update(`s${Buffer.byteLength(value)}:`).update(value);
  } else if (ArrayBuffer.isView(value)) {
    hash.update(`${value.constructor.name}${value.byteLength}:`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (Array.isArray(value)) {
    hash.update(`a${value.length}:`);
    for (const element of value) update(hash, element);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`o${entries.length}:`);
    for (const [key, member] of entries) {
      update(hash, key);
      update(hash, member);
    }
  } else {
    throw new Error(`a quantized network holds no ${typeof value}`);
  }
}

/**
 * SHA-256 of everything in the network, as 64 lower-case hexadecimal digits. The device tells it in its hello, so
 * that outputs are compared only between equal networks. It does not depend on the target or on planning.
 */
export function networkHash(network: QuantizedNetwork): string {
  const hash = createHash("sha256");
  update(hash, network);
  return hash.digest("hex");
}
