import {
  type Block,
  type ForStatement,
  Node,
  SyntaxKind,
  type Statement as TsStatement,
  type VariableDeclaration,
} from "ts-morph";
import type { Diagnostics } from "./diagnostics.js";
import type { Expression, Parameter, Statement } from "./ir.js";
import { noteLine } from "./lines.js";
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
import { mostRegisters } from "./registers.js";

/** True for a stem with digits behind it. */
function isNumbered(name: string, stem: string): boolean {
  return name.startsWith(stem) && /^\d+$/.test(name.slice(stem.length));
}

/** Reads the statements of one function into the IR and reports everything outside the subset. */
export class StatementReader {
  private readonly expressions: ExpressionReader;

  constructor(
    private readonly around: Surroundings,
    i32Parameters: readonly Parameter[],
  ) {
    this.expressions = new ExpressionReader(around);
    for (const { name, isCount } of i32Parameters)
      this.expressions.scopes[0]!.set(name, isCount ? "count" : "constant");
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

  /** The count of `registers(count)`; undefined for other initializers. */
  private registersCount(node: Node | undefined): Expression | undefined {
    if (!Node.isCallExpression(node) || node.getExpression().getText() !== "registers") return undefined;
    if (!this.around.functions.has("registers")) this.report("K008", node);
    const count = this.expressions.readValue(node.getArguments()[0], node);
    const isOutside = count.kind === "number" && (count.value < 1 || count.value > mostRegisters);
    const isPlain = count.kind !== "binary" && count.kind !== "unary" && node.getArguments().length === 1;
    if (isOutside || !isPlain || !this.expressions.isSettled(count, ["count"])) this.report("K024", node);
    return count;
  }

  private readStatement(node: TsStatement, unroll: number): Statement[] {
    const statements = this.readPlainStatement(node, unroll);
    if (this.around.notesLines) for (const statement of statements) noteLine(statement, node);
    return statements;
  }

  private readPlainStatement(node: TsStatement, unroll: number): Statement[] {
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
        const count = this.registersCount(initializer);
        if (count) {
          const isTyped = declaration.getTypeNode()?.getText() === "Int32Array";
          if (keyword !== "const" || !isTyped) this.report("K024", declaration);
          const name = this.declare(declaration, "registers");
          return { kind: "registers", name, count, comments: index === 0 ? comments : [] };
        }
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
      variable = declaration.getName();
      const comparesVariable =
        Node.isBinaryExpression(condition) &&
        ["<", "<="].includes(condition.getOperatorToken().getText()) &&
        condition.getLeft().getText() === variable;
      const bounds = comparesVariable
        ? [from, this.expressions.readValue(condition.getRight(), condition)]
        : [];
      const isCounter = bounds.every((bound) => this.expressions.isSettled(bound, ["count", "counter"]));
      this.declare(declaration, isCounter ? "counter" : "loop");
      if (!comparesVariable || step.variable !== variable) this.report("K013", node);
    }
    const statement: Statement = {
      kind: "for",
      variable,
      from,
      condition: condition ? this.expressions.readCondition(condition) : nothing,
      step: step?.by ?? { kind: "number", value: 1 },
      unroll,
      body: this.readBranch(node.getStatement()),
      comments,
    };
    this.expressions.scopes.pop();
    return statement;
  }

  private readStep(node: ForStatement): { variable: string; by: Expression } | undefined {
    const step = node.getIncrementor();
    if (Node.isPostfixUnaryExpression(step) && step.getOperatorToken() === SyntaxKind.PlusPlusToken) {
      return { variable: step.getOperand().getText(), by: { kind: "number", value: 1 } };
    }
    if (Node.isBinaryExpression(step) && step.getOperatorToken().getText() === "+=") {
      const by = this.expressions.readValue(step.getRight(), step);
      const isForward = by.kind !== "number" || by.value > 0;
      if (isForward && this.expressions.isSettled(by, ["count"]))
        return { variable: step.getLeft().getText(), by };
    }
    return undefined;
  }

  private declare(declaration: VariableDeclaration, kind: LocalKind): string {
    const name = declaration.getName();
    const annotation = declaration.getTypeNode()?.getText();
    if (annotation === undefined) this.report("K002", declaration);
    else if (kind !== "registers" && readType(annotation) !== undefined) this.report("K007", declaration);
    if (!isNameForC(name) || this.isTaken(snakeCase(name), kind)) this.report("K016", declaration);
    this.expressions.scopes.at(-1)!.set(name, kind);
    return name;
  }

  /** True for a name in C's spelling that is in sight; registers called sums are sums0, sums1 … there. */
  private isTaken(name: string, kind: LocalKind): boolean {
    const inSight = this.expressions.scopes.flatMap((scope) => [...scope]);
    const taken = [...this.around.takenInC, ...inSight.map(([other]) => snakeCase(other))];
    return (
      taken.includes(name) ||
      (kind === "registers" && taken.some((other) => isNumbered(other, name))) ||
      inSight.some(([other, itsKind]) => itsKind === "registers" && isNumbered(name, snakeCase(other)))
    );
  }

  private report(rule: Parameters<Diagnostics["report"]>[0], node: Node): void {
    this.around.diagnostics.report(rule, node);
  }
}
