import CodeBlockWriter from "code-block-writer";
import type { Argument, BinaryOperator, Expression, Parameter, Statement } from "./ir.js";
import { commentText, snakeCase } from "./names.js";
import { stepOf } from "./walk.js";
import { wrapLine } from "./wrapLine.js";

/** A writer with the layout of generated C: four spaces. */
export function cWriter(): CodeBlockWriter {
  return new CodeBlockWriter({ indentNumberOfSpaces: 4, newLine: "\n", useTabs: false });
}

/** What statements are printed with. */
export interface PrintScope {
  /** Element types of the arrays a function assigns to, so that the narrowing is written where it happens. */
  readonly types: ReadonlyMap<string, string>;
  /** The macro that asks for a loop to be unrolled. */
  readonly unroll: string;
}

/** C's precedence; a higher number binds closer. */
const precedence: Readonly<Record<BinaryOperator, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "===": 6,
  "!==": 6,
  "<": 7,
  "<=": 7,
  ">": 7,
  ">=": 7,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
};
const conditionalPrecedence = 0;
const unaryPrecedence = 11;
const atomPrecedence = 12;

/** Operators inside which gcc wants to see parentheses around other ones (-Wparentheses). */
const wantsParentheses = new Set<BinaryOperator>(["&", "|", "^", ">>", "||"]);

function precedenceOf(expression: Expression): number {
  if (expression.kind === "binary") return precedence[expression.operator];
  if (expression.kind === "conditional") return conditionalPrecedence;
  if (expression.kind === "unary" || expression.kind === "wide") return unaryPrecedence;
  if (expression.kind === "number" && expression.value < 0) return unaryPrecedence;
  return atomPrecedence;
}

function printOperand(operand: Expression, parent: BinaryOperator, isRight: boolean): string {
  const text = printExpression(operand);
  const own = precedenceOf(operand);
  const mixes =
    operand.kind === "binary" &&
    operand.operator !== parent &&
    wantsParentheses.has(parent) &&
    (parent !== "||" || operand.operator === "&&");
  // a right operand of the same precedence keeps its own grouping, and `a - -1` reads badly
  const isAmbiguous =
    isRight && (own === precedence[parent] || (own === unaryPrecedence && /[+-]/.test(parent)));
  return own < precedence[parent] || mixes || isAmbiguous ? `(${text})` : text;
}

export function printNumber(value: number): string {
  return value === -(2 ** 31) ? "INT32_MIN" : String(value);
}

function printArgument(argument: Argument): string {
  if (argument.kind !== "array") return printExpression(argument);
  const name = snakeCase(argument.name);
  return argument.offset ? `${name} + ${printOperand(argument.offset, "+", true)}` : name;
}

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return printNumber(expression.value);
    case "local":
      return snakeCase(expression.name);
    case "field":
      throw new Error(`field "${expression.name}" was not folded`);
    case "element":
      return `${snakeCase(expression.array.name)}[${printExpression(expression.index)}]`;
    case "binary": {
      const operator = expression.operator.replace("===", "==").replace("!==", "!=");
      const left = printOperand(expression.left, expression.operator, false);
      return `${left} ${operator} ${printOperand(expression.right, expression.operator, true)}`;
    }
    case "unary": {
      const text = printExpression(expression.operand);
      return `${expression.operator}${precedenceOf(expression.operand) < atomPrecedence ? `(${text})` : text}`;
    }
    case "wide": {
      const text = printExpression(expression.operand);
      return `(int32_t)${precedenceOf(expression.operand) < unaryPrecedence ? `(${text})` : text}`;
    }
    case "conditional": {
      const wrap = (inner: Expression) =>
        inner.kind === "conditional" ? `(${printExpression(inner)})` : printExpression(inner);
      return `${wrap(expression.condition)} ? ${wrap(expression.whenTrue)} : ${wrap(expression.whenFalse)}`;
    }
    case "call":
      return `${snakeCase(expression.name)}(${expression.arguments.map(printArgument).join(", ")})`;
  }
}

export function printStatements(
  writer: CodeBlockWriter,
  statements: readonly Statement[],
  scope: PrintScope,
): void {
  for (const statement of statements) printStatement(writer, statement, scope);
}

function printBraced(writer: CodeBlockWriter, statements: readonly Statement[], scope: PrintScope): void {
  writer.inlineBlock(() => printStatements(writer, statements, scope));
}

/** Where the next line begins. */
function columnOf(writer: CodeBlockWriter): number {
  return writer.getIndentationLevel() * 4;
}

function writeWrapped(writer: CodeBlockWriter, line: string): void {
  writer.writeLine(wrapLine(line, columnOf(writer)));
}

function printStatement(writer: CodeBlockWriter, statement: Statement, scope: PrintScope): void {
  for (const comment of statement.comments) writer.writeLine(`/* ${commentText(comment)} */`);
  switch (statement.kind) {
    case "declare":
      writeWrapped(
        writer,
        `${statement.isConst ? "const " : ""}int32_t ${snakeCase(statement.name)} = ${printExpression(statement.value)};`,
      );
      return;
    case "registers":
      throw new Error(`registers "${statement.name}" were not made locals`);
    case "assign":
      writeWrapped(writer, printAssignment(statement, scope));
      return;
    case "for": {
      const variable = snakeCase(statement.variable);
      if (statement.unroll > 0) writer.writeLine(`${scope.unroll}(${statement.unroll})`);
      const by = stepOf(statement);
      const step = by === 1 ? `${variable}++` : `${variable} += ${by}`;
      writer.write(
        `for (int32_t ${variable} = ${printExpression(statement.from)}; ${printExpression(statement.condition)}; ${step}) `,
      );
      printBraced(writer, statement.body, scope);
      writer.newLine();
      return;
    }
    case "if":
      writer.write(`${wrapLine(`if (${printExpression(statement.condition)})`, columnOf(writer) + 2)} `);
      printBraced(writer, statement.thenBody, scope);
      if (statement.elseBody.length > 0) {
        writer.write(" else ");
        printBraced(writer, statement.elseBody, scope);
      }
      writer.newLine();
      return;
    case "block":
      printBraced(writer, statement.body, scope);
      writer.newLine();
      return;
    case "call":
      writeWrapped(writer, `${printExpression(statement.call)};`);
      return;
    case "return":
      writeWrapped(writer, statement.value ? `return ${printExpression(statement.value)};` : "return;");
  }
}

function printAssignment(statement: Extract<Statement, { kind: "assign" }>, scope: PrintScope): string {
  const target = printExpression(statement.target);
  const isUnitStep = statement.value.kind === "number" && statement.value.value === 1;
  if (statement.target.kind === "local") {
    if (isUnitStep && statement.operator === "+=") return `${target}++;`;
    if (isUnitStep && statement.operator === "-=") return `${target}--;`;
    return `${target} ${statement.operator} ${printExpression(statement.value)};`;
  }
  const elementType = scope.types.get(statement.target.array.name);
  if (elementType === undefined)
    throw new Error(`"${statement.target.array.name}" is no array of this function`);
  let value = statement.value;
  if (statement.operator !== "=") {
    value = {
      kind: "binary",
      operator: statement.operator.slice(0, -1) as BinaryOperator,
      left: statement.target,
      right: value,
    };
  }
  if (elementType === "int32_t") return `${target} = ${printExpression(value)};`;
  const text = printExpression(value);
  return `${target} = (${elementType})${precedenceOf(value) < unaryPrecedence ? `(${text})` : text};`;
}

/**
 * `const int8_t *input`, `int8_t *output`, `int32_t x`.
 *
 * @param space where a table is, "" or a word with a space behind it
 */
export function printParameter(parameter: Parameter, space = ""): string {
  const name = snakeCase(parameter.name);
  if (parameter.elementType === undefined) return `int32_t ${name}`;
  return `${parameter.isWritten ? "" : "const "}${space}${parameter.elementType} *${name}`;
}

/** Writes `head(parameters)` and breaks the list under its parenthesis when the line would pass 110 characters. */
export function printSignature(head: string, parameters: readonly string[]): string {
  const oneLine = `${head}(${parameters.join(", ")})`;
  if (oneLine.length <= 110) return oneLine;
  const lines: string[] = [];
  let line = `${head}(`;
  const indent = " ".repeat(line.length);
  for (const [index, parameter] of parameters.entries()) {
    const piece = index < parameters.length - 1 ? `${parameter},` : `${parameter})`;
    if (
      line.trim() !== "" &&
      line.length + piece.length + 1 > 110 &&
      line !== indent &&
      !line.endsWith("(")
    ) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += line === indent || line.endsWith("(") ? piece : ` ${piece}`;
  }
  return [...lines, line].join("\n");
}
