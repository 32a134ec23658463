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

/** Conditions of firmware/ on what it is built with, as they are for the link in somebody's program. */
const guestConditions: ReadonlyMap<string, boolean> = new Map([
  ["defined(IS_GUEST) && IS_GUEST", true],
  ["!defined(IS_GUEST) || !IS_GUEST", false],
  ["defined(HAS_SLOTS) && HAS_SLOTS", false],
  ["defined(HAS_PINS) && HAS_PINS", false],
  ["defined(HAS_PINS) && HAS_PINS && !(defined(HAS_WINDOWS) && HAS_WINDOWS)", false],
  ["defined(HAS_WINDOWS) && HAS_WINDOWS", false],
  ["!defined(HAS_WINDOWS) || !HAS_WINDOWS", true],
  // its network has one input and one output
  ["defined(NETWORK_INPUT_COUNT)", false],
  // and keeps no states
  ["NETWORK_STATE_BYTES == 0", true],
  ["NETWORK_STATE_BYTES > 0", false],
]);

/** The branches that a guest has; conditions on anything else stay. */
function takeBranches(text: string): string {
  const kept: string[] = [];
  /** Of each open #if: is it ours, and are its lines taken now? */
  const open: { readonly isOurs: boolean; isTaken: boolean }[] = [];
  for (const line of text.split("\n")) {
    const [, condition] = /^#if (.*)$/.exec(line) ?? [];
    const top = open.at(-1);
    if (/^#if/.test(line)) {
      const known = condition === undefined ? undefined : guestConditions.get(condition);
      open.push({ isOurs: known !== undefined, isTaken: known ?? true });
      if (known !== undefined) continue;
    } else if (/^#else/.test(line) && top?.isOurs) {
      top.isTaken = !top.isTaken;
      continue;
    } else if (/^#endif/.test(line) && open.pop()?.isOurs) {
      continue;
    }
    if (open.every(({ isTaken }) => isTaken)) kept.push(line);
  }
  return kept.join("\n");
}

/** A file of firmware/ as the link in somebody's program has it: without its first comment, guard and includes. */
export function readGuestText(name: string): string {
  const text = readText(join(firmwareDirectory, name))
    .replace(/^\/\*[\s\S]*?\*\/\n/, "")
    .replace(/^#ifndef (\w+)\n#define \1\n([\s\S]*)\n#endif\n$/m, "$2\n");
  return takeBranches(text)
    .replace(/^#include .*\n/gm, "")
    .trim();
}

/** The one part of a file of firmware/ that a pattern fits. */
export function readPart(name: string, pattern: RegExp): string {
  const found = pattern.exec(readText(join(firmwareDirectory, name)));
  if (found === null) throw new Error(`${name} has nothing like ${pattern}`);
  return found[0];
}

/** Declarations of functions and variables that other files define, and the comments before them. */
export function dropPrototypes(text: string): string {
  return text.replace(
    /^(?:\/\*(?:(?!\*\/)[\s\S])*\*\/\n)?(?!static |typedef |enum |struct )(?:extern |const )*\w+ \*?\w+(?:\([^;{]*\))?;\n?/gm,
    (found) => (/^(?:\/\*[\s\S]*\*\/\n)?uint16_t \w+;/.test(found) ? found : ""),
  );
}

/** Without the inline functions that nothing calls. */
export function dropUnusedInlines(text: string): string {
  const dropped = text.replace(
    /^static inline [^\n]*?(\w+)\([^)]*\)(?: \{\}|\n\{\n[\s\S]*?^\})\n/gm,
    (found, name: string) => (text.split(new RegExp(`\\b${name}\\b`)).length > 2 ? found : ""),
  );
  return dropped === text ? text : dropUnusedInlines(dropped);
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
  const plain = withoutComments(text);
  const listed = [...plain.matchAll(/\benum \{([^}]*)\}/g)].flatMap(([, enumerators]) =>
    [...enumerators!.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name]) => name!),
  );
  const others = plain.split("\n").flatMap((line) => {
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
  return [...listed, ...others];
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
