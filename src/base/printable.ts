/** Text of a file without what a terminal would act on or that turns its direction: a ? in its place. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}

/**
 * Text of one line, as a template's tag: what stands in it is printable, so that no name of a file or of the wire ends the
 * line and begins another, which would read as ours.
 */
export function oneLine(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts.map((part, i) => (i === 0 ? part : printable(String(values[i - 1])) + part)).join("");
}

/** The same of several lines, whose tabs stay too. */
export function printableLines(text: string): string {
  return text.replace(/[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu, "?");
}

/** Of a message: its first line begins the message, and no other begins a line. */
export function printableMessage(text: string): string {
  return printableLines(text).replace(/\n(?=\S)/g, "\n  ");
}

/** Free text of a file in a message: short, in quotes, and printable. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text));
}

const mostListed = 8;

/** Names of a file in a message: the first of many. */
export function listed(names: readonly string[]): string {
  const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : "";
  return `${names.slice(0, mostListed).map(quoted).join(", ")}${more}`;
}

/** A name in a table: printable, and at most `length` characters. */
export function shortened(text: string, length: number): string {
  const characters = Array.from(printable(text));
  return characters.length <= length ? characters.join("") : `${characters.slice(0, length - 1).join("")}…`;
}

/** JSON of the same value that is printable but for its line feeds. `JSON.stringify` lets U+009B through, which is CSI. */
export function printableJson(json: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.replace(/[^\n\P{C}]|[\p{Zl}\p{Zp}]/gu, (character) =>
    character.split("").map(escaped).join(""),
  );
}
