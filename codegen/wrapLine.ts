const largestLength = 110;

/** A space at which a line may be broken. */
interface Break {
  readonly at: number;
  /** Open parentheses before it, and between two of them whether a sum is torn apart: lower is better. */
  readonly rank: number;
  /** Column behind the innermost open parenthesis; undefined outside of all. */
  readonly column: number | undefined;
}

/** The spaces behind commas and before logical and conditional operators and sums. */
function findBreaks(line: string): Break[] {
  const columns: number[] = [];
  const breaks: Break[] = [];
  for (let at = 0; at < line.length; at++) {
    if (line[at] === "(" || line[at] === "[") columns.push(at + 1);
    if (line[at] === ")" || line[at] === "]") columns.pop();
    if (line[at] !== " ") continue;
    const isSum = /^ [+-] /.test(line.slice(at, at + 3));
    if (isSum || line[at - 1] === "," || /^ (&&|\|\||[?:]) /.test(line.slice(at, at + 4))) {
      breaks.push({ at, rank: columns.length + (isSum ? 0.5 : 0), column: columns.at(-1) });
    }
  }
  return breaks;
}

/**
 * Breaks a statement of C that passes 110 characters with its indentation: outside of as many parentheses as possible,
 * as late as possible, and goes on under the parenthesis that is open.
 *
 * @param continuation columns by which a line goes on that is broken outside of all parentheses
 */
export function wrapLine(line: string, indentation: number, continuation = 4): string {
  const room = largestLength - indentation;
  if (line.length <= room) return line;
  const start = line.length - line.trimStart().length;
  const possible = findBreaks(line).filter(({ at }) => at > start && at <= room);
  if (possible.length === 0) return line;
  const rank = Math.min(...possible.map((one) => one.rank));
  const { at, column = start + continuation } = possible.filter((one) => one.rank === rank).at(-1)!;
  const rest = " ".repeat(Math.min(column, 60)) + line.slice(at + 1);
  // a rest that is no shorter could be broken at the same place for ever
  if (rest.length >= line.length) return line;
  return `${line.slice(0, at)}\n${wrapLine(rest, indentation, 0)}`;
}
