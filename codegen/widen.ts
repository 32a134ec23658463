import { elementRanges } from "./fold.js";
import type { ArrayReference, BinaryOperator, ElementType, Expression, Statement } from "./ir.js";

/** C computes what is no wider than int in int, which has 16 bits on some chips. */
const int16: Range = [-32768, 32767];

type Range = readonly [low: number, high: number];
type Typed = readonly [expression: Expression, range: Range | undefined];

const fits = ([low, high]: Range): boolean => low >= int16[0] && high <= int16[1];

function rangeOf(operator: BinaryOperator, [a, b]: Range, [c, d]: Range): Range {
  switch (operator) {
    case "+":
      return [a + c, b + d];
    case "-":
      return [a - d, b - c];
    case "*": {
      const corners = [a * c, a * d, b * c, b * d];
      return [Math.min(...corners), Math.max(...corners)];
    }
    case "&":
    case "|":
    case "^":
      return int16;
    case ">>":
      return d >= 15 ? [Number.NEGATIVE_INFINITY, 0] : [a >> d, b >> d];
    default:
      return [0, 1];
  }
}

/** Writes casts to int32_t where an operator's operands are narrower than int32_t and its result may not fit 16 bits. */
class Widener {
  constructor(private readonly types: ReadonlyMap<string, ElementType | undefined>) {}

  expression(expression: Expression): Expression {
    return this.typed(expression)[0];
  }

  /** The expression, and the values that it takes where C computes it in int; undefined where it is an int32_t. */
  private typed(expression: Expression): Typed {
    switch (expression.kind) {
      case "number":
        return [
          expression,
          fits([expression.value, expression.value]) ? [expression.value, expression.value] : undefined,
        ];
      case "local":
      case "field":
      case "wide":
        return [expression, undefined];
      case "element": {
        const type = this.types.get(expression.array.name);
        const range = type === undefined || type === "int32_t" ? undefined : elementRanges[type];
        return [{ ...expression, index: this.expression(expression.index) }, range];
      }
      case "unary": {
        const [operand, range] = this.typed(expression.operand);
        if (expression.operator === "!") return [{ ...expression, operand }, [0, 1]];
        if (range === undefined) return [{ ...expression, operand }, undefined];
        const negated: Range = [-range[1], -range[0]];
        if (fits(negated)) return [{ ...expression, operand }, negated];
        return [{ ...expression, operand: { kind: "wide", operand } }, undefined];
      }
      case "conditional": {
        const [whenTrue, first] = this.typed(expression.whenTrue);
        const [whenFalse, second] = this.typed(expression.whenFalse);
        const condition = this.expression(expression.condition);
        const range: Range | undefined = first &&
          second && [Math.min(first[0], second[0]), Math.max(first[1], second[1])];
        return [{ ...expression, condition, whenTrue, whenFalse }, range];
      }
      case "call": {
        const handed = expression.arguments.map((argument) =>
          argument.kind === "array" ? this.array(argument) : this.expression(argument),
        );
        return [{ ...expression, arguments: handed }, undefined];
      }
      case "binary": {
        const [left, first] = this.typed(expression.left);
        const [right, second] = this.typed(expression.right);
        // the type of a shift is that of what is shifted
        if (first === undefined || (second === undefined && expression.operator !== ">>"))
          return [{ ...expression, left, right }, undefined];
        const range = rangeOf(expression.operator, first, second ?? [0, 31]);
        if (fits(range)) return [{ ...expression, left, right }, range];
        return [{ ...expression, left: { kind: "wide", operand: left }, right }, undefined];
      }
    }
  }

  private array(array: ArrayReference): ArrayReference {
    return array.offset === undefined ? array : { ...array, offset: this.expression(array.offset) };
  }

  statements(statements: readonly Statement[]): Statement[] {
    return statements.map((statement) => this.statement(statement));
  }

  private statement(statement: Statement): Statement {
    switch (statement.kind) {
      case "declare":
        return { ...statement, value: this.expression(statement.value) };
      case "registers":
        return statement;
      case "assign": {
        const target = this.expression(statement.target) as typeof statement.target;
        if (target.kind === "local" || statement.operator === "=")
          return { ...statement, target, value: this.expression(statement.value) };
        const operator = statement.operator.slice(0, -1) as BinaryOperator;
        const value = this.expression({
          kind: "binary",
          operator,
          left: statement.target,
          right: statement.value,
        });
        return { ...statement, target, operator: "=", value };
      }
      case "for":
        return {
          ...statement,
          from: this.expression(statement.from),
          condition: this.expression(statement.condition),
          body: this.statements(statement.body),
        };
      case "if":
        return {
          ...statement,
          condition: this.expression(statement.condition),
          thenBody: this.statements(statement.thenBody),
          elseBody: this.statements(statement.elseBody),
        };
      case "block":
        return { ...statement, body: this.statements(statement.body) };
      case "call":
        return { ...statement, call: this.expression(statement.call) };
      case "return":
        return { ...statement, value: statement.value && this.expression(statement.value) };
    }
  }
}

/**
 * Statements whose values are the same where int has 16 bits: C promotes elements of arrays to int only, so a product of
 * two int16 would be lost there. Where int has 32 bits, the casts change nothing.
 *
 * @param arrays those that the statements name
 */
export function widen(
  statements: readonly Statement[],
  arrays: readonly { readonly name: string; readonly elementType: ElementType | undefined }[],
): Statement[] {
  return new Widener(new Map(arrays.map(({ name, elementType }) => [name, elementType]))).statements(
    statements,
  );
}
