import type { Argument, Expression, Parameter, Statement } from "../ir.js";
import { innerStatements } from "../walk.js";
import { sum } from "./affine.js";
import { type CodeWriter, elementBytes, plain } from "./codeWriter.js";
import { ExpressionPrinter } from "./expressionPrinter.js";
import { arrayOf, type Binding, type Frame, knownValue } from "./frame.js";

/** A function that a kernel calls: printed where it is called, as a compiler inlines it. */
export interface Callable {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  /** Of int.ts. */
  readonly isWide: boolean;
}

function returns(statements: readonly Statement[]): boolean {
  return statements.some((statement) => statement.kind === "return" || returns(innerStatements(statement)));
}

/** Prints what is called where it is called; what statements are, those who extend it say. */
export abstract class CallPrinter extends ExpressionPrinter {
  constructor(
    writer: CodeWriter,
    private readonly callables: ReadonlyMap<string, Callable>,
  ) {
    super(writer);
  }

  abstract statements(statements: readonly Statement[], frame: Frame): void;

  protected override call(call: Extract<Expression, { kind: "call" }>, frame: Frame): void {
    const { writer } = this;
    const [argument] = call.arguments as Expression[];
    switch (call.name) {
      case "**": // of 2, as everywhere in int.ts
        writer.number(1, true);
        this.value(call.arguments[1] as Expression, frame);
        writer.instruction("<<", true);
        return;
      case "Math.clz32":
        this.value(argument!, frame);
        writer.add(plain.wrap, plain.leadingZeros, plain.extend);
        return;
      case "Math.floor":
      case "Math.trunc": {
        if (argument?.kind !== "call" || argument.name !== "/")
          throw new Error(`${call.name} of no quotient`);
        const [dividend, divisor] = argument.arguments as [Expression, Expression];
        this.value(dividend, frame);
        const shift = Math.log2(knownValue(divisor, frame) ?? Number.NaN);
        const isPower = divisor.kind === "call" && divisor.name === "**";
        if (call.name === "Math.floor" && !Number.isInteger(shift) && !isPower)
          throw new Error("Math.floor of a quotient by no power of two");
        if (call.name === "Math.trunc") this.value(divisor, frame);
        else if (Number.isInteger(shift)) writer.number(shift, true);
        else if (isPower) this.value(divisor.arguments[1] as Expression, frame);
        writer.instruction(call.name === "Math.floor" ? ">>" : "divide", true);
        return;
      }
      default:
        this.inline(call, frame, false);
        return;
    }
  }

  protected inline(call: Extract<Expression, { kind: "call" }>, frame: Frame, isDropped: boolean): void {
    const { writer } = this;
    const called = this.callables.get(call.name);
    if (called === undefined) throw new Error(`"${call.name}" is called, which is not known`);
    const names = new Map(
      called.parameters.map(({ name }, index) => [name, this.argument(call.arguments[index]!, frame)]),
    );
    const { body, isWide } = called;
    const last = body.at(-1);
    if (last?.kind === "return" && last.value !== undefined && !returns(body.slice(0, -1))) {
      const inner: Frame = { names, isWide, returnDepth: undefined };
      this.statements(body.slice(0, -1), inner);
      this.value(last.value, inner);
      if (isWide && !frame.isWide) writer.add(plain.wrap);
      if (isDropped) writer.add(plain.drop);
      return;
    }
    if (!returns(body)) {
      this.statements(body, { names, isWide, returnDepth: undefined });
      return;
    }
    writer.block(plain.block, isDropped ? undefined : isWide, () => {
      this.statements(body, { names, isWide, returnDepth: writer.depth });
      if (!isDropped) writer.add(plain.unreachable);
    });
    if (isWide && !frame.isWide && !isDropped) writer.add(plain.wrap);
  }

  private argument(argument: Argument, frame: Frame): Binding {
    if (argument.kind === "array") {
      const { type, pointer } = arrayOf(argument.name, frame);
      if (argument.offset === undefined) return { kind: "array", type, pointer };
      const moved = sum(pointer, this.affine(argument.offset, frame), elementBytes(type));
      return { kind: "array", type, pointer: this.steady(moved) };
    }
    const constant = knownValue(argument, frame);
    if (constant !== undefined) return { kind: "number", value: constant };
    if (!frame.isWide) return { kind: "sum", form: this.steady(this.affine(argument, frame)) };
    this.value(argument, frame);
    return { kind: "local", local: this.writer.keep(true) };
  }
}
