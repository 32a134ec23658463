import { createHash, type Hash } from "node:crypto";
import type { Port, QuantizedNetwork, QuantizedTensor } from "./quantizedNetwork.js";

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
  } else if (typeof value === "boolean") {
    hash.update(value ? "true" : "false");
  } else {
    throw new Error(`a quantized network holds no ${typeof value}`);
  }
}

/** SHA-256 of plain data and arrays, as 64 lower-case hexadecimal digits. */
export function hashOf(value: unknown): string {
  const hash = createHash("sha256");
  update(hash, value);
  return hash.digest("hex");
}

/**
 * SHA-256 of everything that decides what the network computes, as 64 lower-case hexadecimal digits. The device tells it
 * in its hello, so that outputs are compared only between equal networks. It does not depend on the target or on
 * planning, nor on what ports are called and what their users hold: devices have numbers only.
 */
export function networkHash(network: QuantizedNetwork): string {
  return hashOf(hashedPart(network));
}

/** A network of one input and one output as it was hashed before there could be more, so that its hash stays. */
function hashedPart({ name, tensors, inputs, outputs, states, layers }: QuantizedNetwork): object {
  const numbers = (ports: readonly Port[]) => {
    const all = ports.map(({ tensor }) => tensor);
    return all.length === 1 ? all[0] : all;
  };
  return {
    ...{ name, tensors: tensors.map(hashedTensor), layers, input: numbers(inputs), output: numbers(outputs) },
    ...(states.length > 0 && { states }),
  };
}

/** int8 was left out. */
function hashedTensor({ name, shape, elementType, quantization }: QuantizedTensor): object {
  return { name, shape, quantization, ...(elementType !== "int8" && { elementType }) };
}
