import { UserError } from "../../src/base/errors.js";
import type { KernelArgument } from "../../src/kernels/kernelArgument.js";
import { ownArithmetic } from "../../src/program/ownArithmetic.js";
import { compared } from "../fold.js";
import type { Argument, ArrayReference, BinaryOperator, ElementType, Expression } from "../ir.js";
import { lineOf } from "../lines.js";

/** Turns of loops and calls in one run: a second of the host. */
const mostSteps = 2 ** 24;

/** An array as a function sees it, or the part of one that a call hands on. */
export interface View {
  readonly name: string;
  readonly type: ElementType;
  readonly values: Exclude<KernelArgument, number>;
  readonly start: number;
  readonly length: number;
  /** Of an output: which elements have a value; undefined where all have. */
  readonly isWritten: Uint8Array | undefined;
}

export interface Run {
  readonly layerName: string;
  readonly argument: Readonly<Record<string, KernelArgument>>;
  readonly tables: ReadonlyMap<string, View>;
  steps: number;
}

/** A function's own values; names are places that were settled when it was read. */
export interface Frame {
  readonly run: Run;
  readonly numbers: number[];
  readonly views: View[];
  result: number;
}

export type Value = (frame: Frame) => number;
export type Called = (run: Run, numbers: number[], views: View[]) => number;

export const typeNames: Readonly<Record<ElementType, string>> = {
  int8_t: "Int8Array",
  int16_t: "Int16Array",
  int32_t: "Int32Array",
  uint8_t: "Uint8Array",
};

/** Makes closures of the expressions of one function, which check what a device would not. */
export abstract class ExpressionInterpreter {
  protected readonly scopes: Map<string, number>[] = [new Map()];
  private places = 0;

  constructor(
    protected readonly file: string,
    private readonly called: ReadonlyMap<string, Called>,
  ) {}

  protected fail(run: Run, part: object | undefined, says: string, hint: string): never {
    throw new UserError(`layer "${run.layerName}": ${this.file}:${lineOf(part)}: ${says}`, hint);
  }

  protected step(run: Run, part: object | undefined): void {
    if (++run.steps > mostSteps)
      this.fail(run, part, `more than ${mostSteps} turns and calls in one run`, "let its loops end sooner");
  }

  protected int32(value: number, run: Run, part: object): number {
    if ((value | 0) === value) return value + 0;
    return this.fail(
      run,
      part,
      `${value} does not fit int32`,
      "a device would wrap it without a word: shift or clamp before",
    );
  }

  protected declare(name: string): number {
    this.scopes.at(-1)!.set(name, this.places);
    return this.places++;
  }

  protected placeOf(name: string): number {
    const place = this.scopes.findLast((scope) => scope.has(name))?.get(name);
    if (place === undefined) throw new Error(`"${name}" is not in sight`);
    return place;
  }

  protected view({ name, isField, offset }: ArrayReference): (frame: Frame) => View {
    const place = isField ? 0 : this.placeOf(name);
    const whole = (frame: Frame): View => (isField ? frame.run.tables.get(name)! : frame.views[place]!);
    if (offset === undefined) return whole;
    const from = this.value(offset);
    return (frame) => {
      const [view, start] = [whole(frame), from(frame)];
      if (start < 0 || start > view.length)
        this.fail(
          frame.run,
          offset,
          `${name}.subarray(${start}) begins outside of its ${view.length} values`,
          "mend the start",
        );
      return { ...view, start: view.start + start, length: view.length - start };
    };
  }

  protected indexIn(view: View, index: number, run: Run, part: object): number {
    if (index >= 0 && index < view.length) return view.start + index;
    return this.fail(
      run,
      part,
      `${view.name}[${index}] is none of its ${view.length} values`,
      "a device would take what lies beside them: mend the index",
    );
  }

  protected value(expression: Expression): Value {
    switch (expression.kind) {
      case "number": {
        const { value } = expression;
        return () => value;
      }
      case "local": {
        const place = this.placeOf(expression.name);
        return ({ numbers }) => numbers[place]!;
      }
      case "field": {
        const { name } = expression;
        return ({ run }) => run.argument[name] as number;
      }
      case "element": {
        const [array, at] = [this.view(expression.array), this.value(expression.index)];
        return (frame) => {
          const view = array(frame);
          const index = this.indexIn(view, at(frame), frame.run, expression);
          if (view.isWritten?.[index] === 0)
            this.fail(
              frame.run,
              expression,
              `${view.name}[${index}] is read before it is written`,
              "write it first: a device has what was there before",
            );
          return view.values[index]!;
        };
      }
      case "binary":
        return this.binary(expression);
      case "unary": {
        const operand = this.value(expression.operand);
        if (expression.operator === "!") return (frame) => Number(operand(frame) === 0);
        return (frame) => this.int32(-operand(frame), frame.run, expression);
      }
      case "conditional": {
        const [condition, whenTrue, whenFalse] = [
          this.value(expression.condition),
          this.value(expression.whenTrue),
          this.value(expression.whenFalse),
        ];
        return (frame) => (condition(frame) !== 0 ? whenTrue(frame) : whenFalse(frame));
      }
      case "call":
        return this.call(expression);
      case "wide":
        throw new Error("a kernel is run as it was read");
    }
  }

  protected binary(expression: Extract<Expression, { kind: "binary" }>): Value {
    const { operator } = expression;
    const [left, right] = [this.value(expression.left), this.value(expression.right)];
    if (operator === "&&") return (frame) => Number(left(frame) !== 0 && right(frame) !== 0);
    if (operator === "||") return (frame) => Number(left(frame) !== 0 || right(frame) !== 0);
    return (frame) => this.combine(operator, left(frame), right(frame), frame.run, expression);
  }

  protected combine(operator: BinaryOperator, a: number, b: number, run: Run, part: object): number {
    switch (operator) {
      case "+":
        return this.int32(a + b, run, part);
      case "-":
        return this.int32(a - b, run, part);
      case "*":
        return this.int32(a * b, run, part);
      case ">>":
        if (b < 0 || b > 31) this.fail(run, part, `a shift by ${b}`, "counts are 0 to 31");
        return a >> b;
      default:
        return compared(operator, a, b)!;
    }
  }

  protected call(expression: Extract<Expression, { kind: "call" }>): Value {
    const { name } = expression;
    const isView = (argument: Argument): argument is ArrayReference => argument.kind === "array";
    const numbers = expression.arguments.flatMap((one) => (isView(one) ? [] : [this.value(one)]));
    const views = expression.arguments.flatMap((one) => (isView(one) ? [this.view(one)] : []));
    const helper = this.called.get(name);
    if (helper) {
      return (frame) =>
        helper(
          frame.run,
          numbers.map((number) => number(frame)),
          views.map((view) => view(frame)),
        );
    }
    const known = ownArithmetic[name];
    if (known === undefined) throw new Error(`no function "${name}"`);
    const limits = Object.entries(known.limits);
    const [first, second] = numbers;
    // min and max are most of what kernels call, and give what they were given
    if (limits.length === 0 && numbers.length === 2)
      return (frame) => known.run(first!(frame), second!(frame));
    return (frame) => {
      const given = numbers.map((number) => number(frame));
      for (const [place, [least, most]] of limits) {
        const value = given[Number(place)]!;
        if (value < least || value > most)
          this.fail(
            frame.run,
            expression,
            `${name}() with ${value} as argument ${Number(place) + 1}`,
            `it takes ${least} to ${most}`,
          );
      }
      if (known.between) this.int32(known.between(...given), frame.run, expression);
      return this.int32(known.run(...given), frame.run, expression);
    };
  }
}
