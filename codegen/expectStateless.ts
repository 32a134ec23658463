import { UserError } from "../src/base/errors.js";
import { oneLine } from "../src/base/printable.js";
import type { Program } from "../src/program/program.js";

/**
 * What is made for networks that run each input for itself.
 *
 * @throws UserError where the network has states
 */
export function expectStateless({ name, states }: Program, what: string, hint: string): void {
  if (states.length === 0) return;
  throw new UserError(
    oneLine`network "${name}" keeps ${states.length} tensors from one run to the next; ${what}`,
    hint,
  );
}
