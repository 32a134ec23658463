import type { Statement } from "./ir.js";
import { innerStatements, ownExpressions, readsLocal } from "./walk.js";

function assigns(statement: Statement, name: string): boolean {
  return statement.kind === "assign" && statement.target.kind === "local" && statement.target.name === name;
}

/** True when the local's value matters: reads that only make its own next value do not count. */
function isRead(name: string, statements: readonly Statement[]): boolean {
  return statements.some(
    (statement) =>
      !assigns(statement, name) &&
      (ownExpressions(statement).some((expression) => readsLocal(expression, name)) ||
        isRead(name, innerStatements(statement))),
  );
}

/** Changes the lists of statements inside a statement; undefined when nothing is left of it. */
function mapInner(
  statement: Statement,
  change: (body: readonly Statement[]) => Statement[],
): Statement | undefined {
  switch (statement.kind) {
    case "for":
    case "block": {
      const body = change(statement.body);
      return body.length > 0 ? { ...statement, body } : undefined;
    }
    case "if": {
      const thenBody = change(statement.thenBody);
      const elseBody = change(statement.elseBody);
      return thenBody.length + elseBody.length > 0 ? { ...statement, thenBody, elseBody } : undefined;
    }
    default:
      return statement;
  }
}

function withoutAssignments(name: string, statements: readonly Statement[]): Statement[] {
  return statements
    .filter((statement) => !assigns(statement, name))
    .flatMap((statement) => mapInner(statement, (body) => withoutAssignments(name, body)) ?? []);
}

function removeOnce(statements: readonly Statement[]): Statement[] {
  const kept: Statement[] = [];
  let rest = [...statements];
  while (rest.length > 0) {
    const statement = rest.shift()!;
    if (statement.kind === "declare" && !isRead(statement.name, rest)) {
      rest = withoutAssignments(statement.name, rest);
    } else {
      kept.push(...[mapInner(statement, removeOnce) ?? []].flat());
    }
  }
  return kept;
}

function countStatements(statements: readonly Statement[]): number {
  return statements.reduce((sum, statement) => sum + 1 + countStatements(innerStatements(statement)), 0);
}

/**
 * Leaves out locals whose value nothing needs, and loops and branches with nothing left in them: folding makes them,
 * and compilers warn of them. Sound because expressions have no effects (K020) and no local hides another (K016).
 */
export function removeUnused(statements: readonly Statement[]): Statement[] {
  const kept = removeOnce(statements);
  return countStatements(kept) === countStatements(statements) ? kept : removeUnused(kept);
}
