import { printable } from "./printable.js";

/**
 * Text that Markdown and HTML take as it stands, on one line: all but letters, digits, spaces and a few marks become
 * character references, which no table, link, mention or element begins with.
 */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[^\p{L}\p{M}\p{N} ,.:;/()+%→−–-]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/www\./gi, (found) => `${found.slice(0, 3)}&#46;`)
    .replaceAll("://", "&#58;//");
}
