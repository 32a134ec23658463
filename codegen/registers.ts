import type { Statement } from "./ir.js";
import { innerStatements, namesIn, readsLocal, visitStatements } from "./walk.js";

/** As many as one can wish a core had. */
export const mostRegisters = 32;

/** A loop that is written out has no more turns: its C is still to be read. */
export const mostTurns = 256;

/** Of one function's loops inside each other, whoever wrote it: this much is printed in a moment. */
export const mostTurnsInAll = 4096;

type Loop = Extract<Statement, { kind: "for" }>;

/** Names of the registers that statements declare, inside each other too. */
export function registersIn(statements: readonly Statement[]): Set<string> {
  const own = statements.flatMap((statement) => (statement.kind === "registers" ? [statement.name] : []));
  const inner = statements.flatMap((statement) => [...registersIn(innerStatements(statement))]);
  return new Set([...own, ...inner]);
}

function loopsIn(statements: readonly Statement[]): Loop[] {
  return statements.flatMap((statement) => [
    ...(statement.kind === "for" ? [statement] : []),
    ...loopsIn(innerStatements(statement)),
  ]);
}

/** True where a loop's variable goes into an index of registers, or into the bounds of a loop inside that is written out. */
export function isWrittenOut(loop: Loop, registers: ReadonlySet<string>): boolean {
  let indexes = false;
  visitStatements(loop.body, (found) => {
    if (found.kind === "element" && registers.has(found.array.name))
      indexes ||= readsLocal(found.index, loop.variable);
  });
  const bounds = (inner: Loop): boolean =>
    [inner.from, inner.condition].some((bound) => readsLocal(bound, loop.variable));
  return indexes || loopsIn(loop.body).some((inner) => bounds(inner) && isWrittenOut(inner, registers));
}

function assignsTo(name: string, statement: Statement): boolean {
  if (statement.kind === "assign" && statement.target.kind === "local" && statement.target.name === name)
    return true;
  return innerStatements(statement).some((inner) => assignsTo(name, inner));
}

/**
 * Statements in which registers are declared where they get their first value, if that stands beside their declaration:
 * as one would write them by hand.
 *
 * @param declarations those of registers, as 0
 */
export function declareWhereSet(
  statements: readonly Statement[],
  declarations: ReadonlySet<Statement>,
): Statement[] {
  const instead = new Map<Statement, Statement | undefined>();
  statements.forEach((declaration, at) => {
    if (declaration.kind !== "declare" || !declarations.has(declaration)) return;
    const { name } = declaration;
    const first = statements.findIndex((other, index) => index > at && namesIn([other]).has(name));
    const set = statements[first];
    if (set?.kind !== "assign" || set.operator !== "=" || set.target.kind !== "local") return;
    if (set.target.name !== name || readsLocal(set.value, name)) return;
    const isConst = !statements.slice(first + 1).some((later) => assignsTo(name, later));
    const comments = [...declaration.comments, ...set.comments];
    instead.set(declaration, undefined);
    instead.set(set, { kind: "declare", name, isConst, value: set.value, comments });
  });
  return statements.flatMap((statement) =>
    instead.has(statement) ? (instead.get(statement) ?? []) : [statement],
  );
}
