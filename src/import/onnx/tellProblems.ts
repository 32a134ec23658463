import { UserError } from "../../base/errors.js";

/** Lines of a message; a hostile file could have thousands. */
const linesShown = 12;

/** @throws UserError with all that stands in the way */
export function tellProblems(file: string, complaints: readonly UserError[]): never {
  const lines = [...new Set(complaints.map(({ message }) => message.replace(`${file}: `, "")))];
  const hints = [...new Set(complaints.flatMap(({ hint }) => hint ?? []))];
  const hint = hints.length === 0 ? undefined : hints.slice(0, linesShown).join("; ");
  if (lines.length === 1) throw new UserError(`${file}: ${lines[0]}`, hint);
  const shown = lines.slice(0, linesShown);
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`);
  throw new UserError(`${file} cannot be imported:\n  ${shown.join("\n  ")}`, hint);
}
