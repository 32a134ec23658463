import { expect } from "vitest";

/** Matches a UserError with exactly this message, whatever its hint. */
export function userError(message: string): unknown {
  return expect.objectContaining({ name: "UserError", message });
}
