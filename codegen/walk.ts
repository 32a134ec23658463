import type { Argument, ArrayReference, Expression, Statement } from "./ir.js";

/** Calls back with an expression, all inside it, and the arrays it names. */
export function visitExpression(
  expression: Argument,
  visit: (found: Expression | ArrayReference) => void,
): void {
  visit(expression);
  const inner = (child: Argument): void => visitExpression(child, visit);
  switch (expression.kind) {
    case "array":
      if (expression.offset) inner(expression.offset);
      return;
    case "element":
      inner(expression.array);
      inner(expression.index);
      return;
    case "binary":
      inner(expression.left);
      inner(expression.right);
      return;
    case "wide":
    case "unary":
      inner(expression.operand);
      return;
    case "conditional":
      inner(expression.condition);
      inner(expression.whenTrue);
      inner(expression.whenFalse);
      return;
    case "call":
      expression.arguments.forEach(inner);
  }
}

/** True where the local goes into the expression. */
export function readsLocal(expression: Expression, name: string): boolean {
  let isRead = false;
  visitExpression(expression, (found) => {
    if (found.kind === "local" && found.name === name) isRead = true;
  });
  return isRead;
}

/** The expressions that stand in a statement itself: not in the statements inside it. */
export function ownExpressions(statement: Statement): Expression[] {
  switch (statement.kind) {
    case "declare":
      return [statement.value];
    case "registers":
      return [statement.count];
    case "assign":
      return [statement.target, statement.value];
    case "for":
      return [statement.from, statement.condition, statement.step];
    case "if":
      return [statement.condition];
    case "block":
      return [];
    case "call":
      return [statement.call];
    case "return":
      return statement.value ? [statement.value] : [];
  }
}

/** The statements inside a statement, one level down. */
export function innerStatements(statement: Statement): readonly Statement[] {
  if (statement.kind === "for" || statement.kind === "block") return statement.body;
  if (statement.kind === "if") return [...statement.thenBody, ...statement.elseBody];
  return [];
}

/** Calls back with every expression and array name in statements. */
export function visitStatements(
  statements: readonly Statement[],
  visit: (found: Expression | ArrayReference) => void,
): void {
  for (const statement of statements) {
    for (const expression of ownExpressions(statement)) visitExpression(expression, visit);
    visitStatements(innerStatements(statement), visit);
  }
}

/** Names of the locals, parameters and arrays that statements read or write. */
export function namesIn(statements: readonly Statement[]): Set<string> {
  const names = new Set<string>();
  visitStatements(statements, (found) => {
    if (found.kind === "local" || found.kind === "array") names.add(found.name);
  });
  return names;
}

/** How far a loop's variable goes in a turn, in statements with a layer's numbers folded in. */
export function stepOf({ variable, step }: Extract<Statement, { kind: "for" }>): number {
  if (step.kind !== "number") throw new Error(`the step of the loop over "${variable}" is not settled`);
  return step.value;
}
