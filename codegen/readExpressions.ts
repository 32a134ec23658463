import { type CallExpression, Node, SyntaxKind } from "ts-morph";
import type { Diagnostics } from "./diagnostics.js";
import type {
  Argument,
  ArrayReference,
  BinaryOperator,
  ElementType,
  Expression,
  LayerField,
  Parameter,
} from "./ir.js";
import { noteLine } from "./lines.js";
import { type Signature, subarray } from "./signatures.js";

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
  readonly arrays: ReadonlyMap<string, Parameter>;
  /** Functions of int.ts and simd.ts that the file imports, and the file's own. */
  readonly functions: ReadonlyMap<string, Signature>;
  readonly returnsValue: boolean;
  /** Names that locals may not take, in C's spelling. */
  readonly takenInC: ReadonlySet<string>;
  readonly diagnostics: Diagnostics;
  /** Lines are kept for the messages of a user's kernel that runs. */
  readonly notesLines: boolean;
  /** Called with each function that the body calls. */
  onCall(name: string, node: Node): void;
}
/**
 * What a name in sight is. A count is a parameter that each call settles, a counter a loop's variable between settled
 * bounds.
 */
export type LocalKind = "constant" | "variable" | "loop" | "count" | "counter" | "registers";
/** Stands for what was reported. */
export const nothing: Expression = { kind: "number", value: 0 };
const unknownArray: ArrayReference = { kind: "array", name: "unknown", isField: false };

/** An integer literal's value in any of its spellings; NaN for what is no integer, or reads as octal in C. */
export function integerLiteral(node: Node): number {
  if (!Node.isNumericLiteral(node)) return Number.NaN;
  const text = node.getText().replaceAll("_", "");
  const value = /^0\d/.test(text) ? Number.NaN : Number(text);
  return Number.isInteger(value) ? value : Number.NaN;
}

/** Reads expressions of one function into the IR and reports everything outside the subset. */
export class ExpressionReader {
  /** Locals in sight, the innermost block last. */
  readonly scopes: Map<string, LocalKind>[] = [new Map()];

  constructor(private readonly around: Surroundings) {}

  lookUp(name: string): LocalKind | undefined {
    return this.scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  /**
   * True for what folds to a number when the layer is known.
   *
   * @param locals kinds of locals that do
   */
  isSettled(expression: Expression, locals: readonly LocalKind[] = []): boolean {
    switch (expression.kind) {
      case "number":
      case "field":
        return true;
      case "local":
        return locals.some((kind) => kind === this.lookUp(expression.name));
      case "binary":
        return this.isSettled(expression.left, locals) && this.isSettled(expression.right, locals);
      case "unary":
        return this.isSettled(expression.operand, locals);
      default:
        return false;
    }
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
    const value = this.readPlainValue(node, parent);
    return this.around.notesLines && value !== nothing ? noteLine(value, node ?? parent) : value;
  }

  private readPlainValue(node: Node | undefined, parent: Node): Expression {
    if (node === undefined) {
      this.report("K005", parent);
      return nothing;
    }
    if (Node.isParenthesizedExpression(node)) return this.readValue(node.getExpression(), node);
    if (Node.isNumericLiteral(node)) return this.readInteger(node, 1, node);
    if (Node.isIdentifier(node)) {
      const kind = this.lookUp(node.getText());
      if (kind !== undefined && kind !== "registers") return { kind: "local", name: node.getText() };
      this.report(kind === "registers" ? "K024" : "K005", node);
      return nothing;
    }
    if (Node.isPropertyAccessExpression(node)) return this.readField(node);
    if (Node.isElementAccessExpression(node)) {
      const registers = this.readRegisters(node.getExpression());
      const array = registers ?? this.readArray(node.getExpression());
      if (!array) this.report("K005", node);
      const index = this.readValue(node.getArgumentExpression(), node);
      if (registers && !this.isSettled(index, ["count", "counter"])) this.report("K024", node);
      return { kind: "element", array: array ?? unknownArray, index };
    }
    if (Node.isCallExpression(node)) {
      const called = this.around.functions.get(node.getExpression().getText());
      if (called && !called.returnsValue && !/^(unroll|registers)$/.test(node.getExpression().getText()))
        this.report("K005", node);
      return this.readCall(node);
    }
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
      if (Node.isNumericLiteral(operand)) return this.readInteger(operand, -1, node);
      return { kind: "unary", operator: "-", operand: this.readValue(operand, node) };
    }
    if (Node.isBinaryExpression(node))
      return this.readBinaryValue(node.getOperatorToken().getText(), node.getLeft(), node.getRight(), node);
    if (Node.isArrowFunction(node) || Node.isFunctionExpression(node)) this.report("K003", node);
    else if (Node.isPrefixUnaryExpression(node) && node.getOperatorToken() === SyntaxKind.ExclamationToken)
      this.report("K023", node);
    else if (Node.isPrefixUnaryExpression(node) && /^[~+]([^+]|$)/.test(node.getText()))
      this.report("K006", node);
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
        right: operator === ">>" ? this.readShiftCount(right) : this.readValue(right, node),
      };
    }
    if (operator === "/" || operator === "%") this.report("K004", node);
    else if (assignmentOperators.has(operator) || operator === ",") this.report("K011", node);
    else if (comparisonOperators.has(operator) || /^(&&|\|\||==|!=)$/.test(operator))
      this.report("K023", node);
    else this.report("K006", node);
    return nothing;
  }

  /** The right side of >> and >>=: C shifts by 0 to 31 only, where JavaScript takes any count modulo 32. */
  readShiftCount(node: Node): Expression {
    const count = this.readValue(node, node);
    const isOutside = count.kind === "number" && (count.value < 0 || count.value > 31);
    if (isOutside || !this.isSettled(count)) this.report("K021", node);
    return count;
  }

  private readInteger(node: Node, sign: 1 | -1, whole: Node): Expression {
    const value = sign * integerLiteral(node);
    if ((value | 0) !== value) this.report("K005", whole);
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

  private readRegisters(node: Node): ArrayReference | undefined {
    if (!Node.isIdentifier(node) || this.lookUp(node.getText()) !== "registers") return undefined;
    return { kind: "array", name: node.getText(), isField: false };
  }

  private readArray(node: Node): ArrayReference | undefined {
    if (Node.isIdentifier(node) && this.around.arrays.has(node.getText())) {
      return { kind: "array", name: node.getText(), isField: false };
    }
    if (Node.isPropertyAccessExpression(node) && node.getExpression().getText() === this.around.layerName) {
      const field = this.around.fields.get(node.getName());
      if (field?.elementType !== undefined) return { kind: "array", name: field.name, isField: true };
      if (!field) {
        this.report("K010", node);
        return unknownArray;
      }
    }
    return undefined;
  }

  readCall(node: CallExpression): Expression {
    const callee = node.getExpression();
    const name = callee.getText();
    const called = this.around.functions.get(name);
    if (!Node.isIdentifier(callee) || !called || name === "unroll" || name === "registers") {
      this.report(name === "unroll" ? "K017" : called && name === "registers" ? "K024" : "K008", node);
      // an argument that is a function explains the call better than the call does
      for (const argument of node.getArguments()) {
        if (Node.isArrowFunction(argument) || Node.isFunctionExpression(argument))
          this.report("K003", argument);
      }
      return nothing;
    }
    this.around.onCall(name, node);
    const nodes = node.getArguments();
    if (nodes.length !== called.parameters.length) {
      this.report("K018", node);
      return nothing;
    }
    const callArguments = nodes.map((argument, index) =>
      this.readArgument(argument, called.parameters[index]!),
    );
    return { kind: "call", name, arguments: callArguments };
  }

  private readArgument(node: Node, parameter: Parameter): Argument {
    const part = subarray(node);
    if (this.readRegisters(part?.array ?? node)) {
      this.report("K024", node);
      return nothing;
    }
    const whole = this.readArray(part?.array ?? node);
    const array = whole && part ? { ...whole, offset: this.readValue(part.start, node) } : whole;
    if (array === undefined && parameter.elementType === undefined) {
      const value = this.readValue(node, node);
      if (parameter.isCount && !this.isSettled(value, ["count"])) this.report("K024", node);
      return value;
    }
    if (whole === unknownArray) return whole;
    if (array === undefined || this.elementTypeOf(array) !== parameter.elementType) this.report("K018", node);
    else if (array.isField && parameter.isWritten) this.report("K022", node);
    return array ?? nothing;
  }

  private elementTypeOf(array: ArrayReference): ElementType | undefined {
    const { fields, arrays } = this.around;
    return (array.isField ? fields.get(array.name) : arrays.get(array.name))?.elementType;
  }

  private report(rule: Parameters<Diagnostics["report"]>[0], node: Node): void {
    this.around.diagnostics.report(rule, node);
  }
}
