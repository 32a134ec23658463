import path from "node:path";
import type { Node } from "ts-morph";
import { UserError } from "../src/base/errors.js";

/** What a kernel may not contain, by number; each text says what is outside, each hint what to write instead. */
export const rules = {
  K001: [
    "this statement cannot be transcribed to C",
    "a kernel may use const, let, for, if, assignments, calls and return",
  ],
  K002: [
    "a variable needs a written type and a value",
    "write `let x: i32 = …`; the type checker forgets the alias, the generator reads the annotation",
  ],
  K003: [
    "functions inside functions cannot be transcribed to C",
    "write a for loop, or a named function beside the kernel",
  ],
  K004: [
    "division cannot be transcribed to C",
    "use roundingShiftRight or >>, or let the planner settle the quotient as a field of the layer",
  ],
  K005: ["this value has no integer type in C", "a kernel computes with 32-bit integers only"],
  K006: [
    "this operator cannot be transcribed to C",
    "use + − * & | ^ >>, < <= > >= === and !==; for << use shiftLeft()",
  ],
  K007: [
    "this type is not one a kernel may use",
    "use i32 for values, and Int8Array, Int16Array, Int32Array or Uint8Array for arrays",
  ],
  K008: [
    "only functions of int.ts and simd.ts, of this file and of those beside it can be called",
    "import it by name, or write it in this file as a named function",
  ],
  K009: [
    "a kernel is `export function name(layer: Interface, input: Int8Array, …, output: Int8Array): void` with the name of its file",
    "see src/kernels/fullyConnected.ts; memory for the call alone stands after the output, and may be an Int32Array",
  ],
  K010: [
    "the layer argument has no such field",
    "declare it in the layer's interface, or in one that it extends",
  ],
  K011: [
    "an assignment stands alone as a statement, and its target is a local variable or an array element",
    "write it as a statement of its own; parameters, constants and loop variables keep their values",
  ],
  K012: [
    "a kernel imports by name what ./int.js and ./simd.js export, and functions and interfaces that files beside it export",
    "move what is needed into this file, into one beside it or into int.ts",
  ],
  K013: [
    "a for loop runs as `for (let i: i32 = a; i < b; i++)` or with `i += step`",
    "write it in this form, the step a literal above 0 or a field of the layer; i is not assigned in the body",
  ],
  K014: ["a condition is a comparison", "write `x !== 0`"],
  K015: ["a function may not reach itself", "write a loop: the device's stack must be bounded"],
  K016: [
    "this name cannot be used in C",
    "choose another: C's words, functions of int.h and simd.h, the layer's arrays and names in sight are taken, also where only case or underscores differ; letters are a to z",
  ],
  K017: [
    "unroll(n) stands directly before a for loop, with a literal from 1 to 65534",
    "move it, or remove it",
  ],
  K018: [
    "this call does not fit the function's parameters",
    "give one argument for each: a value for i32, an array of the same type, or array.subarray(start), for an array",
  ],
  K019: [
    "a function returns what it says: i32 on every way through it, void never a value",
    "end it with `return x;`, or declare it as void",
  ],
  K020: [
    "a function that returns a value may not write to an array",
    "return void and call it as a statement: C does not say which side of an operator runs first",
  ],
  K021: [
    "the count of >> is settled before the kernel runs: a literal from 0 to 31, or a field of the layer",
    "for a count that is computed use roundingShiftRight()",
  ],
  K022: ["the layer's arrays are tables in flash", "write to an activation instead"],
  K023: ["a comparison is not a number", "write `a < b ? 1 : 0`"],
  K024: [
    "registers stand alone in `const sums: Int32Array = registers(count)`, and their count and indices are settled before the kernel runs",
    "count them by a literal from 1 to 32, a field of the layer or a parameter to which calls give one, index them by these and by variables of loops between such bounds, and hand them on one by one",
  ],
} as const;

export type RuleId = keyof typeof rules;

/** Other texts and hints of some rules. */
export type RuleTexts = Readonly<Partial<Record<RuleId, readonly [text: string, hint: string]>>>;

export interface Diagnostic {
  readonly rule: RuleId;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The offending text, on one line and shortened. */
  readonly excerpt: string;
}

/** Collects what is outside the subset, so that one run names everything. */
export class Diagnostics {
  private readonly found: Diagnostic[] = [];

  /**
   * @param displayFile the kernel's file as messages show it
   * @param texts in the place of the rules' own
   */
  constructor(
    private readonly displayFile: string,
    private readonly texts: RuleTexts = {},
  ) {}

  /** The node's file as messages show it: the kernel's, or one beside it. */
  fileOf(node: Node): string {
    return path.posix.join(path.posix.dirname(this.displayFile), node.getSourceFile().getBaseName());
  }

  private textOf(rule: RuleId): readonly [text: string, hint: string] {
    return this.texts[rule] ?? rules[rule];
  }

  report(rule: RuleId, node: Node): void {
    const { line, column } = node.getSourceFile().getLineAndColumnAtPos(node.getStart());
    const text = node.getText().replace(/\s+/g, " ");
    const excerpt = text.length > 60 ? `${text.slice(0, 59)}…` : text;
    const file = this.fileOf(node);
    const isKnown = this.found.some(
      (f) => f.rule === rule && f.file === file && f.line === line && f.column === column,
    );
    if (!isKnown) this.found.push({ rule, file, line, column, excerpt });
  }

  /** @throws UserError with one line for each finding in the order of the files, and a hint for each of their rules */
  throwIfAny(): void {
    if (this.found.length === 0) return;
    const byFile = (a: Diagnostic, b: Diagnostic) => (a.file < b.file ? -1 : Number(a.file > b.file));
    const sorted = [...this.found].sort((a, b) => byFile(a, b) || a.line - b.line || a.column - b.column);
    const lines = sorted.map(
      ({ rule, file, line, column, excerpt }) =>
        `${file}:${line}:${column}: ${rule} ${this.textOf(rule)[0]}: \`${excerpt}\``,
    );
    const broken = [...new Set(sorted.map(({ rule }) => rule))];
    const hints = broken.map((rule) =>
      broken.length > 1 ? `${rule}: ${this.textOf(rule)[1]}` : this.textOf(rule)[1],
    );
    throw new UserError(lines.join("\n"), hints.join("\n"));
  }
}
