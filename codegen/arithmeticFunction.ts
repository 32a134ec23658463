import type { Parameter, Statement } from "./ir.js";

/**
 * A function of int.ts or simd.ts as the host prints it: on integers of 64 bits. `a / b`, `a ** b` and functions of Math are calls of
 * these names.
 */
export interface ArithmeticFunction {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}
