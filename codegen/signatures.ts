import { type FunctionDeclaration, Node, SyntaxKind } from "ts-morph";
import type { Parameter } from "./ir.js";
import { readType } from "./readType.js";

/** How a function is called. */
export interface Signature {
  readonly parameters: readonly Parameter[];
  readonly returnsValue: boolean;
}

/** Names of the arrays that a function's body assigns to, without those it hands on. */
function assignedNames(declaration: FunctionDeclaration): Set<string> {
  const names = new Set<string>();
  const add = (target: Node): void => {
    if (Node.isElementAccessExpression(target)) names.add(target.getExpression().getText());
  };
  for (const node of declaration.getDescendantsOfKind(SyntaxKind.BinaryExpression)) {
    if (/^(=|[^=!<>]+=|>>=)$/.test(node.getOperatorToken().getText())) add(node.getLeft());
  }
  for (const kind of [SyntaxKind.PostfixUnaryExpression, SyntaxKind.PrefixUnaryExpression] as const) {
    for (const node of declaration.getDescendantsOfKind(kind)) add(node.getOperand());
  }
  return names;
}

/** The array that an argument is, or begins in: `input` of `input.subarray(4)`. */
export function arrayOf(argument: Node): Node {
  return subarray(argument)?.array ?? argument;
}

/** The parts of `array.subarray(start)`; undefined for everything else. */
export function subarray(node: Node): { readonly array: Node; readonly start: Node } | undefined {
  if (!Node.isCallExpression(node) || node.getArguments().length !== 1) return undefined;
  const callee = node.getExpression();
  if (!Node.isPropertyAccessExpression(callee) || callee.getName() !== "subarray") return undefined;
  return { array: callee.getExpression(), start: node.getArguments()[0]! };
}

/** Names of the parameters that a function's registers are counted by, without those it hands on. */
function countNames(declaration: FunctionDeclaration): Set<string> {
  const calls = declaration.getDescendantsOfKind(SyntaxKind.CallExpression);
  const counts = calls.filter((call) => call.getExpression().getText() === "registers");
  return new Set(counts.flatMap((call) => call.getArguments().map((count) => count.getText())));
}

/**
 * Signatures of functions by name. A parameter is written when the function assigns to its elements, or hands it to
 * another one that does; likewise with one that counts registers.
 *
 * @param imported functions that they call and that are read already
 */
export function readSignatures(
  declarations: ReadonlyMap<string, FunctionDeclaration>,
  imported: ReadonlyMap<string, Signature> = new Map(),
): Map<string, Signature> {
  const written = new Map([...declarations].map(([name, node]) => [name, assignedNames(node)]));
  const counts = new Map([...declarations].map(([name, node]) => [name, countNames(node)]));
  const handOn = (name: string, declaration: FunctionDeclaration): boolean => {
    const [own, ownCounts] = [written.get(name)!, counts.get(name)!];
    const before = own.size + ownCounts.size;
    for (const call of declaration.getDescendantsOfKind(SyntaxKind.CallExpression)) {
      const called = call.getExpression().getText();
      const calledWrites = written.get(called);
      const parameters =
        imported.get(called)?.parameters ??
        declarations
          .get(called)
          ?.getParameters()
          .map((parameter) => ({
            isWritten: calledWrites!.has(parameter.getName()),
            isCount: counts.get(called)!.has(parameter.getName()),
          }));
      for (const [index, { isWritten, isCount }] of parameters?.entries() ?? []) {
        const argument = call.getArguments()[index];
        if (argument && isWritten) own.add(arrayOf(argument).getText());
        if (argument && isCount) ownCounts.add(argument.getText());
      }
    }
    return own.size + ownCounts.size > before;
  };
  while ([...declarations].map(([name, node]) => handOn(name, node)).some(Boolean));
  return new Map(
    [...declarations].map(([name, declaration]) => [
      name,
      {
        parameters: declaration.getParameters().map((parameter) => ({
          name: parameter.getName(),
          elementType: readType(parameter.getTypeNode()?.getText()) ?? undefined,
          isWritten: written.get(name)!.has(parameter.getName()),
          isCount: counts.get(name)!.has(parameter.getName()),
        })),
        returnsValue: declaration.getReturnTypeNode()?.getText() === "i32",
      },
    ]),
  );
}
