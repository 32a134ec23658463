import { join } from "node:path";
import { readText } from "../../src/base/files.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";

/**
 * What a header of firmware/ says, without its first comment, its guard and its includes.
 *
 * @param hasWindows which branch of its conditionals on HAS_WINDOWS is meant
 */
export function readHeader(name: string, hasWindows: boolean): string {
  return readText(join(firmwareDirectory, name))
    .replace(/^\/\*[\s\S]*?\*\/\n/, "")
    .replace(/^#ifndef (\w+)\n#define \1\n/m, "")
    .replace(/\n#endif\n$/, "\n")
    .replace(/^#include .*\n/gm, "")
    .replace(
      /^#if defined\(HAS_WINDOWS\) && HAS_WINDOWS\n([\s\S]*?)^#else\n([\s\S]*?)^#endif\n/gm,
      (_, withWindows: string, without: string) => (hasWindows ? withWindows : without),
    )
    .trim();
}

/** The one line of a header that a pattern fits. */
export function readLine(name: string, pattern: RegExp): string {
  const found = readText(join(firmwareDirectory, name))
    .split("\n")
    .filter((line) => pattern.test(line));
  if (found.length !== 1) throw new Error(`${name} has ${found.length} lines like ${pattern}`);
  return found[0]!;
}

/** Functions, objects, types, enumerators and macros that C declares at file scope, where each begins a line. */
export function namesAtFileScope(text: string): string[] {
  return withoutComments(text)
    .split("\n")
    .flatMap((line) => {
      const [, enumerators] = /^enum \{(.*)\};/.exec(line) ?? [];
      if (enumerators !== undefined) return [...enumerators.matchAll(/(\w+) =/g)].map(([, name]) => name!);
      const [, single] = /^(?:#define|\}) (\w+)/.exec(line) ?? [];
      if (single !== undefined) return [single];
      const [, alias] = /^typedef \w+ (\w+);/.exec(line) ?? [];
      if (alias !== undefined) return [alias];
      const [, declared] = /^(?:static |inline |const |volatile )+\w+ (\*?\w.*)/.exec(line) ?? [];
      if (declared === undefined || /^\*?\{/.test(declared)) return [];
      const isFunction = /^\*?\w+\(/.test(declared);
      const declarators = isFunction ? [declared] : declared.split(/, (?![^[]*\])/);
      return declarators.map((one) => /\w+/.exec(one)![0]);
    });
}

const comments = /(\/\*[\s\S]*?\*\/)/;
const withoutComments = (text: string): string =>
  text
    .split(comments)
    .map((part, i) => (i % 2 === 1 ? "" : part))
    .join("");

/** C with other names, but for fields behind a dot or an arrow; comments stay as they are. */
export function renameInC(text: string, names: ReadonlyMap<string, string>): string {
  const pattern = new RegExp(`(?<![\\w.>])(?:${[...names.keys()].join("|")})\\b`, "g");
  return text
    .split(comments)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(pattern, (name) => names.get(name)!)))
    .join("");
}
