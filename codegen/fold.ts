import type { BinaryOperator, ElementType, Expression } from "./ir.js";

const INT32_MAX = 2 ** 31 - 1;

/** Arithmetic on a layer's numbers that C would not do as JavaScript does. */
export class FoldingError extends Error {}

export function int32(value: number, text: string): number {
  if ((value | 0) !== value) throw new FoldingError(`${text} = ${value} is outside int32`);
  return value;
}

/** Bits and comparisons, which are the same in numbers of any width; undefined of other operators. */
export function compared(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<":
      return Number(a < b);
    case "<=":
      return Number(a <= b);
    case ">":
      return Number(a > b);
    case ">=":
      return Number(a >= b);
    case "===":
      return Number(a === b);
    case "!==":
      return Number(a !== b);
    default:
      return undefined;
  }
}

function fold(operator: BinaryOperator, a: number, b: number): number {
  const text = `${a} ${operator} ${b}`;
  switch (operator) {
    case "+":
      return int32(a + b, text);
    case "-":
      return int32(a - b, text);
    case "*":
      return int32(a * b, text);
    case ">>":
      if (b < 0 || b > 31) throw new FoldingError(`${text} shifts by what is not in 0..31`);
      return a >> b;
    case "&&":
      return Number(a !== 0 && b !== 0);
    case "||":
      return Number(a !== 0 || b !== 0);
    default:
      return compared(operator, a, b)!;
  }
}

export function literal(value: number): Expression {
  return { kind: "number", value };
}

function isLiteral(expression: Expression, value: number): boolean {
  return expression.kind === "number" && expression.value === value;
}

export const elementRanges: Readonly<Record<ElementType, readonly [min: number, max: number]>> = {
  int8_t: [-128, 127],
  int16_t: [-32768, 32767],
  int32_t: [-(2 ** 31), INT32_MAX],
  uint8_t: [0, 255],
};

/** A comparison that is the same for each value in a range: 0 or 1; undefined for others. */
export function decide(
  operator: BinaryOperator,
  [min, max]: readonly [number, number],
  right: number,
): number | undefined {
  if (operator === "===" || operator === "!==")
    return right < min || right > max ? Number(operator === "!==") : undefined;
  const [low, high] = [fold(operator, min, right), fold(operator, max, right)];
  return low === high ? low : undefined;
}

export const mirrored: Partial<Record<BinaryOperator, BinaryOperator>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "===": "===",
  "!==": "!==",
};

/** A binary expression with literals folded and neutral elements left out. */
export function simplifyBinary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  if (left.kind === "number" && right.kind === "number")
    return literal(fold(operator, left.value, right.value));
  if (operator === ">>" && right.kind === "number") fold(operator, 0, right.value);
  if (operator === "&&" || operator === "||") {
    // 0 decides an &&, 1 an ||; the other literal is neutral
    const deciding = operator === "&&" ? 0 : 1;
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (side.kind === "number") return Number(side.value !== 0) === deciding ? literal(deciding) : other;
    }
  }
  if ((operator === "+" || operator === "-" || operator === ">>") && isLiteral(right, 0)) return left;
  if (operator === "+" && isLiteral(left, 0)) return right;
  if (operator === "*" && isLiteral(right, 1)) return left;
  if (operator === "*" && isLiteral(left, 1)) return right;
  if (operator === "*" && (isLiteral(left, 0) || isLiteral(right, 0))) return literal(0);
  return { kind: "binary", operator, left, right };
}

/** True for a loop whose literal start already fails its condition (`variable < end` or `variable <= end`). */
export function runsNever(from: Expression, condition: Expression): boolean {
  return (
    from.kind === "number" &&
    condition.kind === "binary" &&
    condition.right.kind === "number" &&
    fold(condition.operator, from.value, condition.right.value) === 0
  );
}

/** The variable passes its bound once, by less than a step more; C's int32_t must hold that too. */
export function expectEnd(condition: Expression, step: number): void {
  if (condition.kind !== "binary" || condition.right.kind !== "number") return;
  const last = condition.right.value - (condition.operator === "<" ? 1 : 0);
  if (last + step > INT32_MAX)
    throw new FoldingError(`a loop to ${last} in steps of ${step} passes ${INT32_MAX}`);
}
