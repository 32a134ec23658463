import type { KernelArgument } from "../src/program.js";
import type {
  Argument,
  BinaryOperator,
  Expression,
  Helper,
  KernelSource,
  LayerField,
  Statement,
} from "./ir.js";

/** A kernel with the numbers of one layer folded in; its arrays stay parameters. */
export interface SpecialisedKernel {
  readonly kernel: KernelSource;
  readonly body: readonly Statement[];
  /** Array fields that the body still reads, in the interface's order. */
  readonly tables: readonly LayerField[];
  /** Helpers that the body still calls, callees before callers. */
  readonly helpers: readonly Helper[];
}

function int32(value: number): number {
  if ((value | 0) !== value) throw new Error(`constant folding leaves int32: ${value}`);
  return value;
}

function fold(operator: BinaryOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return int32(a + b);
    case "-":
      return int32(a - b);
    case "*":
      return int32(a * b);
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case ">>":
      return a >> b;
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
    case "&&":
      return Number(a !== 0 && b !== 0);
    case "||":
      return Number(a !== 0 || b !== 0);
  }
}

function literal(value: number): Expression {
  return { kind: "number", value };
}

function isLiteral(expression: Expression, value: number): boolean {
  return expression.kind === "number" && expression.value === value;
}

/** A binary expression with literals folded and neutral elements left out. */
function simplifyBinary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  if (left.kind === "number" && right.kind === "number")
    return literal(fold(operator, left.value, right.value));
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

class Specialiser {
  readonly usedTables = new Set<string>();
  readonly usedHelpers = new Set<string>();

  constructor(private readonly layer: Readonly<Record<string, KernelArgument>>) {}

  private number(field: string): number {
    const value = this.layer[field];
    if (typeof value !== "number" || (value | 0) !== value) {
      throw new Error(`field "${field}" must be an int32 number, found ${String(value)}`);
    }
    return value;
  }

  expression(expression: Expression): Expression {
    switch (expression.kind) {
      case "number":
      case "local":
        return expression;
      case "field":
        return literal(this.number(expression.name));
      case "element":
        if (expression.array.isField) this.usedTables.add(expression.array.name);
        return { ...expression, index: this.expression(expression.index) };
      case "binary":
        return simplifyBinary(
          expression.operator,
          this.expression(expression.left),
          this.expression(expression.right),
        );
      case "unary": {
        const operand = this.expression(expression.operand);
        if (operand.kind !== "number") return { ...expression, operand };
        return literal(expression.operator === "-" ? int32(-operand.value) : Number(operand.value === 0));
      }
      case "conditional": {
        const condition = this.expression(expression.condition);
        if (condition.kind === "number")
          return this.expression(condition.value !== 0 ? expression.whenTrue : expression.whenFalse);
        return {
          ...expression,
          condition,
          whenTrue: this.expression(expression.whenTrue),
          whenFalse: this.expression(expression.whenFalse),
        };
      }
      case "call":
        this.usedHelpers.add(expression.name);
        return { ...expression, arguments: expression.arguments.map((argument) => this.argument(argument)) };
    }
  }

  private argument(argument: Argument): Argument {
    if (argument.kind !== "array") return this.expression(argument);
    if (argument.isField) this.usedTables.add(argument.name);
    return argument;
  }

  statements(statements: readonly Statement[]): Statement[] {
    return statements.flatMap((statement) => this.statement(statement));
  }

  private statement(statement: Statement): Statement[] {
    switch (statement.kind) {
      case "declare":
        return [{ ...statement, value: this.expression(statement.value) }];
      case "assign":
        return [
          {
            ...statement,
            target: this.expression(statement.target) as typeof statement.target,
            value: this.expression(statement.value),
          },
        ];
      case "for": {
        const from = this.expression(statement.from);
        const condition = this.expression(statement.condition);
        if (runsNever(from, condition)) return [];
        return [{ ...statement, from, condition, body: this.statements(statement.body) }];
      }
      case "if": {
        const condition = this.expression(statement.condition);
        if (condition.kind === "number") {
          const body = this.statements(condition.value !== 0 ? statement.thenBody : statement.elseBody);
          const declares = body.some((inner) => inner.kind === "declare");
          return declares ? [{ kind: "block", body, comments: statement.comments }] : body;
        }
        return [
          {
            ...statement,
            condition,
            thenBody: this.statements(statement.thenBody),
            elseBody: this.statements(statement.elseBody),
          },
        ];
      }
      case "block":
        return [{ ...statement, body: this.statements(statement.body) }];
      case "call":
        return [{ ...statement, call: this.expression(statement.call) }];
      case "return":
        return [{ ...statement, value: statement.value && this.expression(statement.value) }];
    }
  }
}

/** True for a loop whose literal start already fails its condition (`variable < end` or `variable <= end`). */
function runsNever(from: Expression, condition: Expression): boolean {
  return (
    from.kind === "number" &&
    condition.kind === "binary" &&
    condition.right.kind === "number" &&
    fold(condition.operator, from.value, condition.right.value) === 0
  );
}

/**
 * Folds a layer's numbers into its kernel: field reads become literals, branches on them disappear, loops get
 * literal bounds, loops that never run and tables that are never read go.
 */
export function specialise(
  kernel: KernelSource,
  layer: Readonly<Record<string, KernelArgument>>,
): SpecialisedKernel {
  const specialiser = new Specialiser(layer);
  const body = specialiser.statements(kernel.body);
  const helpers: Helper[] = [];
  // callers stand after their callees, so one pass from the end finds all that is reached
  for (const helper of [...kernel.helpers].reverse()) {
    if (!specialiser.usedHelpers.has(helper.name)) continue;
    helpers.unshift({ ...helper, body: specialiser.statements(helper.body) });
  }
  return {
    kernel,
    body,
    tables: kernel.fields.filter((field) => specialiser.usedTables.has(field.name)),
    helpers,
  };
}
