import { join } from "node:path";
import { readText } from "../src/base/files.js";
import { firmwareDirectory } from "../src/board/firmwareDirectory.js";
import { printSignature } from "./printC.js";

/** C twins of what kernels import, in an order in which one calls only those before it. */
export const arithmeticHeaders = ["int.h", "simd.h"] as const;

/** Headers of firmware/ whose functions exported networks have as their own: arithmetic, float32 as bits. */
type Header = (typeof arithmeticHeaders)[number] | "float32.h";

interface CFunction {
  readonly comment: string;
  readonly returns: string;
  readonly name: string;
  readonly parameters: readonly string[];
  /** From its first brace to its last. */
  readonly body: string;
}

const known = new Map<Header, readonly CFunction[]>();

/** The functions of a header in its order: a function calls only those before it. */
function readFunctions(header: Header): readonly CFunction[] {
  const read = known.get(header);
  if (read !== undefined) return read;
  const text = readText(join(firmwareDirectory, header));
  const functions = text.split("\n\n").flatMap((part) => {
    const found = /^(\/\*.*?\*\/\n)?static inline (\w+) (\w+)\(([^)]*)\)\n(\{.*\})$/s.exec(part.trim());
    if (found === null) return [];
    const [, comment = "", returns, name, parameters, body] = found;
    return [{ comment, returns: returns!, name: name!, parameters: parameters!.split(/,\s+/), body: body! }];
  });
  known.set(header, functions);
  return functions;
}

export function namesOf(header: Header): string[] {
  return readFunctions(header).map(({ name }) => name);
}

/**
 * The functions of headers that generated code calls, and those that they call, under names of its own:
 * "clamp" → "gesture_clamp".
 *
 * @param called names in the headers
 */
export function printFunctions(
  headers: readonly Header[],
  called: ReadonlySet<string>,
  prefix: string,
): string[] {
  const functions = headers.flatMap(readFunctions);
  const needed = new Set(called);
  for (const { name, body } of [...functions].reverse()) {
    if (!needed.has(name)) continue;
    for (const other of functions) if (new RegExp(`\\b${other.name}\\(`).test(body)) needed.add(other.name);
  }
  const own = new RegExp(`\\b(${headers.flatMap(namesOf).join("|")})(?=\\()`, "g");
  const rename = (text: string) => text.replace(own, `${prefix}_$1`);
  return functions
    .filter(({ name }) => needed.has(name))
    .map(({ comment, returns, name, parameters, body }) => {
      const head = printSignature(`static inline ${returns} ${prefix}_${name}`, parameters);
      return `${rename(comment)}${head}\n${rename(body)}`;
    });
}
