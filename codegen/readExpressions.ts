import { type CallExpression, Node, SyntaxKind } from "ts-morph";
import type { Diagnostics } from "./diagnostics.js";
import type { Argument, ArrayReference, BinaryOperator, Expression, LayerField } from "./ir.js";

const valueOperators = new Set(["+", "-", "*", "&", "|", "^", ">>"]);
const comparisonOperators = new Set(["<", "<=", ">", ">=", "===", "!=="]);
export const assignmentOperators: ReadonlySet<string> = new Set([
  "=",
  "+=",
  "-=",
  "*=",
  "&=",
  "|=",
  "^=",
  ">>=",
]);

/** What a function's body can refer to. */
export interface Surroundings {
  /** Name of the layer parameter; undefined in helpers. */
  readonly layerName: string | undefined;
  readonly fields: ReadonlyMap<string, LayerField>;
  /** Array parameters. */
  readonly arrays: ReadonlySet<string>;
  /** Functions of int.ts that the file imports, and the file's own. */
  readonly functions: ReadonlySet<string>;
  /** Names that locals may not take, in C's spelling. */
  readonly takenInC: ReadonlySet<string>;
  readonly diagnostics: Diagnostics;
  /** Called with each function that the body calls. */
  onCall(name: string): void;
}
export type LocalKind = "constant" | "variable" | "loop";
/** Stands for what was reported. */
export const nothing: Expression = { kind: "number", value: 0 };

/** Reads expressions of one function into the IR and reports everything outside the subset. */
export class ExpressionReader {
  /** Locals in sight, the innermost block last. */
  readonly scopes: Map<string, LocalKind>[] = [new Map()];

  constructor(private readonly around: Surroundings) {}

  lookUp(name: string): LocalKind | undefined {
    return this.scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  readCondition(node: Node): Expression {
    if (Node.isParenthesizedExpression(node)) return this.readCondition(node.getExpression());
    if (Node.isBinaryExpression(node)) {
      const operator = node.getOperatorToken().getText();
      if (operator === "&&" || operator === "||") {
        return {
          kind: "binary",
          operator,
          left: this.readCondition(node.getLeft()),
          right: this.readCondition(node.getRight()),
        };
      }
      if (comparisonOperators.has(operator)) {
        return {
          kind: "binary",
          operator: operator as BinaryOperator,
          left: this.readValue(node.getLeft(), node),
          right: this.readValue(node.getRight(), node),
        };
      }
      if (operator === "==" || operator === "!=") {
        this.report("K006", node);
        return nothing;
      }
    }
    if (Node.isPrefixUnaryExpression(node) && node.getOperatorToken() === SyntaxKind.ExclamationToken) {
      return { kind: "unary", operator: "!", operand: this.readCondition(node.getOperand()) };
    }
    this.report("K014", node);
    return nothing;
  }

  readValue(node: Node | undefined, parent: Node): Expression {
    if (node === undefined) {
      this.report("K005", parent);
      return nothing;
    }
    if (Node.isParenthesizedExpression(node)) return this.readValue(node.getExpression(), node);
    if (Node.isNumericLiteral(node)) return this.readInteger(node, 1);
    if (Node.isIdentifier(node)) {
      if (this.lookUp(node.getText()) !== undefined) return { kind: "local", name: node.getText() };
      this.report("K005", node);
      return nothing;
    }
    if (Node.isPropertyAccessExpression(node)) return this.readField(node);
    if (Node.isElementAccessExpression(node)) {
      const array = this.readArray(node.getExpression());
      if (!array) this.report("K005", node);
      return {
        kind: "element",
        array: array ?? { kind: "array", name: "unknown", isField: false },
        index: this.readValue(node.getArgumentExpression(), node),
      };
    }
    if (Node.isCallExpression(node)) return this.readCall(node);
    if (Node.isConditionalExpression(node)) {
      return {
        kind: "conditional",
        condition: this.readCondition(node.getCondition()),
        whenTrue: this.readValue(node.getWhenTrue(), node),
        whenFalse: this.readValue(node.getWhenFalse(), node),
      };
    }
    if (Node.isPrefixUnaryExpression(node) && node.getOperatorToken() === SyntaxKind.MinusToken) {
      const operand = node.getOperand();
      if (Node.isNumericLiteral(operand)) return this.readInteger(operand, -1);
      return { kind: "unary", operator: "-", operand: this.readValue(operand, node) };
    }
    if (Node.isBinaryExpression(node))
      return this.readBinaryValue(node.getOperatorToken().getText(), node.getLeft(), node.getRight(), node);
    if (Node.isArrowFunction(node) || Node.isFunctionExpression(node)) this.report("K003", node);
    else if (Node.isPostfixUnaryExpression(node) || Node.isPrefixUnaryExpression(node))
      this.report("K011", node);
    else this.report("K005", node);
    return nothing;
  }

  private readBinaryValue(operator: string, left: Node, right: Node, node: Node): Expression {
    if (valueOperators.has(operator)) {
      return {
        kind: "binary",
        operator: operator as BinaryOperator,
        left: this.readValue(left, node),
        right: this.readValue(right, node),
      };
    }
    if (operator === "/" || operator === "%") this.report("K004", node);
    else if (assignmentOperators.has(operator) || operator === ",") this.report("K011", node);
    else if (comparisonOperators.has(operator) || operator === "&&" || operator === "||")
      this.report("K005", node);
    else this.report("K006", node);
    return nothing;
  }

  private readInteger(node: Node & { getLiteralValue(): number }, sign: 1 | -1): Expression {
    const value = sign * node.getLiteralValue();
    if ((value | 0) !== value) this.report("K005", node);
    return { kind: "number", value };
  }

  private readField(node: Node & { getName(): string; getExpression(): Node }): Expression {
    if (this.around.layerName !== undefined && node.getExpression().getText() === this.around.layerName) {
      const field = this.around.fields.get(node.getName());
      if (field && field.elementType === undefined) return { kind: "field", name: field.name };
      this.report(field ? "K005" : "K010", node);
    } else {
      this.report("K005", node);
    }
    return nothing;
  }

  private readArray(node: Node): ArrayReference | undefined {
    if (Node.isIdentifier(node) && this.around.arrays.has(node.getText())) {
      return { kind: "array", name: node.getText(), isField: false };
    }
    if (Node.isPropertyAccessExpression(node) && node.getExpression().getText() === this.around.layerName) {
      const field = this.around.fields.get(node.getName());
      if (field?.elementType !== undefined) return { kind: "array", name: field.name, isField: true };
      if (!field) this.report("K010", node);
    }
    return undefined;
  }

  readCall(node: CallExpression): Expression {
    const callee = node.getExpression();
    const name = callee.getText();
    if (!Node.isIdentifier(callee) || !this.around.functions.has(name) || name === "unroll") {
      this.report(name === "unroll" ? "K017" : "K008", node);
      // an argument that is a function explains the call better than the call does
      for (const argument of node.getArguments()) {
        if (Node.isArrowFunction(argument) || Node.isFunctionExpression(argument))
          this.report("K003", argument);
      }
      return nothing;
    }
    this.around.onCall(name);
    const callArguments: Argument[] = node
      .getArguments()
      .map((argument) => this.readArray(argument) ?? this.readValue(argument, node));
    return { kind: "call", name, arguments: callArguments };
  }

  private report(rule: Parameters<Diagnostics["report"]>[0], node: Node): void {
    this.around.diagnostics.report(rule, node);
  }
}
