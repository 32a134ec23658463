import { UserError } from "../base/errors.js";
import type { Hello } from "./messages.js";

/** How much of a hash messages show. */
const SHOWN_DIGITS = 8;

/**
 * Refuses a device that carries another network than the host is about to compare with.
 *
 * @param hash SHA-256 of the host's quantized network: 64 lower-case hexadecimal digits
 * @throws UserError that shows both hashes.
 */
export function expectModel(hello: Hello, hash: string): void {
  if (hello.network.hash === hash) return;
  const onDevice = hello.network.hash.slice(0, SHOWN_DIGITS);
  throw new UserError(
    `the board runs network "${hello.network.name}" ${onDevice}, the host expects ${hash.slice(0, SHOWN_DIGITS)}`,
    "export, build and flash this model's firmware, or give the model that is on the board",
  );
}
