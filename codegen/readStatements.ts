import {
  type Block,
  type ForStatement,
  Node,
  SyntaxKind,
  type Statement as TsStatement,
  type VariableDeclaration,
} from "ts-morph";
import type { Diagnostics } from "./diagnostics.js";
import type { Expression, Statement } from "./ir.js";
import { isNameForC, snakeCase } from "./names.js";
import {
  assignmentOperators,
  ExpressionReader,
  integerLiteral,
  type LocalKind,
  nothing,
  type Surroundings,
} from "./readExpressions.js";
import { readType } from "./readType.js";

/** Reads the statements of one function into the IR and reports everything outside the subset. */
export class StatementReader {
  private readonly expressions: ExpressionReader;

  constructor(
    private readonly around: Surroundings,
    i32Parameters: readonly string[],
  ) {
    this.expressions = new ExpressionReader(around);
    for (const name of i32Parameters) this.expressions.scopes[0]!.set(name, "constant");
  }

  readBlock(block: Block): Statement[] {
    return this.readStatements(block.getStatements());
  }

  private readStatements(nodes: readonly TsStatement[]): Statement[] {
    this.expressions.scopes.push(new Map());
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
    this.expressions.scopes.pop();
    return statements;
  }

  /** The count of an `unroll(n);` statement, 0 for one without a literal; undefined for other statements. */
  private unrollCount(node: TsStatement): number | undefined {
    if (!Node.isExpressionStatement(node)) return undefined;
    const call = node.getExpression();
    if (!Node.isCallExpression(call) || call.getExpression().getText() !== "unroll") return undefined;
    if (!this.around.functions.has("unroll")) this.report("K008", node);
    const [argument] = call.getArguments();
    const count = argument && call.getArguments().length === 1 ? integerLiteral(argument) : Number.NaN;
    // the counts that gcc takes
    if (count >= 1 && count <= 65534) return count;
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
        const initializer = declaration.getInitializer();
        if (!initializer) this.report("K002", declaration);
        // read before the name is in sight: JavaScript throws where C would read the name's own garbage
        const value = initializer ? this.expressions.readValue(initializer, declaration) : nothing;
        return {
          kind: "declare",
          name: this.declare(declaration, keyword === "const" ? "constant" : "variable"),
          isConst: keyword === "const",
          value,
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
          condition: this.expressions.readCondition(node.getExpression()),
          thenBody: this.readBranch(node.getThenStatement()),
          elseBody: otherwise ? this.readBranch(otherwise) : [],
          comments,
        },
      ];
    }
    if (Node.isBlock(node)) return [{ kind: "block", body: this.readBlock(node), comments }];
    if (Node.isReturnStatement(node)) {
      const value = node.getExpression();
      if ((value !== undefined) !== this.around.returnsValue) this.report("K019", node);
      return [{ kind: "return", value: value && this.expressions.readValue(value, node), comments }];
    }
    if (Node.isExpressionStatement(node)) return this.readExpressionStatement(node.getExpression(), comments);
    this.report(Node.isFunctionDeclaration(node) ? "K003" : "K001", node);
    return [];
  }

  private readBranch(node: TsStatement): Statement[] {
    return Node.isBlock(node) ? this.readBlock(node) : this.readStatements([node]);
  }

  private readExpressionStatement(node: Node, comments: readonly string[]): Statement[] {
    if (Node.isCallExpression(node))
      return [{ kind: "call", call: this.expressions.readCall(node), comments }];
    if (Node.isBinaryExpression(node)) {
      const operator = node.getOperatorToken().getText();
      if (assignmentOperators.has(operator)) {
        return [
          {
            kind: "assign",
            target: this.readTarget(node.getLeft()),
            operator: operator as Extract<Statement, { kind: "assign" }>["operator"],
            value:
              operator === ">>="
                ? this.expressions.readShiftCount(node.getRight())
                : this.expressions.readValue(node.getRight(), node),
            comments,
          },
        ];
      }
      this.report(/^[/%]=$/.test(operator) ? "K004" : operator.endsWith("=") ? "K006" : "K001", node);
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
    if (Node.isIdentifier(node) && this.expressions.lookUp(node.getText()) === "variable")
      return { kind: "local", name: node.getText() };
    if (Node.isElementAccessExpression(node)) {
      const element = this.expressions.readValue(node, node);
      if (element.kind === "element") {
        if (element.array.isField) this.report("K022", node);
        return element;
      }
    }
    this.report("K011", node);
    return { kind: "local", name: "unknown" };
  }

  private readFor(node: ForStatement, unroll: number, comments: readonly string[]): Statement {
    this.expressions.scopes.push(new Map());
    const initializer = node.getInitializer();
    const declarations = Node.isVariableDeclarationList(initializer) ? initializer.getDeclarations() : [];
    const [declaration] = declarations;
    const declaresOne = declarations.length === 1 && initializer?.getFirstChild()?.getText() === "let";
    const condition = node.getCondition();
    const step = this.readStep(node);
    let variable = "unknown";
    let from = nothing;
    if (!declaration || !declaresOne || !condition || step === undefined) {
      this.report("K013", node);
      // in sight all the same, so that its uses are not reported too
      if (declaration) this.expressions.scopes.at(-1)!.set(declaration.getName(), "loop");
    } else {
      from = this.expressions.readValue(declaration.getInitializer(), declaration);
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
      condition: condition ? this.expressions.readCondition(condition) : nothing,
      step: step?.by ?? 1,
      unroll,
      body: this.readBranch(node.getStatement()),
      comments,
    };
    this.expressions.scopes.pop();
    return statement;
  }

  private readStep(node: ForStatement): { variable: string; by: number } | undefined {
    const step = node.getIncrementor();
    if (Node.isPostfixUnaryExpression(step) && step.getOperatorToken() === SyntaxKind.PlusPlusToken) {
      return { variable: step.getOperand().getText(), by: 1 };
    }
    if (Node.isBinaryExpression(step) && step.getOperatorToken().getText() === "+=") {
      const by = integerLiteral(step.getRight());
      if (by > 0 && by < 2 ** 31) return { variable: step.getLeft().getText(), by };
    }
    return undefined;
  }

  private declare(declaration: VariableDeclaration, kind: LocalKind): string {
    const name = declaration.getName();
    const annotation = declaration.getTypeNode()?.getText();
    if (annotation === undefined) this.report("K002", declaration);
    else if (readType(annotation) !== undefined) this.report("K007", declaration);
    const isInSight = this.expressions.scopes.some((scope) =>
      [...scope.keys()].some((other) => snakeCase(other) === snakeCase(name)),
    );
    if (!isNameForC(name) || isInSight || this.around.takenInC.has(snakeCase(name)))
      this.report("K016", declaration);
    this.expressions.scopes.at(-1)!.set(name, kind);
    return name;
  }
  private report(rule: Parameters<Diagnostics["report"]>[0], node: Node): void {
    this.around.diagnostics.report(rule, node);
  }
}
