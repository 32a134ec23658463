import { join } from "node:path";
import { readText } from "../src/base/files.js";
import { firmwareDirectory } from "../src/board/firmwareDirectory.js";
import { printSignature } from "./printC.js";

interface IntFunction {
  readonly comment: string;
  readonly returns: string;
  readonly name: string;
  readonly parameters: readonly string[];
  /** From its first brace to its last. */
  readonly body: string;
}

/** The functions of firmware/int.h in its order: a function calls only those before it. */
function readIntFunctions(): IntFunction[] {
  const text = readText(join(firmwareDirectory, "int.h"));
  return text.split("\n\n").flatMap((part) => {
    const found = /^(\/\*.*?\*\/\n)?static inline (\w+) (\w+)\(([^)]*)\)\n(\{.*\})$/s.exec(part.trim());
    if (found === null) return [];
    const [, comment = "", returns, name, parameters, body] = found;
    return [{ comment, returns: returns!, name: name!, parameters: parameters!.split(/,\s+/), body: body! }];
  });
}

let known: readonly IntFunction[] | undefined;

/**
 * The functions of firmware/int.h that generated code calls, and those that they call, under names of its own:
 * "clamp" → "gesture_clamp".
 *
 * @param called names in int.h
 */
export function printIntFunctions(called: ReadonlySet<string>, prefix: string): string[] {
  known ??= readIntFunctions();
  const needed = new Set(called);
  for (const { name, body } of [...known].reverse()) {
    if (!needed.has(name)) continue;
    for (const other of known) if (new RegExp(`\\b${other.name}\\(`).test(body)) needed.add(other.name);
  }
  const own = new RegExp(`\\b(${known.map(({ name }) => name).join("|")})(?=\\()`, "g");
  const rename = (text: string) => text.replace(own, `${prefix}_$1`);
  return known
    .filter(({ name }) => needed.has(name))
    .map(({ comment, returns, name, parameters, body }) => {
      const head = printSignature(`static inline ${returns} ${prefix}_${name}`, parameters);
      return `${rename(comment)}${head}\n${rename(body)}`;
    });
}
