import type { KernelArgument } from "../src/kernels/kernelArgument.js";
import {
  decide,
  elementRanges,
  expectEnd,
  FoldingError,
  int32,
  literal,
  mirrored,
  runsNever,
  simplifyBinary,
} from "./fold.js";
import type { ArrayReference, BinaryOperator, ElementType, Expression, Statement } from "./ir.js";
import {
  declareWhereSet,
  isWrittenOut,
  mostRegisters,
  mostTurns,
  mostTurnsInAll,
  registersIn,
} from "./registers.js";
import { type NumberPlaces, numbersField } from "./valueNumbers.js";

/** What functions are called in C, and which of their arguments stand in their names. */
export interface Callees {
  /** Places of the arguments that count registers. */
  countsOf(called: string): readonly number[];
  nameInC(called: string, counts: readonly number[]): string;
}

export interface Layer {
  readonly numbers: Readonly<Record<string, KernelArgument>>;
  /** Of numbers that are read from a table. */
  readonly places: NumberPlaces;
}

/** Folds a layer's numbers into one function's body. */
export class Specialiser {
  /** Parameters that calls settle, and variables of the loops that are being written out. */
  private readonly settled: Map<string, number>;
  private registerNames: ReadonlySet<string> = new Set();
  private turnsWritten = 0;
  private readonly registerCounts = new Map<string, number>();

  constructor(
    private readonly layer: Layer,
    /** Element types of the arrays in sight. */
    private readonly types: ReadonlyMap<string, ElementType | undefined>,
    private readonly callees: Callees,
    counts: ReadonlyMap<string, number> = new Map(),
  ) {
    this.settled = new Map(counts);
  }

  body(statements: readonly Statement[]): Statement[] {
    this.registerNames = registersIn(statements);
    return this.statements(statements);
  }

  private number(field: string): number {
    const value = this.layer.numbers[field];
    if (typeof value !== "number" || (value | 0) !== value) {
      throw new Error(`field "${field}" must be an int32 number, found ${String(value)}`);
    }
    return value;
  }

  expression(expression: Expression): Expression {
    switch (expression.kind) {
      case "number":
      case "wide":
        return expression;
      case "local": {
        const value = this.settled.get(expression.name);
        return value === undefined ? expression : literal(value);
      }
      case "field":
        return this.inTable(expression.name) ?? literal(this.number(expression.name));
      case "element":
        return this.element(expression.array, this.expression(expression.index));
      case "binary": {
        const [left, right] = [this.expression(expression.left), this.expression(expression.right)];
        const decided = this.decideByType(expression.operator, left, right);
        return decided === undefined ? simplifyBinary(expression.operator, left, right) : literal(decided);
      }
      case "unary": {
        const operand = this.expression(expression.operand);
        if (operand.kind !== "number") return { ...expression, operand };
        return literal(
          expression.operator === "-"
            ? int32(-operand.value, `-(${operand.value})`)
            : Number(operand.value === 0),
        );
      }
      case "conditional": {
        const condition = this.expression(expression.condition);
        if (condition.kind === "number")
          return this.expression(condition.value !== 0 ? expression.whenTrue : expression.whenFalse);
        return {
          ...expression,
          condition,
          whenTrue: this.expression(expression.whenTrue),
          whenFalse: this.expression(expression.whenFalse),
        };
      }
      case "call":
        return this.call(expression);
    }
  }

  private element(array: ArrayReference, index: Expression): Expression {
    const count = array.isField ? undefined : this.registerCounts.get(array.name);
    if (count === undefined) return { kind: "element", array, index };
    const text = index.kind === "number" ? `${array.name}[${index.value}]` : `an element of "${array.name}"`;
    if (index.kind !== "number" || index.value < 0 || index.value >= count)
      throw new FoldingError(`${text} is none of its ${count} registers`);
    return { kind: "local", name: `${array.name}${index.value}` };
  }

  private call({ name, arguments: given }: Extract<Expression, { kind: "call" }>): Expression {
    const folded = given.map((argument) =>
      argument.kind === "array" ? this.array(argument) : this.expression(argument),
    );
    const places = this.callees.countsOf(name);
    const counts = places.map((place) =>
      this.settledNumber(folded[place] as Expression, `an argument of ${name}()`),
    );
    return {
      kind: "call",
      name: this.callees.nameInC(name, counts),
      arguments: folded.filter((_, index) => !places.includes(index)),
    };
  }

  private settledNumber(expression: Expression, what: string): number {
    if (expression.kind === "number") return expression.value;
    throw new FoldingError(`${what} is not settled by the layer`);
  }

  private inTable(field: string): Expression | undefined {
    const place = this.layer.places.get(field);
    if (place === undefined) return undefined;
    return {
      kind: "element",
      array: { kind: "array", name: numbersField, isField: true },
      index: literal(place),
    };
  }

  private array(array: ArrayReference): ArrayReference {
    if (array.offset === undefined) return array;
    const { offset, ...whole } = array;
    const folded = this.expression(offset);
    return folded.kind === "number" && folded.value === 0 ? whole : { ...whole, offset: folded };
  }

  /** Comparisons of an element with what its type cannot reach: compilers warn of them. */
  private decideByType(operator: BinaryOperator, left: Expression, right: Expression): number | undefined {
    const turned = mirrored[operator];
    if (turned === undefined) return undefined;
    if (right.kind === "element" && left.kind === "number") return this.decideByType(turned, right, left);
    const type = left.kind === "element" ? this.types.get(left.array.name) : undefined;
    if (type === undefined || right.kind !== "number") return undefined;
    return decide(operator, elementRanges[type], right.value);
  }

  private statements(statements: readonly Statement[]): Statement[] {
    const registers = new Set<Statement>();
    const folded = statements.flatMap((statement) => {
      const result = this.statement(statement);
      if (statement.kind === "registers") for (const declaration of result) registers.add(declaration);
      return result;
    });
    return registers.size === 0 ? folded : declareWhereSet(folded, registers);
  }

  private declareRegisters({
    name,
    count,
    comments,
  }: Extract<Statement, { kind: "registers" }>): Statement[] {
    const length = this.settledNumber(this.expression(count), `the count of "${name}"`);
    if (length < 1 || length > mostRegisters)
      throw new FoldingError(`"${name}" has ${length} registers, expected 1 to ${mostRegisters}`);
    this.registerCounts.set(name, length);
    return Array.from({ length }, (_, index) => ({
      kind: "declare",
      name: `${name}${index}`,
      isConst: false,
      value: literal(0),
      comments: index === 0 ? comments : [],
    }));
  }

  /** A loop's turns one after the other. */
  private writeOut({ variable, comments, ...loop }: Extract<Statement, { kind: "for" }>): Statement[] {
    const end = `the end of the loop over "${variable}"`;
    const step = this.settledNumber(this.expression(loop.step), `the step of the loop over "${variable}"`);
    const written: Statement[] = [];
    let turn = this.settledNumber(this.expression(loop.from), `the start of the loop over "${variable}"`);
    for (let turns = 0; ; turns++) {
      this.settled.set(variable, turn);
      if (this.settledNumber(this.expression(loop.condition), end) === 0) break;
      if (turns === mostTurns)
        throw new FoldingError(`the loop over "${variable}" has more than ${mostTurns} turns to write out`);
      if (++this.turnsWritten > mostTurnsInAll)
        throw new FoldingError(`loops over registers have more than ${mostTurnsInAll} turns to write out`);
      const body = this.statements(loop.body);
      const declares = body.some((inner) => inner.kind === "declare");
      written.push(...(declares ? [{ kind: "block", body, comments: [] } as const] : body));
      turn += step;
    }
    this.settled.delete(variable);
    const [first, ...others] = written;
    if (first === undefined) return [];
    return [
      { ...first, comments: [...comments, ...first.comments] },
      ...others.map((one) => ({ ...one, comments: [] })),
    ];
  }

  private statement(statement: Statement): Statement[] {
    switch (statement.kind) {
      case "declare":
        return [{ ...statement, value: this.expression(statement.value) }];
      case "assign":
        if (statement.operator === ">>=") simplifyBinary(">>", literal(0), this.expression(statement.value));
        return [
          {
            ...statement,
            target: this.expression(statement.target) as typeof statement.target,
            value: this.expression(statement.value),
          },
        ];
      case "registers":
        return this.declareRegisters(statement);
      case "for": {
        if (isWrittenOut(statement, this.registerNames)) return this.writeOut(statement);
        const from = this.expression(statement.from);
        const condition = this.expression(statement.condition);
        if (runsNever(from, condition)) return [];
        const by = this.settledNumber(this.expression(statement.step), "a loop's step");
        if (by < 1) throw new FoldingError(`a loop's step is ${by}, expected 1 or more`);
        expectEnd(condition, by);
        return [{ ...statement, from, condition, step: literal(by), body: this.statements(statement.body) }];
      }
      case "if": {
        const condition = this.expression(statement.condition);
        if (condition.kind === "number") {
          const body = this.statements(condition.value !== 0 ? statement.thenBody : statement.elseBody);
          const declares = body.some((inner) => inner.kind === "declare");
          return declares ? [{ kind: "block", body, comments: statement.comments }] : body;
        }
        return [
          {
            ...statement,
            condition,
            thenBody: this.statements(statement.thenBody),
            elseBody: this.statements(statement.elseBody),
          },
        ];
      }
      case "block":
        return [{ ...statement, body: this.statements(statement.body) }];
      case "call":
        return [{ ...statement, call: this.expression(statement.call) }];
      case "return":
        return [{ ...statement, value: statement.value && this.expression(statement.value) }];
    }
  }
}
