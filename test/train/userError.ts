import { expect } from "vitest";

/** Matches a UserError with exactly this message, and this hint if one is given. */
export function userError(message: string, hint?: string): unknown {
  return expect.objectContaining({ name: "UserError", message, ...(hint !== undefined && { hint }) });
}
