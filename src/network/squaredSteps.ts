import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";

/** Values whose squared differences sum up in int32: two int8 differ by 255 at most. */
export const mostSquares = Math.floor((2 ** 31 - 1) / 255 ** 2);

/** @throws UserError where a sum of so many squared differences of int8 may leave int32 */
export function expectSquaresFit(layer: string, values: number): void {
  if (values <= mostSquares) return;
  throw new UserError(
    oneLine`layer "${layer}" sums up ${values} squared differences; ${mostSquares} are certain to fit int32`,
    "take fewer values: a shorter window, or features of it",
  );
}
