import {
  type Block,
  type CallExpression,
  type ForStatement,
  Node,
  SyntaxKind,
  type Statement as TsStatement,
  type VariableDeclaration,
} from "ts-morph";
import type { Diagnostics } from "./diagnostics.js";
import type {
  Argument,
  ArrayReference,
  BinaryOperator,
  ElementType,
  Expression,
  LayerField,
  Statement,
} from "./ir.js";
import { isReserved, snakeCase } from "./names.js";

const elementTypes: Readonly<Record<string, ElementType>> = {
  Int8Array: "int8_t",
  Int16Array: "int16_t",
  Int32Array: "int32_t",
  Uint8Array: "uint8_t",
};

const valueOperators = new Set(["+", "-", "*", "&", "|", "^", ">>"]);
const comparisonOperators = new Set(["<", "<=", ">", ">=", "===", "!=="]);
const assignmentOperators = new Set(["=", "+=", "-=", "*=", "&=", "|=", "^=", ">>="]);

/** The element type that a written annotation names; undefined for i32, null for what a kernel may not use. */
export function readType(annotation: string | undefined): ElementType | undefined | null {
  if (annotation === "i32") return undefined;
  return (
    (annotation !== undefined && Object.hasOwn(elementTypes, annotation) && elementTypes[annotation]) || null
  );
}

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

type LocalKind = "constant" | "variable" | "loop";
const nothing: Expression = { kind: "number", value: 0 };

/** Reads the statements of one function into the IR and reports everything outside the subset. */
export class BodyReader {
  private scopes: Map<string, LocalKind>[] = [new Map()];

  constructor(
    private readonly around: Surroundings,
    i32Parameters: readonly string[],
  ) {
    for (const name of i32Parameters) this.scopes[0]!.set(name, "constant");
  }

  readBlock(block: Block): Statement[] {
    return this.readStatements(block.getStatements());
  }

  private readStatements(nodes: readonly TsStatement[]): Statement[] {
    this.scopes.push(new Map());
    const statements: Statement[] = [];
    let unroll: { readonly node: Node; readonly count: number } | undefined;
    for (const node of nodes) {
      const count = this.unrollCount(node);
      if (count !== undefined) {
        if (unroll) this.report("K017", unroll.node);
        unroll = { node, count };
        continue;
      }
      if (unroll && !Node.isForStatement(node)) this.report("K017", unroll.node);
      statements.push(...this.readStatement(node, unroll?.count ?? 0));
      unroll = undefined;
    }
    if (unroll) this.report("K017", unroll.node);
    this.scopes.pop();
    return statements;
  }

  /** The count of an `unroll(n);` statement, 0 for one without a literal; undefined for other statements. */
  private unrollCount(node: TsStatement): number | undefined {
    if (!Node.isExpressionStatement(node)) return undefined;
    const call = node.getExpression();
    if (!Node.isCallExpression(call) || call.getExpression().getText() !== "unroll") return undefined;
    const [count] = call.getArguments();
    if (Node.isNumericLiteral(count)) return count.getLiteralValue();
    this.report("K017", node);
    return 0;
  }

  private readStatement(node: TsStatement, unroll: number): Statement[] {
    const comments = node
      .getLeadingCommentRanges()
      .map((range) => range.getText())
      .filter((text) => text.startsWith("//"))
      .map((text) => text.slice(2).trim());

    if (Node.isVariableStatement(node)) {
      const keyword = node.getDeclarationKind();
      if (keyword === "var") this.report("K001", node);
      return node.getDeclarations().map((declaration, index) => {
        const name = this.declare(declaration, keyword === "const" ? "constant" : "variable");
        return {
          kind: "declare",
          name,
          isConst: keyword === "const",
          value: this.readValue(declaration.getInitializer(), declaration),
          comments: index === 0 ? comments : [],
        };
      });
    }
    if (Node.isForStatement(node)) return [this.readFor(node, unroll, comments)];
    if (Node.isIfStatement(node)) {
      const otherwise = node.getElseStatement();
      return [
        {
          kind: "if",
          condition: this.readCondition(node.getExpression()),
          thenBody: this.readBranch(node.getThenStatement()),
          elseBody: otherwise ? this.readBranch(otherwise) : [],
          comments,
        },
      ];
    }
    if (Node.isBlock(node)) return [{ kind: "block", body: this.readBlock(node), comments }];
    if (Node.isReturnStatement(node)) {
      const value = node.getExpression();
      return [{ kind: "return", value: value && this.readValue(value, node), comments }];
    }
    if (Node.isExpressionStatement(node)) return this.readExpressionStatement(node.getExpression(), comments);
    this.report(Node.isFunctionDeclaration(node) ? "K003" : "K001", node);
    return [];
  }

  private readBranch(node: TsStatement): Statement[] {
    return Node.isBlock(node) ? this.readBlock(node) : this.readStatements([node]);
  }

  private readExpressionStatement(node: Node, comments: readonly string[]): Statement[] {
    if (Node.isCallExpression(node)) return [{ kind: "call", call: this.readCall(node), comments }];
    if (Node.isBinaryExpression(node)) {
      const operator = node.getOperatorToken().getText();
      if (assignmentOperators.has(operator)) {
        return [
          {
            kind: "assign",
            target: this.readTarget(node.getLeft()),
            operator: operator as Extract<Statement, { kind: "assign" }>["operator"],
            value: this.readValue(node.getRight(), node),
            comments,
          },
        ];
      }
      this.report(operator.endsWith("=") ? "K006" : "K001", node);
      return [];
    }
    if (Node.isPostfixUnaryExpression(node) || Node.isPrefixUnaryExpression(node)) {
      const isIncrement = node.getOperatorToken() === SyntaxKind.PlusPlusToken;
      const isDecrement = node.getOperatorToken() === SyntaxKind.MinusMinusToken;
      if (isIncrement || isDecrement) {
        const target = this.readTarget(node.getOperand());
        return [
          {
            kind: "assign",
            target,
            operator: isIncrement ? "+=" : "-=",
            value: { kind: "number", value: 1 },
            comments,
          },
        ];
      }
    }
    this.report("K001", node);
    return [];
  }

  private readTarget(node: Node): Extract<Expression, { kind: "local" | "element" }> {
    if (Node.isIdentifier(node) && this.lookUp(node.getText()) === "variable")
      return { kind: "local", name: node.getText() };
    if (Node.isElementAccessExpression(node)) {
      const element = this.readValue(node, node);
      if (element.kind === "element" && !element.array.isField) return element;
    }
    this.report("K011", node);
    return { kind: "local", name: "unknown" };
  }

  private readFor(node: ForStatement, unroll: number, comments: readonly string[]): Statement {
    this.scopes.push(new Map());
    const initializer = node.getInitializer();
    const declarations = Node.isVariableDeclarationList(initializer) ? initializer.getDeclarations() : [];
    const [declaration] = declarations;
    const condition = node.getCondition();
    const step = this.readStep(node);
    let variable = "unknown";
    let from = nothing;
    if (!declaration || declarations.length !== 1 || !condition || step === undefined) {
      this.report("K013", node);
    } else {
      from = this.readValue(declaration.getInitializer(), declaration);
      variable = this.declare(declaration, "loop");
      const comparesVariable =
        Node.isBinaryExpression(condition) &&
        ["<", "<="].includes(condition.getOperatorToken().getText()) &&
        condition.getLeft().getText() === variable;
      if (!comparesVariable || step.variable !== variable) this.report("K013", node);
    }
    const statement: Statement = {
      kind: "for",
      variable,
      from,
      condition: condition ? this.readCondition(condition) : nothing,
      step: step?.by ?? 1,
      unroll,
      body: this.readBranch(node.getStatement()),
      comments,
    };
    this.scopes.pop();
    return statement;
  }

  private readStep(node: ForStatement): { variable: string; by: number } | undefined {
    const step = node.getIncrementor();
    if (Node.isPostfixUnaryExpression(step) && step.getOperatorToken() === SyntaxKind.PlusPlusToken) {
      return { variable: step.getOperand().getText(), by: 1 };
    }
    if (Node.isBinaryExpression(step) && step.getOperatorToken().getText() === "+=") {
      const by = step.getRight();
      if (Node.isNumericLiteral(by) && by.getLiteralValue() > 0) {
        return { variable: step.getLeft().getText(), by: by.getLiteralValue() };
      }
    }
    return undefined;
  }

  private declare(declaration: VariableDeclaration, kind: LocalKind): string {
    const name = declaration.getName();
    const annotation = declaration.getTypeNode()?.getText();
    if (annotation === undefined) this.report("K002", declaration);
    else if (readType(annotation) !== undefined) this.report("K007", declaration);
    if (isReserved(snakeCase(name)) || this.around.takenInC.has(snakeCase(name)))
      this.report("K016", declaration);
    this.scopes.at(-1)!.set(name, kind);
    return name;
  }

  private lookUp(name: string): LocalKind | undefined {
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

  private readValue(node: Node | undefined, parent: Node): Expression {
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

  private readCall(node: CallExpression): Expression {
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
