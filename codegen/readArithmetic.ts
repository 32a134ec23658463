import { type FunctionDeclaration, Node, type SourceFile, SyntaxKind } from "ts-morph";
import type { ArithmeticFunction } from "./arithmeticFunction.js";
import type { Argument, BinaryOperator, Expression, Statement } from "./ir.js";
import { readType } from "./readType.js";

/**
 * Reads the functions of int.ts or simd.ts, which compute with numbers beyond int32. They say so in doubles that are exact
 * integers, so they can be printed with integers of 64 bits: a quotient stands inside Math.floor or Math.trunc only.
 */
export function readArithmetic(file: SourceFile): ArithmeticFunction[] {
  const constants = new Map<string, Expression>();
  const reader = new Reader(file, constants);
  for (const declaration of file.getVariableDeclarations())
    constants.set(declaration.getName(), reader.expression(declaration.getInitializerOrThrow()));
  // registers() is gone from specialised kernels
  const computing = file.getFunctions().filter((one) => one.getReturnTypeNode()?.getText() !== "Int32Array");
  return computing.map((declaration) => reader.read(declaration));
}

class Reader {
  constructor(
    private readonly file: SourceFile,
    private readonly constants: ReadonlyMap<string, Expression>,
  ) {}

  read(declaration: FunctionDeclaration): ArithmeticFunction {
    return {
      name: declaration.getNameOrThrow(),
      parameters: declaration.getParameters().map((parameter) => ({
        name: parameter.getName(),
        elementType: readType(parameter.getTypeNode()?.getText()) ?? undefined,
        isWritten: true,
      })),
      body: declaration.getStatements().flatMap((statement) => this.statement(statement)),
    };
  }

  private statement(node: Node): Statement[] {
    const comments: string[] = [];
    if (Node.isVariableStatement(node)) {
      return node.getDeclarations().map((declaration) => ({
        kind: "declare",
        name: declaration.getName(),
        isConst: true,
        value: this.expression(declaration.getInitializerOrThrow()),
        comments,
      }));
    }
    if (Node.isReturnStatement(node))
      return [{ kind: "return", value: this.expression(node.getExpressionOrThrow()), comments }];
    if (Node.isExpressionStatement(node)) {
      const assignment = node.getExpression();
      if (Node.isBinaryExpression(assignment) && assignment.getOperatorToken().getText() === "=") {
        const target = this.expression(assignment.getLeft());
        const value = this.expression(assignment.getRight());
        if (target.kind === "element") return [{ kind: "assign", target, operator: "=", value, comments }];
      }
    }
    if (Node.isForStatement(node)) {
      const list = node.getInitializer();
      const [variable] = Node.isVariableDeclarationList(list) ? list.getDeclarations() : [];
      if (variable && node.getIncrementor()?.getText() === `${variable.getName()}++`) {
        return [
          {
            kind: "for",
            variable: variable.getName(),
            from: this.expression(variable.getInitializerOrThrow()),
            condition: this.expression(node.getConditionOrThrow()),
            step: { kind: "number", value: 1 },
            unroll: 8,
            body: this.statement(node.getStatement()),
            comments,
          },
        ];
      }
    }
    return this.fail(node);
  }

  expression(node: Node): Expression {
    if (Node.isParenthesizedExpression(node) || Node.isNonNullExpression(node))
      return this.expression(node.getExpression());
    if (Node.isNumericLiteral(node)) return { kind: "number", value: node.getLiteralValue() };
    if (Node.isIdentifier(node))
      return this.constants.get(node.getText()) ?? { kind: "local", name: node.getText() };
    if (Node.isPrefixUnaryExpression(node) && node.getOperatorToken() === SyntaxKind.MinusToken)
      return { kind: "unary", operator: "-", operand: this.expression(node.getOperand()) };
    if (Node.isElementAccessExpression(node)) {
      const array = { kind: "array", name: node.getExpression().getText(), isField: false } as const;
      return { kind: "element", array, index: this.expression(node.getArgumentExpressionOrThrow()) };
    }
    if (Node.isConditionalExpression(node)) {
      return {
        kind: "conditional",
        condition: this.expression(node.getCondition()),
        whenTrue: this.expression(node.getWhenTrue()),
        whenFalse: this.expression(node.getWhenFalse()),
      };
    }
    if (Node.isBinaryExpression(node)) {
      const operator = node.getOperatorToken().getText();
      const [left, right] = [this.expression(node.getLeft()), this.expression(node.getRight())];
      if (operator === "/" || operator === "**")
        return { kind: "call", name: operator, arguments: [left, right] };
      return { kind: "binary", operator: operator as BinaryOperator, left, right };
    }
    if (Node.isCallExpression(node)) {
      const args = node.getArguments().map((argument): Argument => this.expression(argument));
      return { kind: "call", name: node.getExpression().getText(), arguments: args };
    }
    return this.fail(node);
  }

  private fail(node: Node): never {
    const place = `${this.file.getBaseName()}:${node.getStartLineNumber()}`;
    throw new Error(
      `${place}: "${node.getText()}" is not among what the host's printer reads of integer functions`,
    );
  }
}
