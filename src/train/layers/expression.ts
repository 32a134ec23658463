import { UserError } from "../../base/errors.js";
import { describe } from "../../base/fields.js";

/** A value and its derivative by x. */
type Dual = readonly [value: number, slope: number];

type Unary = (a: Dual) => Dual;
type Binary = (a: Dual, b: Dual) => Dual;

const chain =
  (f: (a: number) => number, slope: (a: number, value: number) => number): Unary =>
  ([a, da]) => {
    const value = f(a);
    // where nothing varies a slope without bounds would make NaN of 0
    return [value, da === 0 ? 0 : slope(a, value) * da];
  };

const sigmoid = (a: number): number => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a)));
const clampSlope = (a: number, least: number, most: number): number => Number(a > least && a < most);

const unaries: Readonly<Record<string, Unary>> = {
  neg: chain(
    (a) => -a,
    () => -1,
  ),
  abs: chain(Math.abs, Math.sign),
  exp: chain(Math.exp, (_, value) => value),
  log: chain(Math.log, (a) => 1 / a),
  sqrt: chain(Math.sqrt, (_, value) => 0.5 / value),
  erf: chain(erf, (a) => (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a)),
  sin: chain(Math.sin, Math.cos),
  cos: chain(Math.cos, (a) => -Math.sin(a)),
  tanh: chain(Math.tanh, (_, value) => 1 - value * value),
  sigmoid: chain(sigmoid, (_, value) => value * (1 - value)),
  softplus: chain((a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), sigmoid),
  relu: chain(
    (a) => Math.max(a, 0),
    (a) => Number(a > 0),
  ),
  relu6: chain(
    (a) => Math.min(6, Math.max(a, 0)),
    (a) => clampSlope(a, 0, 6),
  ),
  hardSigmoid: chain(
    (a) => Math.min(6, Math.max(0, a + 3)) / 6,
    (a) => clampSlope(a, -3, 3) / 6,
  ),
};

const binaries: Readonly<Record<string, Binary>> = {
  "+": ([a, da], [b, db]) => [a + b, da + db],
  "-": ([a, da], [b, db]) => [a - b, da - db],
  "*": ([a, da], [b, db]) => [a * b, da * b + a * db],
  "/": ([a, da], [b, db]) => [a / b, (da - (a / b) * db) / b],
  "^": ([a, da], [b]) => [a ** b, da === 0 ? 0 : b * a ** (b - 1) * da],
  leakyRelu: ([a, da], [b]) => (a > 0 ? [a, da] : [a * b, da * b]),
  max: ([a, da], [b, db]) => (a >= b ? [a, da] : [b, db]),
  min: ([a, da], [b, db]) => (a <= b ? [a, da] : [b, db]),
};

/**
 * The error function, to 1.2e-7 of its value.
 *
 * Source: Press et al. 1992, Numerical Recipes in C, §6.2, erfcc (a Chebyshev fit).
 */
function erf(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  const sum = coefficients.reduceRight((total, coefficient) => total * t + coefficient, 0);
  const rest = t * Math.exp(-x * x + sum);
  return x >= 0 ? 1 - rest : rest - 1;
}

type Step =
  | { readonly constant: number }
  | { readonly unary: Unary }
  | { readonly binary: Binary }
  | { readonly isX: true };

/** Longer ones are of no activation function. */
const mostSteps = 200;

/**
 * A function of one value in postfix notation: "x x sigmoid *" is x · sigmoid(x). Words are `x`, numbers, the operators
 * + − * / ^ max min leakyRelu (of a value and its slope below 0) and functions of one value.
 */
export class Expression {
  private readonly steps: readonly Step[];

  /** @throws UserError when a word is unknown, or the words make no single value */
  constructor(readonly text: string) {
    const words = text.split(" ");
    const fail = (why: string): never => {
      throw new UserError(`the function ${describe(text)} ${why}`);
    };
    if (words.length > mostSteps) fail(`has ${words.length} words; at most ${mostSteps} are read`);
    let depth = 0;
    this.steps = words.map((word): Step => {
      const unary = own(unaries, word);
      const binary = own(binaries, word);
      const takes = unary ? 1 : binary ? 2 : 0;
      if (depth < takes) fail(`has too little before "${word}"`);
      depth += 1 - takes;
      if (unary) return { unary };
      if (binary) return { binary };
      if (word === "x") return { isX: true };
      const constant = word === "" ? Number.NaN : Number(word);
      return Number.isFinite(constant) ? { constant } : fail(`has the word ${describe(word)}`);
    });
    if (depth !== 1) fail(`leaves ${depth} values, not one`);
  }

  at(x: number): Dual {
    const stack: Dual[] = [];
    for (const step of this.steps) {
      if ("isX" in step) stack.push([x, 1]);
      else if ("constant" in step) stack.push([step.constant, 0]);
      else if ("unary" in step) stack.push(step.unary(stack.pop()!));
      else {
        const b = stack.pop()!;
        stack.push(step.binary(stack.pop()!, b));
      }
    }
    return stack[0];
  }
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
